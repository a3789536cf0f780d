"""The round in which programs are told of sign-outs (OpenID Connect Back-Channel Logout 1.0)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlencode, urlsplit

import structlog

from gateway.errors import BackendError, ConfigurationError, InvalidClient
from gateway.oauth.clients import Clients
from gateway.oauth.id_tokens import IdTokens
from gateway.oauth.logouts import Logout, Logouts
from gateway.resilience.deadline import Deadline
from gateway.resilience.retry import Backoff
from gateway.resilience.rounds import rounds
from gateway.sdk.gate import Gate, GateLimits, Response
from gateway.sdk.transport import AddressCheck

log = structlog.get_logger()

ROUND_SECONDS: Final = 1.0
TOGETHER: Final = 16
SECONDS: Final = 5.0
_LIMITS: Final = GateLimits(concurrent=2, queue=16, response_bytes=16_384, attempts=1, timeout=SECONDS)
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}

Post = Callable[[str, bytes], Awaitable[int]]
"""Posts a form to an address once; the HTTP status comes back. Raises ``BackendError`` and ``ConfigurationError``."""


class LogoutPost:
    """Posts to programs' addresses: bounded, timed, by TLS, never to an inner address, and not where it is sent on."""

    def __init__(self, may_connect: AddressCheck) -> None:
        self._may_connect = may_connect

    async def __call__(self, url: str, body: bytes) -> int:
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        origin = f"{parts.scheme}://{parts.netloc}"
        gate = Gate("oauth", origin, _LIMITS, endpoint="logout", check_address=self._may_connect)
        try:
            return await gate.send(
                "POST",
                path,
                deadline=Deadline.after(SECONDS),
                read=_status,
                headers=_HEADERS,
                body=body,
                safe=False,
            )
        finally:
            await gate.close()


class BackChannel:
    """Tells what is due, over and over with growing pauses; each time with a token made anew, for it lives shortly."""

    def __init__(
        self, logouts: Logouts, clients: Clients, id_tokens: IdTokens, post: Post, backoff: Backoff | None = None
    ) -> None:
        self._logouts = logouts
        self._clients = clients
        self._id_tokens = id_tokens
        self._post = post
        self._backoff = backoff or Backoff(first=2.0, longest=1800.0)

    @asynccontextmanager
    async def walking(self, every: float = ROUND_SECONDS) -> AsyncIterator[None]:
        """Makes its rounds while the context lasts."""
        async with rounds("logouts", self._walk, every):
            yield

    async def round(self) -> int:
        """Tells what is due now; how many programs that were."""
        due = await self._logouts.take(TOGETHER)
        await asyncio.gather(*(self._tell(each) for each in due))
        return len(due)

    async def _walk(self) -> bool:
        return await self.round() == TOGETHER

    async def _tell(self, logout: Logout) -> None:
        try:
            client = await self._clients.find(logout.client_id)
        except InvalidClient:
            await self._logouts.done(logout.id)
            return
        if client.backchannel_logout_uri is None:
            await self._logouts.done(logout.id)
            return
        token = self._id_tokens.sign_logout(client, logout.person, logout.grant_id)
        reason = await self._refused(client.backchannel_logout_uri, urlencode({"logout_token": token}).encode())
        if reason is None:
            log.info("logout.told", client=client.client_id, attempts=logout.attempts)
            await self._logouts.done(logout.id)
            return
        log.warning("logout.untold", client=client.client_id, reason=reason, attempts=logout.attempts)
        await self._logouts.put_off(logout.id, 1 + self._backoff.pause(logout.attempts - 1))

    async def _refused(self, url: str, body: bytes) -> str | None:
        """Why the program has not heard; nothing where it has."""
        try:
            status = await self._post(url, body)
        except (BackendError, ConfigurationError) as problem:
            return problem.code
        except ValueError as problem:
            return type(problem).__name__
        return None if 200 <= status < 300 else f"status_{status}"


def _status(response: Response) -> int:
    return response.status
