"""Who is at the door: the bearer of a token, the holder of its key, or a browser with a session."""

from dataclasses import dataclass

from aiohttp import web

from gateway.errors import Forbidden, FormExpired, Unauthenticated
from gateway.identity.bearer import AUTHORIZATION, BEARER, extract_token
from gateway.identity.principal import Principal, Program
from gateway.identity.sessions import Sessions
from gateway.identity.verifier import TokenVerifier, refuse
from gateway.web.sender import Senders
from gateway.web.signin.browser import session_secret

TOKEN_CODES = ("token_missing", "invalid_token", "token_expired", "invalid_dpop_proof", "use_dpop_nonce")
SIGN_IN_CODES = (
    *((401, code) for code in (*TOKEN_CODES, "session_ended")),
    *((403, code) for code in ("form_expired", "person_required")),
)


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """A token goes before a session: a program that sends one means it."""

    verifier: TokenVerifier
    sessions: Sessions
    public_url: str
    senders: Senders

    async def identify(self, request: web.Request) -> Principal:
        """Whom the request speaks for; errors as of ``identify_any``, and ``Forbidden`` for a program by itself."""
        holder = await self.identify_any(request)
        if isinstance(holder, Program):
            raise Forbidden("person_required")
        return holder

    async def identify_any(self, request: web.Request) -> Principal | Program:
        """Whom the request speaks for: a person, or the program that holds the token for itself.

        Raises ``Unauthenticated``, ``AssuranceTooLow`` for a session without a verified number, and ``FormExpired``
        for a session that another site tries to use.
        """
        if AUTHORIZATION in request.headers or not (secret := session_secret(request)):
            return await self._holder(request)
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise FormExpired
        if request.headers.get("Origin", self.public_url) != self.public_url:
            raise FormExpired
        session = await self.sessions.find(secret)
        if session is None:
            raise Unauthenticated("session_ended")
        return await self.sessions.principal(session)

    async def identify_program(self, request: web.Request) -> Program:
        """The program that speaks for itself, its token proved to be its own.

        Raises ``Unauthenticated``, also for a token that is bound to nothing, and ``Forbidden`` for a person's.
        """
        holder = await self._holder(request)
        if isinstance(holder, Principal):
            raise Forbidden("program_required")
        if holder.confirmation is None:
            refuse("not_bound")
        return holder

    async def _holder(self, request: web.Request) -> Principal | Program:
        scheme, token = extract_token(request.headers)
        holder = self.verifier.verify_any(token, bound=True)
        # The token first: a stranger without one costs us no signature and no memory.
        if holder.confirmation is not None or scheme != BEARER:
            await self.senders.check(request, scheme, token, holder.confirmation)
        return holder
