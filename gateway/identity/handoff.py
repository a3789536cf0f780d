"""How what came without the browser's cookies goes to the address where the sign-in ends with them.

A certificate is shown at another port, which may be another host, so no cookie of one need reach the other. A form
that another site posts comes without the session's cookie. Either waits in the database, and the browser carries over
only its reference, good for the one sign-in that it came for. Whether this is the browser that began that sign-in is
judged at the end, where its cookies are.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

from gateway.errors import SignInError
from gateway.identity.providers.base import Letterbox
from gateway.identity.vault import Finder


class Handoff:
    """Leaves what is of one ``kind`` and collects it. Nothing else can pass for it: its name needs the finder's key."""

    def __init__(self, letters: Letterbox, finder: Finder, kind: str = "card") -> None:
        self._letters = letters
        self._finder = finder
        self._kind = kind

    async def leave(self, state: str, parts: Sequence[bytes]) -> str:
        """Keeps the parts (of a card its certificates, DER) for the sign-in with that state; gives the reference."""
        reference = secrets.token_urlsafe(32)
        await self._letters.put(self._name(state, reference), b"\n".join(map(b64encode, parts)))
        return reference

    async def collect(self, state: str, reference: str) -> tuple[bytes, ...]:
        """The parts; raises ``SignInError`` where there are none of that reference for that state."""
        kept = await self._letters.read(self._name(state, reference))
        if kept is None:
            raise SignInError
        return tuple(b64decode(line) for line in kept.split(b"\n") if line)

    def _name(self, state: str, reference: str) -> str:
        return self._finder.of(self._kind, state, reference)
