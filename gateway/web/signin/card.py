"""The card door: it takes the certificate that the browser shows and sends the browser back with its reference.

``GET /auth/card/{provider}?state=...`` answers at the card port, which asks for certificates itself, and at the
public port, where a proxy of ours may bring them (RFC 9440). Nothing is judged here and no page is shown: that is
done where the sign-in ends, in the person's language, bound to the browser that began it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from gateway.identity.handoff import Handoff
from gateway.web.address import Network
from gateway.web.pages.problem import PAGE
from gateway.web.signin.client_cert import forwarded_certificates
from gateway.web.signin.shown import ShownCertificates
from gateway.web.transport import tls_alone

_STATE = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class CardDoor:
    """The one address of the door, for the providers named; ``public_url`` is where sign-ins end."""

    handoff: Handoff
    providers: frozenset[str]
    public_url: str
    proxies: Sequence[Network]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/auth/card/{provider}", self.show, name=f"{PAGE}card", allow_head=False)

    def application(self) -> web.Application:
        """What answers at the card port: the door and nothing else."""
        app = web.Application(client_max_size=1024)
        self.add_routes(app)
        app.on_response_prepare.append(self._guard)
        return app

    async def _guard(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(tls_alone(self.public_url))

    async def show(self, request: web.Request) -> web.Response:
        """On to where the sign-in ends, with the reference of what was shown, or with none."""
        provider, states = request.match_info["provider"], request.query.getall("state", [])
        if provider not in self.providers or len(states) != 1 or not _STATE.fullmatch(states[0]):
            raise web.HTTPNotFound(headers=_HEADERS)
        shown = self._certificates(request)
        answer = {"state": states[0]}
        if shown:
            answer["card"] = await self.handoff.leave(states[0], shown)
        location = f"{self.public_url}/auth/callback/{provider}?{urlencode(answer)}"
        return web.Response(status=303, headers={"Location": location, **_HEADERS})

    def _certificates(self, request: web.Request) -> tuple[bytes, ...]:
        """Those of the connection where it asks for some; headers count only where it does not."""
        connection = request.get_extra_info("ssl_object")
        if isinstance(connection, ShownCertificates):
            return connection.certificates
        return forwarded_certificates(request, self.proxies)
