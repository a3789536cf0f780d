"""The signatures: of every request that is sent, and of every event that the agencies tell by themselves."""

import hashlib
import hmac
from typing import Final

KEY_HEADER: Final = "X-Api-Key"
TIMESTAMP_HEADER: Final = "X-Timestamp"
SIGNATURE_HEADER: Final = "X-Signature"
DELIVERY_HEADER: Final = "X-Delivery-Id"

_MOST_DIGITS: Final = 14


def sign(secret: bytes, method: str, target: str, timestamp: str, body: bytes) -> str:
    """The signature in hex; ``target`` is path and query as sent, ``timestamp`` milliseconds of Unix time."""
    return sign_digest(secret, method, target, timestamp, hashlib.sha256(body).hexdigest())


def sign_digest(secret: bytes, method: str, target: str, timestamp: str, digest: str) -> str:
    """As ``sign``, for a body that is known by its SHA-256 in hex."""
    return hmac.digest(secret, f"{method}\n{target}\n{timestamp}\n{digest}".encode(), "sha256").hex()


def sign_event(secret: bytes, delivery: str, timestamp: str, body: bytes) -> str:
    """The signature of an event in hex, over its number, its time and its body."""
    signed = f"{delivery}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.digest(secret, signed.encode("utf-8", "replace"), "sha256").hex()


def is_signed_event(secret: bytes, delivery: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether ``signature``, which may be anything, is the right one; takes the same time wherever it is wrong."""
    expected = sign_event(secret, delivery, timestamp, body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def milliseconds(timestamp: str) -> int:
    """A timestamp as a number; raises ``ValueError``."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS):
        raise ValueError("is no timestamp")
    return int(timestamp)
