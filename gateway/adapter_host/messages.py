"""What a signature is made over: the base of RFC 9421, section 2.5, and the digest of a body (RFC 9530)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from gateway.adapter_host.fields import InnerList, Item, write_inner_list, write_item

_DERIVED: Final = frozenset({"@method", "@target-uri", "@authority", "@path", "@query", "@status"})


class MissingComponent(ValueError):
    """A message has not what the signature is to cover; the words name it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request can be signed; ``target`` is its whole address, header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]

    def component(self, name: str) -> str:
        """The value of a component without parameters."""
        match name:
            case "@method":
                return self.method
            case "@target-uri":
                return self.target
            case "@authority":
                return urlsplit(self.target).netloc.lower()
            case "@path":
                return urlsplit(self.target).path or "/"
            case "@query":
                return f"?{urlsplit(self.target).query}"
        return _header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Answer:
    """What of an answer can be signed, with the request that it answers."""

    status: int
    headers: Mapping[str, str]
    request: Request

    def component(self, name: str) -> str:
        """The value of a component without parameters."""
        return str(self.status) if name == "@status" else _header(self.headers, name)


def signature_base(covered: InnerList, message: Request | Answer) -> bytes:
    """The bytes that are signed: a line a component, and last the parameters themselves.

    Of parameters of components, ``req`` alone is known. Raises ``MissingComponent``.
    """
    lines = [f"{write_item(item)}: {_plain(_value(item, message))}" for item in covered.items]
    lines.append(f'"@signature-params": {write_inner_list(covered)}')
    return "\n".join(lines).encode("ascii")


def content_digest(body: bytes) -> str:
    """The value of ``Content-Digest`` for a body."""
    return digest_field(hashlib.sha256(body).digest())


def digest_field(digest: bytes) -> str:
    """The same, where the SHA-256 of the body is known already."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def _plain(value: str) -> str:
    """The value, once it is known that no line of the base can be made by what it holds."""
    if not (value.isascii() and value.replace("\t", " ").isprintable()):
        raise MissingComponent("a component holds what cannot be signed")
    return value


def _value(item: Item, message: Request | Answer) -> str:
    name = str(item.value)
    if item.parameters == ():
        return message.component(name)
    if item.parameters == (("req", True),) and isinstance(message, Answer):
        return message.request.component(name)
    raise MissingComponent(f"{write_item(item)} is no component of this message")


def _header(headers: Mapping[str, str], name: str) -> str:
    if name in _DERIVED or name not in headers:
        raise MissingComponent(f'"{name}" is not there')
    return headers[name].strip(" \t")
