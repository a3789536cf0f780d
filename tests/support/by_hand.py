"""A room's stand-in spoken to by hand, with the room's own token: what the room itself would never send."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from gateway.sdk import Deadline
from gateway.sdk.sandbox import Orders
from tests.support.procedures import Counter, counter


@dataclass
class ByHand:
    """Sends anything to the stand-in; ``code`` is the member of a problem that holds its code."""

    here: Counter
    session: aiohttp.ClientSession
    headers: Mapping[str, str]
    code: str

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """The status, and the problem's code where there is one; ``headers`` are named with ``_`` in place of ``-``."""
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        merged = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with self.session.request(method, self.here.url + path, headers=merged, **sent) as response:
            document = await response.json(content_type=None) if "json" in response.content_type else {}
            return response.status, document.get(self.code, "")


@asynccontextmanager
async def by_hand(room: str, code: str, **headers: str) -> AsyncIterator[ByHand]:
    """Opens the counter of a room that has bearer tokens; ``headers`` are sent with everything, named as above."""
    async with counter(room) as here, aiohttp.ClientSession() as session:
        here.sandbox.desk.orders = Orders(pace=0.05)
        system: Any = here.room.system
        token = await system.tokens.token(Deadline.after(5))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        yield ByHand(here, session, {"Authorization": f"Bearer {token}", **named}, code)
