"""The strict reader that an unverified token meets first, so that nothing later has to guess what it means."""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from gateway.identity.keys import base64url

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")
# A string, ended or not, whose brackets do not count; or a bracket. Possessive, so linear.
_JSON_SHAPE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


class TokenError(Exception):
    """The token is refused; ``reason`` is a keyword for the log and ``code`` all that the caller is told."""

    def __init__(self, reason: str, code: str = "invalid_token") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a token may be: characters in all, levels of nesting, digits of a number."""

    token_characters: int = 4096
    depth: int = 4
    digits: int = 15


@dataclass(frozen=True, slots=True)
class Parts:
    """A token in its three parts: the header read, the payload still bytes until the signature is verified."""

    header: dict[str, Any]
    signing_input: bytes
    payload: bytes
    signature: bytes


def read(unverified_token: str, limits: Limits) -> Parts:
    """The parts of a compact JWS (RFC 7515, 7.1); raises ``TokenError``.

    What PyJWT would let pass is refused here: padding, a payload that is not base64url as its own encoder
    writes it, duplicate members, NaN, endless numbers, deep nesting and megabytes.
    """
    if len(unverified_token) > limits.token_characters:
        raise TokenError("size")
    segments = unverified_token.split(".", 3)
    if len(segments) != 3:
        raise TokenError("segments")
    header, payload, signature = (decode_segment(segment) for segment in segments)
    signing_input = unverified_token.rpartition(".")[0].encode()
    return Parts(read_object(header, limits), signing_input, payload, signature)


def decode_segment(segment: str) -> bytes:
    """The bytes of one segment: base64url, no padding, no white space, unused bits zero (RFC 4648, 3.5)."""
    if not _ALPHABET.fullmatch(segment):
        raise TokenError("alphabet")
    try:
        data = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise TokenError("alphabet") from None
    if base64url(data) != segment:
        raise TokenError("alphabet")
    return data


def read_object(data: bytes, limits: Limits) -> dict[str, Any]:
    """A JSON object of unique names, whole numbers and bounded depth; raises ``TokenError``."""
    if _too_deep(data, limits.depth):
        raise TokenError("depth")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_number,
            parse_float=_refuse_number,
            parse_int=lambda digits: _whole(digits, limits.digits),
        )
        if b"\\u" in data:
            # An escaped lone surrogate is a string that no later step could write down.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError:
        raise TokenError("json") from None
    if not isinstance(value, dict):
        raise TokenError("json")
    return value


def _too_deep(data: bytes, allowed: int) -> bool:
    """Counted before parsing: the parser recurses, and would run out of stack instead of saying no."""
    if data.count(b"[") + data.count(b"{") <= allowed:
        return False
    depth = 0
    for match in _JSON_SHAPE.finditer(data):
        mark = match.group()
        if mark in (b"[", b"{"):
            depth += 1
            if depth > allowed:
                return True
        elif mark in (b"]", b"}"):
            depth -= 1
    return False


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TokenError("duplicate")
    return members


def _whole(digits: str, allowed: int) -> int:
    if len(digits) > allowed:
        raise TokenError("number")
    return int(digits)


def _refuse_number(_literal: str) -> NoReturn:
    raise TokenError("number")
