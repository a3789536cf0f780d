"""The ways in which a sandbox can misbehave, as a national system may on a bad day."""

import base64
import dataclasses
import gzip
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from aiohttp import web
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

Kind = Literal[
    "normal", "slow", "down", "lost", "garbled", "rate_limiting", "wrong", "huge", "deep", "redirect", "bomb"
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

HUGE = 64 * 1024 * 1024
"""Bytes of a huge answer."""

DEPTH = 100_000
"""Levels, or columns, of a deep answer."""

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Behaviour:
    """How the next requests are treated.

    ``slow`` answers rightly after ``seconds``; ``down`` closes the connection without an answer;
    ``lost`` does what it is asked and then closes it likewise; ``garbled`` cuts
    the true answer and turns its bits; ``rate_limiting`` is a 429 with ``seconds`` in ``Retry-After``; ``wrong`` is
    well formed and about somebody else; ``huge`` is 64 MB of unannounced length; ``deep`` nests 100,000 levels;
    ``redirect`` points to another listener of this machine; ``bomb`` expands or contradicts itself.
    ``times`` is how many requests are treated so, without it all of them until told otherwise; ``after`` is how many
    are treated rightly before, as when a file arrives and only the reply to the application is lost.
    """

    kind: Kind
    seconds: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = 0.5
    times: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=0)] = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """A raw answer of a national system; where it is primed, ``times`` business answers are replaced by it."""

    # One is made for every answer, so it is only checked where it comes from JSON.
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    status: Annotated[int, Field(ge=200, le=599)]
    content_type: Annotated[str, Field(pattern=r"^[\x20-\x7e]+$")]
    body: bytes
    content_encoding: str | None = None
    times: Annotated[int, Field(ge=1)] = 1

    @classmethod
    def from_json(cls, order: Mapping[str, Any]) -> "Reply":
        """A reply of ``{status, content_type, body | body_base64, times}``; the first and the last may be left out.

        Raises pydantic's ``ValidationError`` naming what is wrong.
        """
        fields = {"status": 200, **order}
        if isinstance(encoded := fields.pop("body_base64", None), str):
            if "body" in fields:
                fields["body_base64"] = encoded
            fields["body"] = _decoded(encoded)
        return _REPLY.validate_python(fields)

    def response(self) -> web.Response:
        """The answer, ready to be returned by a handler."""
        return web.Response(status=self.status, headers=self.headers, body=self.body)

    @property
    def headers(self) -> Mapping[str, str]:
        """What the headers say of the body."""
        headers = {"Content-Type": self.content_type}
        return headers | {"Content-Encoding": self.content_encoding} if self.content_encoding else headers


_REPLY = TypeAdapter(Reply)


def spoilt(kind: Kind, reply: Reply) -> Reply:
    """``reply`` as it leaves a system that is ``garbled``, ``huge``, ``deep`` or a ``bomb``; otherwise as it is."""
    match kind:
        case "garbled":
            return Reply(reply.status, reply.content_type, _garbled(reply.body))
        case "huge":
            return Reply(reply.status, reply.content_type, b" " * HUGE)
        case "deep":
            return Reply(reply.status, reply.content_type, _deep(reply.content_type))
        case "bomb":
            return _bomb(reply)
        case _:
            return reply


async def stream_huge(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Sends the huge answer in chunks, so that its length is known only at its end."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.enable_chunked_encoding()
    try:
        await response.prepare(request)
        for _ in range(HUGE // _CHUNK):
            await response.write(b" " * _CHUNK)
        await response.write_eof()
    except ConnectionError:
        # Whoever asked has seen enough and hung up, which is what a guarded client does.
        pass
    return response


def _decoded(encoded: str) -> bytes | None:
    """The bytes, or ``None`` (which no reply accepts) where they cannot be read."""
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return None


def _garbled(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes(byte ^ 0xFF for byte in body[middle : middle + 8]) + b"\xff\x00\xfe"


def _deep(content_type: str) -> bytes:
    if "json" in content_type:
        return b"[" * DEPTH + b"]" * DEPTH
    if "xml" in content_type:
        return b"<a>" * DEPTH + b"</a>" * DEPTH
    return b";" * DEPTH


def _bomb(reply: Reply) -> Reply:
    if "json" in reply.content_type:
        return Reply(reply.status, reply.content_type, _every_key_twice(reply.body))
    if "xml" in reply.content_type:
        return Reply(reply.status, reply.content_type, _entities())
    return Reply(reply.status, reply.content_type, gzip.compress(b"0" * HUGE, compresslevel=1), "gzip")


def _every_key_twice(body: bytes) -> bytes:
    text = body.strip()
    if not (text.startswith(b"{") and len(text) > 2):
        return b'{"status":"1","status":"2"}'
    return b"{" + text[1:-1] + b"," + text[1:]


def _entities() -> bytes:
    """A few hundred bytes that grow ten times with each of ten levels when entities are expanded."""
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 11))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "gateway">{levels}]><a>&e10;</a>'.encode()
