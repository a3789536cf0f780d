"""The access token of the federal service bus: fetched once, kept until shortly before its end."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote_plus

from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, Deadline, Gate, Response, read_json

PATH = "/oauth/token"
EARLY = 30.0
"""Seconds before its end from which a token is fetched anew: it must not expire on the way."""
LONGEST = 3600
BODY = b"grant_type=client_credentials&scope=bus.read"


class TokenSource:
    """Fetches a token by client credentials (RFC 6749, 4.4); callers who need one at the same time share the fetch."""

    def __init__(self, gate: Gate, client_id: str, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        credentials = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
        self._headers = {
            "Authorization": f"Basic {b64encode(credentials).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        self._gate = gate
        self._clock = clock
        self._token, self._until = "", 0.0
        self._fetching = asyncio.Lock()

    async def token(self, deadline: Deadline, *, instead_of: str = "") -> str:
        """A token that is still good; never the one that the bus has just refused.

        Raises ``BackendRefused`` when the bus does not know us, and what the gate raises.
        """
        if self._usable(instead_of):
            return self._token
        async with asyncio.timeout(deadline.check()), self._fetching:
            if not self._usable(instead_of):
                self._token, seconds = await self._gate.send(
                    "POST", PATH, deadline=deadline, headers=self._headers, body=BODY, read=_read
                )
                self._until = self._clock() + seconds - min(EARLY, seconds / 2)
        return self._token

    def _usable(self, refused: str) -> bool:
        return self._token not in ("", refused) and self._clock() < self._until


def _read(response: Response) -> tuple[str, int]:
    if response.status in (400, 401):
        raise BackendRefused(reason=_error(response))
    if response.status >= 500:
        raise BackendDown
    document = read_json(response.body)
    token, seconds = document["access_token"], document["expires_in"]
    if response.status != 200 or document["token_type"].lower() != "bearer" or not 0 < seconds <= LONGEST:
        raise BackendGarbled
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise BackendGarbled
    return token, seconds


def _error(response: Response) -> str:
    """The error code of RFC 6749, 5.2, never its description."""
    known = ("invalid_client", "invalid_request", "unauthorized_client", "invalid_scope", "unsupported_grant_type")
    code = read_json(response.body).get("error")
    return code if code in known else "token_refused"
