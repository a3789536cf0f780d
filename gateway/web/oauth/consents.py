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
from gateway.oauth.consents import Consent, Consents
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
class ConsentOperations:
    """The endpoints; a program manages nobody's consents, least of all those to itself."""

    doorkeeper: Doorkeeper
    clients: Clients
    consents: Consents
    grants: Grants
    record: OAuthRecord

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
        withdrawn = await self.consents.withdraw(principal.subject, client_id)
        # Also where there was no consent: a grant must not outlive the person's no, however it came about.
        ended = await self.grants.revoke_person(principal.subject, client_id)
        if not withdrawn and not ended:
            raise NotFound
        await self.record.granted(request, STEP, client_id, principal)
        return await self._shown(principal)

    async def _identify(self, request: web.Request) -> Principal:
        principal = await self.doorkeeper.identify(request)
        if principal.client != CLIENT and SCOPE not in principal.scopes:
            raise Forbidden("insufficient_scope", scope=SCOPE)
        return principal

    async def _shown(self, principal: Principal) -> web.Response:
        found: dict[str, list[Consent]] = {}
        for each in await self.consents.of_person(principal.subject):
            found.setdefault(each.client_id, []).append(each)
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
