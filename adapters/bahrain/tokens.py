"""An assertion is exchanged for a bearer token (RFC 7523), by a new assertion each time."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from adapters.bahrain.assertion import Signer
from gateway.sdk import BackendDown, BearerToken, Deadline, Gate, read_token

PATH: Final = "/oauth/token"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Exchange:
    """Exchanges what ``signer`` signs at the token endpoint behind ``gate``."""

    def __init__(self, gate: Gate, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._gate = gate
        self._signer = signer
        self._clock = clock

    async def token(self, deadline: Deadline) -> BearerToken:
        """A new token; tried again once where the endpoint is down. Raises ``BackendError``."""
        try:
            return await self._once(deadline)
        except BackendDown:
            return await self._once(deadline)

    async def _once(self, deadline: Deadline) -> BearerToken:
        """Not safe to send again, since a ``jti`` that was seen is refused: a new try is a new assertion."""
        body = urlencode({"grant_type": GRANT, "assertion": self._signer.sign(self._clock())}).encode()
        return await self._gate.send(
            "POST", PATH, deadline=deadline, headers=_HEADERS, body=body, read=read_token, safe=False
        )
