"""What the ledger says about a person and about data without naming either: pseudonyms, salts and commitments.

A bare hash of a ten-digit number can be found by trying all of them, so nothing here is a bare hash: a pseudonym
needs the gateway's key, a commitment needs the salt of its own entry, which only the owner is given.
"""

import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode

SALT_BYTES = 32
PSEUDONYM_KEY_BYTES = 32


def pseudonym(key: bytes, subject: str) -> str:
    """HMAC-SHA256 of the subject under the pseudonym key, base64url without padding."""
    return urlsafe_b64encode(hmac.digest(key, subject.encode(), "sha256"))[:-1].decode()


def commit(salt: bytes, data: bytes) -> str:
    """HMAC-SHA256 of the data under the entry's salt, base64."""
    return b64encode(hmac.digest(salt, data, "sha256")).decode()


def opens(salt: bytes, data: bytes, commitment: str) -> bool:
    """Whether the commitment was made to this data with this salt."""
    return hmac.compare_digest(commit(salt, data), commitment)


def salt_digest(salt: bytes) -> str:
    """SHA-256 of a salt, base64; a salt is random, so its hash tells nothing and binds it to its entry."""
    return b64encode(hashlib.sha256(salt).digest()).decode()
