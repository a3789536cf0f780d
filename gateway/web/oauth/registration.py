"""``/oauth/register``: an agency's program registers and changes the programs of its agency (RFC 7591, RFC 7592)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.errors import BawabaError, Forbidden, InvalidClient, InvalidInput, SealingFailed, TooManyRequests
from gateway.identity.verifier import refuse
from gateway.oauth.client import Client, Registration, Standing
from gateway.oauth.clients import Clients, Registered
from gateway.oauth.registering import Registering
from gateway.oauth.scopes import CLIENTS
from gateway.web.address import caller_address
from gateway.web.body import MODEL_CODES, read_json_object, read_model
from gateway.web.contract import Operation, path_parameter
from gateway.web.doorkeeper import TOKEN_CODES, Doorkeeper
from gateway.web.oauth.caller import ClientQuotas
from gateway.web.oauth.record import OAuthRecord

PATH: Final = "/oauth/register"
REGISTER, CHANGE, READ = "register", "change-registration", "read-registration"
_CODES: Final = (
    *((401, code) for code in TOKEN_CODES),
    *((403, code) for code in ("program_required", "insufficient_scope")),
    (429, "too_many_requests"),
)
_BODY_CODES: Final = (
    *((400, code) for code in ("malformed_json", "json_too_deep", "duplicate_key", "bad_text", "json_not_object")),
    (408, "body_too_slow"),
    (413, "body_too_large"),
    *((415, code) for code in ("unsupported_media_type", "content_encoding")),
    *((422, code) for code in (*MODEL_CODES, "unknown_country", "registration_unfit", "address_refused", "keys_unfit")),
)
EXAMPLE: Final = {
    "name": {"ar": "تطبيق المرور", "en": "Traffic app"},
    "auth_method": "private_key_jwt",
    "jwks_uri": "https://app.traffic.example/keys",
    "grants": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://app.traffic.example/back"],
    "scopes": ["openid", "lookups:traffic-fines"],
    "purposes": ["service_delivery"],
}


class RegisteredProgram(Client):
    """A program of the agency, and whether an operator has let it in."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class RegistrationOperations:
    """The endpoints. The token is a program's own, with the scope ``clients``, and what it reaches is its agency's."""

    doorkeeper: Doorkeeper
    clients: Clients
    registering: Registering
    quotas: ClientQuotas
    record: OAuthRecord
    body_seconds: float

    def operations(self) -> Sequence[Operation]:
        own = path_parameter("client", pattern="^[a-z][a-z0-9-]{2,63}$")
        one = f"{PATH}/{{client}}"
        absent = (404, "not_found")
        return (
            Operation(
                "register_program",
                "POST",
                PATH,
                self.register,
                RegisteredProgram,
                body=Registration,
                secured=True,
                codes=(*_CODES, *_BODY_CODES, (409, "programs_too_many"), (503, "sealing_failed")),
                status=201,
                example=EXAMPLE,
            ),
            Operation(
                "show_program",
                "GET",
                one,
                self.show,
                RegisteredProgram,
                parameters=(own,),
                secured=True,
                codes=(*_CODES, absent),
            ),
            Operation(
                "change_program",
                "PUT",
                one,
                self.change,
                RegisteredProgram,
                body=Registration,
                parameters=(own,),
                secured=True,
                codes=(*_CODES, *_BODY_CODES, absent, (409, "program_suspended"), (503, "sealing_failed")),
                example=EXAMPLE,
            ),
        )

    async def register(self, request: web.Request) -> web.Response:
        """Takes a program in, which waits for an operator."""
        asker = await self._asker(request, REGISTER)
        try:
            made = await self.registering.register(asker, await self._read(request))
        except BawabaError as problem:
            await self._refused(request, REGISTER, problem, asker)
            raise
        await self.record.granted(request, REGISTER, asker.client_id, None, program=made.client.client_id)
        return _shown(made, 201)

    async def show(self, request: web.Request) -> web.Response:
        """The registration as it is kept, and how it stands."""
        asker = await self._asker(request, READ)
        return _shown(await self.registering.find(asker, request.match_info["client"]))

    async def change(self, request: web.Request) -> web.Response:
        """Puts a new registration in the place of the old one, whole; it waits for an operator again."""
        asker = await self._asker(request, CHANGE)
        try:
            changed = await self.registering.change(asker, request.match_info["client"], await self._read(request))
        except BawabaError as problem:
            await self._refused(request, CHANGE, problem, asker)
            raise
        await self.record.granted(request, CHANGE, asker.client_id, None, program=changed.client.client_id)
        return _shown(changed)

    async def _asker(self, request: web.Request, step: str) -> Client:
        """The program that asks, as it is registered at this moment: a token outlives what it was given for."""
        program = await self.doorkeeper.identify_program(request)
        try:
            asker = await self.clients.find(program.client)
        except InvalidClient:
            refuse("client_not_approved")
        self.quotas.spend(asker, caller_address(request))
        if CLIENTS not in program.scopes or CLIENTS not in asker.scopes:
            problem = Forbidden("insufficient_scope", scope=CLIENTS)
            await self._refused(request, step, problem, asker)
            raise problem
        return asker

    async def _refused(self, request: web.Request, step: str, problem: BawabaError, asker: Client) -> None:
        if not isinstance(problem, SealingFailed | TooManyRequests):
            await self.record.refused(request, step, problem, asker.client_id)

    async def _read(self, request: web.Request) -> Registration:
        document = await read_json_object(request, self.body_seconds)
        try:
            return read_model(document, Registration)
        except InvalidInput as problem:
            if problem.field:
                raise
            # Each field is well, but they do not go together.
            raise InvalidInput("registration_unfit", field="/auth_method") from problem


def _shown(found: Registered, status: int = 200) -> web.Response:
    shown = RegisteredProgram(**dict(found.client), standing=found.standing)
    headers = {"Cache-Control": "no-store"}
    if status == 201:
        headers["Location"] = f"{PATH}/{found.client.client_id}"
    return web.Response(
        status=status, body=shown.model_dump_json().encode(), content_type="application/json", headers=headers
    )
