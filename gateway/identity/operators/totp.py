"""Codes that change every thirty seconds (RFC 6238), each of them good once."""

import hmac
import os
from base64 import b32encode
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES: Final = 20
"""As many as the hash gives, which RFC 4226 (4, R6) recommends."""
STEP_SECONDS: Final = 30
DIGITS: Final = 6
_LEEWAY = (0, -1, 1)
"""Steps that a telephone's clock may differ, the likeliest first."""


def new_secret() -> bytes:
    """A fresh secret, to be shared with one telephone."""
    return os.urandom(SECRET_BYTES)


def typed(secret: bytes) -> str:
    """The secret as people type it into an app."""
    return b32encode(secret).decode()


def address(secret: bytes, name: str, issuer: str) -> str:
    """The ``otpauth`` address that apps take a secret from (Key Uri Format of Google Authenticator)."""
    label = f"{quote(issuer, safe='')}:{quote(name, safe='')}"
    return f"otpauth://totp/{label}?secret={typed(secret)}&issuer={quote(issuer, safe='')}"


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The step of time that the code belongs to, or ``None``; whether it was used before is for the caller to know."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    # SHA-1 is what every app speaks, and as a keyed hash it is sound.
    codes = TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
    current = int(now) // STEP_SECONDS
    matching = [
        current + difference
        for difference in _LEEWAY
        if hmac.compare_digest(codes.generate((current + difference) * STEP_SECONDS), digits.encode())
    ]
    return matching[0] if matching else None
