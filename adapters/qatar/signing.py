"""The signature that every request carries: HMAC-SHA256 over method, path with query, timestamp and body digest."""

import hashlib
import hmac
from typing import Final

KEY_HEADER: Final = "X-Api-Key"
TIMESTAMP_HEADER: Final = "X-Timestamp"
SIGNATURE_HEADER: Final = "X-Signature"


def sign(secret: bytes, method: str, target: str, timestamp: str, body: bytes) -> str:
    """The signature in hex; ``target`` is path and query as sent, ``timestamp`` milliseconds of Unix time."""
    signed = f"{method}\n{target}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.digest(secret, signed.encode(), "sha256").hex()
