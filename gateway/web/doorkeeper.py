"""Who is at the door: the bearer of a token, or a browser with a session."""

from dataclasses import dataclass

from aiohttp import web

from gateway.errors import FormExpired, Unauthenticated
from gateway.identity.bearer import extract_bearer
from gateway.identity.principal import Principal
from gateway.identity.sessions import Sessions
from gateway.identity.verifier import TokenVerifier
from gateway.web.signin.browser import session_secret

SIGN_IN_CODES = (
    *((401, code) for code in ("token_missing", "invalid_token", "token_expired", "session_ended")),
    (403, "form_expired"),
)


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """A token goes before a session: a program that sends one means it."""

    verifier: TokenVerifier
    sessions: Sessions
    public_url: str

    async def identify(self, request: web.Request) -> Principal:
        """Whom the request speaks for.

        Raises ``Unauthenticated``, ``AssuranceTooLow`` for a session without a verified number, and ``FormExpired``
        for a session that another site tries to use.
        """
        if "Authorization" in request.headers or not (secret := session_secret(request)):
            return self.verifier.verify(extract_bearer(request.headers))
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise FormExpired
        if request.headers.get("Origin", self.public_url) != self.public_url:
            raise FormExpired
        session = await self.sessions.find(secret)
        if session is None:
            raise Unauthenticated("session_ended")
        return await self.sessions.principal(session)
