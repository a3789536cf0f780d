"""Bearer tokens of a national system: fetched once for all who need one, kept until shortly before their end."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from gateway.errors import BackendDown, BackendGarbled, BackendLate, BackendRefused
from gateway.resilience.deadline import Deadline
from gateway.sdk.json_reader import read_json
from gateway.sdk.transport import Response

EARLY: Final = 30
"""Seconds before its end from which a token is fetched anew: it must not expire on the way."""

AnswerT = TypeVar("AnswerT")
_PATIENCE: Final = 4.0
_LONGEST: Final = 86_400
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}=*")
_REASONS: Final = frozenset(
    (
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    )
)


class TokenRefused(BackendRefused):
    """The national system no longer takes the token: raised by a reader, and told to nobody but ``TokenSource``."""

    def __init__(self) -> None:
        super().__init__(reason="invalid_token")


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token and the seconds for which it is good."""

    value: str
    seconds: int


class TokenSource:
    """Keeps the token that ``fetch`` brings; those who need one at the same time wait for one fetch."""

    def __init__(self, fetch: Callable[[Deadline], Awaitable[BearerToken]], clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self._fetching: asyncio.Task[str] | None = None

    async def ask(self, deadline: Deadline, send: Callable[[str], Awaitable[AnswerT]]) -> AnswerT:
        """What ``send`` makes of a token; where that raises ``TokenRefused``, what it makes of another, once."""
        token = await self.token(deadline)
        try:
            return await send(token)
        except TokenRefused:
            return await send(await self.token(deadline, instead_of=token))

    async def token(self, deadline: Deadline, *, instead_of: str = "") -> str:
        """A token that is good for a while; never ``instead_of``, which the national system has just refused.

        The fetch has a time of its own, for whoever began it may have less than those who joined. Raises
        ``BackendError``: ``BackendLate`` where the deadline passes first.
        """
        if self._token not in ("", instead_of) and self._clock() < self._until:
            return self._token
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._renew())
            self._fetching.add_done_callback(self._renewed)
        try:
            async with asyncio.timeout(deadline.check()):
                return await asyncio.shield(self._fetching)
        except TimeoutError as problem:
            raise BackendLate from problem

    async def close(self) -> None:
        """Ends a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _renew(self) -> str:
        asked_at = self._clock()
        token = await self._fetch(Deadline.after(_PATIENCE))
        kept_back = min(EARLY, token.seconds / 2)
        self._token, self._until = token.value, asked_at + timedelta(seconds=token.seconds - kept_back)
        return token.value

    def _renewed(self, fetching: asyncio.Task[str]) -> None:
        self._fetching = None
        # Looked at here, for everybody who waited for it may have gone.
        if not fetching.cancelled():
            fetching.exception()


def read_token(response: Response) -> BearerToken:
    """The answer of a token endpoint (RFC 6749, sections 5.1 and 5.2); raises ``BackendError``, ``LookupError``."""
    if response.status >= 500:
        raise BackendDown
    document = read_json(response.body)
    if not isinstance(document, dict):
        raise BackendGarbled
    if response.status in (400, 401, 403):
        raise BackendRefused(reason=_reason(document))
    token, seconds, kind = document["access_token"], document["expires_in"], document["token_type"]
    if response.status != 200 or not isinstance(kind, str) or kind.lower() != "bearer":
        raise BackendGarbled
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise BackendGarbled
    if type(seconds) is not int or not 0 < seconds <= _LONGEST:
        raise BackendGarbled
    return BearerToken(token, seconds)


def _reason(document: dict[str, Any]) -> str:
    """The code of the error; never its description, which may name anybody."""
    error = document.get("error")
    return error if isinstance(error, str) and error in _REASONS else "token_refused"
