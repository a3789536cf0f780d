"""An authenticator made of nothing but a key, which does as it is told, lies included."""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """One passkey of the page at ``origin``."""

    origin: str
    host: str = "localhost"
    count: int = 0
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str, **lies: Any) -> str:
        """What ``navigator.credentials.create`` would answer."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(cose)
        data = self._data(self.flags | ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        parts = {"attestationObject": text(attestation), "clientDataJSON": self._client("create", options, lies)}
        return self._answer(parts)

    def show(self, options: str, *, count: int | None = None, **lies: Any) -> str:
        """What ``navigator.credentials.get`` would answer; ``count`` is a count of signatures of its own."""
        self.count += 1
        client = self._client("get", options, lies)
        data = self._data(self.flags, self.count if count is None else count)
        signed = data + hashlib.sha256(untext(client)).digest()
        signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        return self._answer({"authenticatorData": text(data), "clientDataJSON": client, "signature": text(signature)})

    def _client(self, kind: str, options: str, lies: dict[str, Any]) -> str:
        challenge = orjson.loads(options)["challenge"]
        told = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False, **lies}
        return text(orjson.dumps(told))

    def _data(self, flags: int, count: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _answer(self, parts: dict[str, str]) -> str:
        name = text(self.id)
        return orjson.dumps({"id": name, "rawId": name, "type": "public-key", "response": parts}).decode()


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def untext(encoded: str) -> bytes:
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
