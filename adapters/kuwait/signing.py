"""How a callback is signed: HMAC-SHA256, in hex, over the RefId, a line feed and the body as sent."""

import hmac

HEADER = "X-SP-Signature"


def sign(key: bytes, ref_id: str, body: bytes) -> str:
    """The signature of ``body`` as the answer to the request that carried ``ref_id``."""
    return hmac.digest(key, ref_id.encode() + b"\n" + body, "sha256").hex()


def is_signed(key: bytes, ref_id: str, body: bytes, signature: str) -> bool:
    """Whether ``signature``, which may be anything, is the right one; takes the same time wherever it is wrong."""
    return hmac.compare_digest(sign(key, ref_id, body).encode(), signature.encode("utf-8", "replace"))
