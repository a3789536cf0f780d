"""The bearer token that an assertion is exchanged for: kept until shortly before its end."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from adapters.bahrain.assertion import Signer
from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, Deadline, Gate, Response, read_json

PATH: Final = "/oauth/token"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EARLY: Final = 30
"""Seconds before its end from which a token is fetched anew: it must not expire on the way."""

_LONGEST: Final = 86_400
_PATIENCE: Final = 2.0
_TRIES: Final = 2
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
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Tokens:
    """Exchanges assertions for tokens; those who need one at the same time wait for one exchange."""

    def __init__(self, gate: Gate, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._gate = gate
        self._signer = signer
        self._clock = clock
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self._exchange: asyncio.Task[str] | None = None

    async def token(self, deadline: Deadline, *, instead_of: str = "") -> str:
        """A token that is good for a while; never ``instead_of``, which the national system has just refused.

        The exchange has a time of its own, for whoever began it may have less than those who joined. Raises
        ``BackendError``, and ``TimeoutError`` where the deadline passes first.
        """
        if self._token not in ("", instead_of) and self._clock() < self._until:
            return self._token
        if self._exchange is None:
            self._exchange = asyncio.create_task(self._renew())
            self._exchange.add_done_callback(self._renewed)
        async with asyncio.timeout(deadline.check()):
            return await asyncio.shield(self._exchange)

    async def close(self) -> None:
        """Ends an exchange that is under way."""
        if self._exchange is not None:
            self._exchange.cancel()
            await asyncio.wait([self._exchange])

    def _renewed(self, exchange: asyncio.Task[str]) -> None:
        self._exchange = None
        # Looked at here, for everybody who waited for it may have gone.
        if not exchange.cancelled():
            exchange.exception()

    async def _renew(self) -> str:
        deadline = Deadline.after(_PATIENCE)
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._ask(deadline)
            except BackendDown:
                if attempt == _TRIES:
                    raise
        raise BackendDown

    async def _ask(self, deadline: Deadline) -> str:
        """One exchange; not safe to send again, since a ``jti`` that was seen is refused: a new try is a new one."""
        now = self._clock()
        body = urlencode({"grant_type": GRANT, "assertion": self._signer.sign(now)}).encode()
        token, seconds = await self._gate.send(
            "POST", PATH, deadline=deadline, headers=_HEADERS, body=body, read=_read, safe=False
        )
        self._token, self._until = token, now + timedelta(seconds=seconds - min(EARLY, seconds / 2))
        return token


def _read(response: Response) -> tuple[str, int]:
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
    return token, seconds


def _reason(document: dict[str, Any]) -> str:
    """The error code of RFC 6749, section 5.2; never its description."""
    error = document.get("error")
    return error if isinstance(error, str) and error in _REASONS else "token_refused"
