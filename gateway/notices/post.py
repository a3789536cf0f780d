"""Posting to addresses on the web: kept connections a host, each behind the back gate's own guards."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from gateway.errors import BackendError, ConfigurationError
from gateway.notices.channel import NotDelivered, Undeliverable
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate, GateLimits, Response
from gateway.sdk.transport import AddressCheck

SECONDS: Final = 10.0
HOSTS_KEPT: Final = 128
_LIMITS: Final = GateLimits(concurrent=8, queue=32, response_bytes=65_536, attempts=1, timeout=SECONDS)
_GONE: Final = frozenset({404, 410})


class Post:
    """Posts to any host; ``check_address`` judges the very address that a host's name leads to."""

    def __init__(self, channel: str, check_address: AddressCheck | None = None) -> None:
        self._channel = channel
        self._check = check_address
        self._gates: OrderedDict[str, Gate] = OrderedDict()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Posts once; raises ``Undeliverable`` where the other side says that there is no such address any more."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            gate = await self._gate(f"{parts.scheme}://{parts.netloc}")
            status = await gate.send(
                "POST", path, deadline=Deadline.after(SECONDS), read=_status, headers=headers, body=body, safe=False
            )
        except (BackendError, ConfigurationError, ValueError) as problem:
            raise NotDelivered(getattr(problem, "code", type(problem).__name__)) from None
        if status in _GONE:
            raise Undeliverable(f"status_{status}")
        if not 200 <= status < 300:
            raise NotDelivered(f"status_{status}")

    async def close(self) -> None:
        """Ends every connection."""
        for gate in self._gates.values():
            await gate.close()
        self._gates.clear()

    async def _gate(self, origin: str) -> Gate:
        gate = self._gates.get(origin)
        if gate is None:
            gate = Gate("notices", origin, _LIMITS, endpoint=self._channel, check_address=self._check)
            self._gates[origin] = gate
        self._gates.move_to_end(origin)
        if len(self._gates) > HOSTS_KEPT:
            _, oldest = self._gates.popitem(last=False)
            await oldest.close()
        return gate


def _status(response: Response) -> int:
    return response.status
