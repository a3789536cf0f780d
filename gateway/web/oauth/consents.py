"""``/v1/me/consents``: what a person lets programs do, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from pydantic import Field

from gateway.errors import Forbidden, NotFound
from gateway.identity.principal import Principal
from gateway.identity.sessions import CLIENT
from gateway.oauth.clients import Clients
from gateway.oauth.consents import Consents, by_program
from gateway.oauth.grant import Grants
from gateway.schema.base import Frozen
from gateway.schema.dates import Moment
from gateway.schema.text import Text
from gateway.web.contract import Operation, path_parameter
from gateway.web.doorkeeper import SIGN_IN_CODES, Doorkeeper
from gateway.web.oauth.record import OAuthRecord

SCOPE: Final = "consents"
STEP: Final = "withdraw"


class ShownConsent(Frozen):
    """What the person allows one program."""

    client_id: str
    name: Text | None = Field(description="Absent where the program is registered no more.")
    agency: str | None
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    given_at: Moment
    expires_at: Moment


class ShownConsents(Frozen):
    """All that the person allows now, program by program."""

    consents: tuple[ShownConsent, ...]


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """Taking back what was allowed, by whichever door."""

    consents: Consents
    grants: Grants
    record: OAuthRecord

    async def withdraw(self, request: web.Request, principal: Principal, client_id: str) -> bool:
        """Ends all that the person lets the program do, and seals that; says whether there was anything."""
        withdrawn = await self.consents.withdraw(principal.subject, client_id)
        # Also where there was no consent: a grant must not outlive the person's no, however it came about.
        ended = await self.grants.revoke_person(principal.subject, client_id)
        if not withdrawn and not ended:
            return False
        await self.record.granted(request, STEP, client_id, principal)
        return True


@dataclass(frozen=True, slots=True)
class ConsentOperations:
    """The endpoints; a program manages nobody's consents, least of all those to itself."""

    doorkeeper: Doorkeeper
    clients: Clients
    withdrawing: Withdrawing

    def operations(self) -> Sequence[Operation]:
        codes = (*SIGN_IN_CODES, (403, "insufficient_scope"))
        return (
            Operation("list_consents", "GET", "/v1/me/consents", self.list, ShownConsents, secured=True, codes=codes),
            Operation(
                "withdraw_consent",
                "DELETE",
                "/v1/me/consents/{client}",
                self.withdraw,
                ShownConsents,
                parameters=(path_parameter("client", pattern="^[a-z][a-z0-9-]{2,63}$"),),
                secured=True,
                codes=(*codes, (404, "not_found")),
            ),
        )

    async def list(self, request: web.Request) -> web.Response:
        """What the person allows now."""
        return await self._shown(await self._identify(request))

    async def withdraw(self, request: web.Request) -> web.Response:
        """Takes back all that the person allowed the program; what it still holds is refused from now on."""
        principal, client_id = await self._identify(request), request.match_info["client"]
        if not await self.withdrawing.withdraw(request, principal, client_id):
            raise NotFound
        return await self._shown(principal)

    async def _identify(self, request: web.Request) -> Principal:
        principal = await self.doorkeeper.identify(request)
        if principal.client != CLIENT and SCOPE not in principal.scopes:
            raise Forbidden("insufficient_scope", scope=SCOPE)
        return principal

    async def _shown(self, principal: Principal) -> web.Response:
        found = by_program(await self.withdrawing.consents.of_person(principal.subject))
        known = {each.client.client_id: each.client for each in await self.clients.all()} if found else {}
        shown = []
        for client_id, given in found.items():
            client = known.get(client_id)
            shown.append(
                ShownConsent(
                    client_id=client_id,
                    name=client.name if client else None,
                    agency=client.agency if client else None,
                    scopes=tuple(dict.fromkeys(each.scope for each in given)),
                    purposes=tuple(dict.fromkeys(each.purpose for each in given)),
                    given_at=_moment(max(each.given_at for each in given)),
                    expires_at=_moment(min(each.expires_at for each in given)),
                )
            )
        return web.Response(
            body=ShownConsents(consents=tuple(shown)).model_dump_json().encode(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
