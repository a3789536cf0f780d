"""The seal that keeps a person's identifiers unreadable inside a token."""

import hashlib
import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError

from gateway.identity.keys import UnfitKeyError, base64url
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

KEY_BYTES = 32
_NAME_BYTES, _NONCE_BYTES = 4, 12
_PADDED_TO = 128
_LEAST_DISTINCT_BYTES = 16  # 32 random bytes hold fewer than that about once in 10^24 keys


class Sealed(Frozen):
    """What stands inside the seal: who the person is to each state, and which of them is home."""

    home: Country
    identifiers: tuple[NationalIdentifier, ...]

    def by_country(self) -> Mapping[Country, NationalIdentifier]:
        """One identifier a state."""
        return MappingProxyType({identifier.country: identifier for identifier in self.identifiers})


class BrokenSealError(ValueError):
    """The sealed claim was not made here, or not for this token."""


class IdentifierSeal:
    """AES-256-GCM under a ring of keys: the first seals, every one opens.

    A sealed value is ``base64url(key name, 4 bytes | nonce, 12 | ciphertext and tag)``. ``context`` is
    authenticated with it, so that a sealed claim opens only in the token it was made for, and the text is
    padded to a multiple of 128 bytes, so that its length does not tell how many states know the person.
    """

    def __init__(self, *keys: bytes) -> None:
        """Raises ``UnfitKeyError`` when a key is not 32 bytes or is plainly not random."""
        if not keys:
            raise UnfitKeyError("at least one key is needed")
        for key in keys:
            if len(key) != KEY_BYTES:
                raise UnfitKeyError(f"a key must be {KEY_BYTES} bytes")
            if len(set(key)) < _LEAST_DISTINCT_BYTES:
                raise UnfitKeyError("the key is not random")
        self._current = _name(keys[0])
        self._ciphers = {_name(key): AESGCM(key) for key in reversed(keys)}

    @property
    def seals_with(self) -> str:
        """The name of the key that seals, fit to be logged."""
        return self._current.hex()

    def adopt(self, other: "IdentifierSeal") -> None:
        """Takes over another seal's keys."""
        self.__dict__.update(other.__dict__)

    def seal(self, sealed: Sealed, context: str) -> str:
        """``sealed`` as text that only a holder of the ring can read."""
        text = sealed.model_dump_json().encode()
        padded = text.ljust(-(-len(text) // _PADDED_TO) * _PADDED_TO)
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._ciphers[self._current].encrypt(nonce, padded, context.encode())
        return base64url(self._current + nonce + ciphertext)

    def open(self, text: str, context: str) -> Sealed:
        """What was sealed for the same ``context``; raises ``BrokenSealError``."""
        try:
            data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            name, nonce, ciphertext = data[:_NAME_BYTES], data[_NAME_BYTES:16], data[16:]
            return Sealed.model_validate_json(self._ciphers[name].decrypt(nonce, ciphertext, context.encode()))
        except (ValueError, KeyError, InvalidTag, ValidationError) as problem:
            # The cause is named without its words: a validation error repeats the identifier that it objects to.
            raise BrokenSealError(type(problem).__name__) from None


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"bawaba identifier key name\0" + key).digest()[:_NAME_BYTES]
