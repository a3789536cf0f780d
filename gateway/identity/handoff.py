"""How a certificate goes from the address at which it was shown to the address at which the sign-in ends.

The two are different ports, and may be different hosts, so no cookie of one need reach the other. The certificate
waits in the database, and the browser carries over only its reference, good for the one sign-in that it was shown
for. Whether this is the browser that began that sign-in is judged at the end, where its cookie is.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

from gateway.errors import SignInError
from gateway.identity.providers.base import Letterbox
from gateway.identity.vault import Finder


class Handoff:
    """Leaves certificates and collects them. Other letters cannot pass for one: its name needs the finder's key."""

    def __init__(self, letters: Letterbox, finder: Finder) -> None:
        self._letters = letters
        self._finder = finder

    async def leave(self, state: str, certificates: Sequence[bytes]) -> str:
        """Keeps the certificates (DER) for the sign-in with that state; the reference comes back."""
        reference = secrets.token_urlsafe(32)
        await self._letters.put(self._name(state, reference), b"\n".join(map(b64encode, certificates)))
        return reference

    async def collect(self, state: str, reference: str) -> tuple[bytes, ...]:
        """The certificates; raises ``SignInError`` where there are none of that reference for that state."""
        kept = await self._letters.read(self._name(state, reference))
        if kept is None:
            raise SignInError
        return tuple(b64decode(line) for line in kept.split(b"\n") if line)

    def _name(self, state: str, reference: str) -> str:
        return self._finder.of("card", state, reference)
