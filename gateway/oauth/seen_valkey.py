"""What may come once, remembered by a Valkey or Redis server, which forgets it by itself when its time is over."""

from collections.abc import Callable
from typing import Final

from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from gateway.errors import Unavailable
from gateway.oauth.seen import name_of

PREFIX: Final = "bawaba:seen:"
SECONDS: Final = 2.0
"""How long the server may take to answer before it counts as out of reach."""


class ValkeySeen:
    """Of two workers that set the same name, the server lets one (``SET`` with ``NX``)."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        """Raises ``ValueError`` where ``url`` is not a server's; connects at first use."""
        self._server = Valkey.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
        self._clock = clock

    async def first(self, kind: str, value: str, until: int) -> bool:
        """As ``Seen``: a server that is out of reach means ``Unavailable``, never new."""
        life = max(1, until - int(self._clock()) + 1)
        try:
            return bool(await self._server.set(PREFIX + name_of(kind, value), b"1", ex=life, nx=True))
        except (ValkeyError, OSError, TimeoutError) as problem:
            raise Unavailable from problem

    async def close(self) -> None:
        """Ends every connection."""
        await self._server.aclose()
