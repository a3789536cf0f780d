"""Signed notes of C2SP: a text with the Ed25519 signatures of those who stand for it.

https://c2sp.org/signed-note: the text, an empty line, and for each signature a line of an em dash, the key's
name and the base64 of key id and signature.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
MOST_BYTES = 1_000_000
MOST_SIGNATURES = 64
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """The note, or the verifier key, is malformed or is not signed by a key that we know."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that signs notes under a name."""

    name: str
    key: Ed25519PublicKey
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise NoteError("a key's name has neither blanks nor plus signs")
        object.__setattr__(self, "key_id", _key_id(self.name, self.key.public_bytes_raw()))

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Reads a verifier key, ``name+id in hex+base64``; raises ``NoteError``."""
        name, _, rest = text.partition("+")
        identifier, _, encoded = rest.partition("+")
        data = decode_base64(encoded)
        if len(data) != 33 or data[:1] != ED25519:
            raise NoteError("the verifier key is not of Ed25519")
        verifier = cls(name, Ed25519PublicKey.from_public_bytes(data[1:]))
        if identifier != verifier.key_id.hex():
            raise NoteError("the verifier key does not have the id that it says")
        return verifier

    def __str__(self) -> str:
        data = ED25519 + self.key.public_bytes_raw()
        return f"{self.name}+{self.key_id.hex()}+{b64encode(data).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs notes under a name."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verifier", Verifier(self.name, self.key.public_key()))

    def sign(self, text: str) -> str:
        """The note over ``text``, which ends in a newline; raises ``NoteError`` when it cannot be one."""
        if not text.endswith("\n") or _CONTROL.search(text):
            raise NoteError("a note's text ends in a newline and has no other control characters")
        signature = self.verifier.key_id + self.key.sign(text.encode())
        return f"{text}\n— {self.name} {b64encode(signature).decode()}\n"


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """The text of a note that a known key has signed; raises ``NoteError`` for any other, or if a known key's fails."""
    text, signatures = _split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    believed = False
    for name, data in signatures:
        if verifier := known.get((name, data[:4])):
            _check(verifier, data[4:], text)
            believed = True
    if not believed:
        raise NoteError("no key that we know has signed the note")
    return text


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MOST_BYTES or _CONTROL.search(note):
        raise NoteError("the note is too long or has control characters")
    head, gap, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not gap or lines.pop() != "" or not 0 < len(lines) <= MOST_SIGNATURES:
        raise NoteError("the note does not end in signatures")
    return head + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _NAME.fullmatch(parts[1]):
        raise NoteError("a signature line is malformed")
    data = decode_base64(parts[2])
    if len(data) < 5:
        raise NoteError("a signature is too short")
    return parts[1], data


def _check(verifier: Verifier, signature: bytes, text: str) -> None:
    try:
        verifier.key.verify(signature, text.encode())
    except InvalidSignature as problem:
        raise NoteError(f"the signature of {verifier.name} is not of this text") from problem


def decode_base64(encoded: str) -> bytes:
    """Decodes base64 of the one spelling that encoding would give; raises ``NoteError`` for any other."""
    try:
        data = b64decode(encoded, validate=True)
    except (BadBase64, ValueError) as problem:
        raise NoteError("not base64") from problem
    if b64encode(data).decode() != encoded:
        raise NoteError("not canonical base64")
    return data


def _key_id(name: str, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]
