"""Bytes sealed for storage with AES-256-GCM under a ring of keys, and hashes that find without telling."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.identity.keys import UnfitKeyError

KEY_BYTES = 32
_NAME_BYTES, _NONCE_BYTES = 4, 12


class BrokenVaultError(ValueError):
    """The sealed bytes were not sealed under this ring, or not for this context."""


class Vault:
    """The first key of the ring seals, every one opens; the ring rotates by putting a new key in front.

    A sealed value is ``key name (4 bytes) | nonce (12) | ciphertext and tag``. ``context`` says what the value is
    and whose; it is authenticated, so a value moved to another row does not open there.
    """

    def __init__(self, *keys: bytes) -> None:
        """Raises ``UnfitKeyError`` unless every key is 32 bytes."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise UnfitKeyError(f"each key must be {KEY_BYTES} bytes")
        self._current = _name(keys[0])
        self._ciphers = {_name(key): AESGCM(key) for key in reversed(keys)}

    @property
    def seals_with(self) -> str:
        """The name of the key that seals, fit to be logged."""
        return self._current.hex()

    def adopt(self, other: "Vault") -> None:
        """Takes over another vault's keys."""
        self.__dict__.update(other.__dict__)

    def seal(self, data: bytes, context: str) -> bytes:
        """``data`` as bytes that only a holder of the ring can read."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed for the same context; raises ``BrokenVaultError``."""
        name, nonce, ciphertext = sealed[:_NAME_BYTES], sealed[_NAME_BYTES:16], sealed[16:]
        try:
            return self._ciphers[name].decrypt(nonce, ciphertext, context.encode())
        except (KeyError, InvalidTag, ValueError) as problem:
            raise BrokenVaultError(type(problem).__name__) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the value was sealed under the first key; others are sealed anew by ``bawaba keys reseal``."""
        return sealed[:_NAME_BYTES] == self._current


class Finder:
    """Keyed hashes: equal values have equal ones, and nobody without the key can tell or guess the value."""

    def __init__(self, key: bytes) -> None:
        """Raises ``UnfitKeyError`` unless the key is 32 bytes."""
        if len(key) != KEY_BYTES:
            raise UnfitKeyError(f"the key must be {KEY_BYTES} bytes")
        self._key = key

    def of(self, *parts: str) -> str:
        """HMAC-SHA256 of the parts, each with its length, in hexadecimal."""
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._key, text.encode(), "sha256").hex()


def digest(secret: str) -> str:
    """SHA-256 of a random secret of 128 bits or more, in hexadecimal: what a stolen table does not reveal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"bawaba vault key name\0" + key).digest()[:_NAME_BYTES]
