"""Structured fields (RFC 9651) as far as signatures need them: dictionaries of byte sequences and inner lists."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Bare: TypeAlias = str | int | bool | bytes
Parameters: TypeAlias = tuple[tuple[str, Bare], ...]

LONGEST: Final = 8_192
_KEY: Final = re.compile(r"[a-z*][a-z0-9_.*-]{0,63}")
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_STRING: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BYTES: Final = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN: Final = re.compile(r"\?[01]")
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")
_SPACES: Final = re.compile(r" *")


class MalformedField(ValueError):
    """Not a dictionary of the kinds that are read here; the words say what is wrong, never what stands there."""


@dataclass(frozen=True, slots=True)
class Item:
    """A value with its parameters, in the order in which they stand."""

    value: Bare
    parameters: Parameters = ()


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items in their order, with the parameters of the whole."""

    items: tuple[Item, ...]
    parameters: Parameters = ()


def parse_dictionary(text: str) -> dict[str, Item | InnerList]:
    """The members of a dictionary; raises ``MalformedField``.

    Stricter than the standard: a name or parameter that stands twice is refused, where the last would win, and so
    are decimals, tokens, dates and base64 that is not canonical.
    """
    if len(text) > LONGEST:
        raise MalformedField("is too long")
    reader = _Reader(text)
    members: dict[str, Item | InnerList] = {}
    while True:
        name = reader.key()
        if name in members:
            raise MalformedField("names a member twice")
        reader.expect("=")
        members[name] = reader.inner_list() if reader.at("(") else reader.item()
        if reader.done():
            return members
        reader.comma()


def write_item(item: Item) -> str:
    """The item as the standard writes it; raises ``MalformedField`` for text that cannot be written."""
    return _write_bare(item.value) + _write_parameters(item.parameters)


def write_inner_list(inner: InnerList) -> str:
    """The list as the standard writes it, as it stands in a signature base."""
    return f"({' '.join(map(write_item, inner.items))}){_write_parameters(inner.parameters)}"


class _Reader:
    """Reads from the left, each character once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def done(self) -> bool:
        return self._place == len(self._text)

    def at(self, mark: str) -> bool:
        return self._text.startswith(mark, self._place)

    def expect(self, mark: str) -> None:
        if not self.at(mark):
            raise MalformedField(f"lacks {mark!r} at {self._place}")
        self._place += len(mark)

    def key(self) -> str:
        return self._take(_KEY, "a name")[0]

    def comma(self) -> None:
        self._take(_COMMA, "a comma")

    def item(self) -> Item:
        return Item(self._bare(), self._parameters())

    def inner_list(self) -> InnerList:
        self.expect("(")
        items: list[Item] = []
        while True:
            spaced = bool(self._take(_SPACES, "a space")[0])
            if self.at(")"):
                self._place += 1
                return InnerList(tuple(items), self._parameters())
            if items and not spaced:
                raise MalformedField(f"lacks a space at {self._place}")
            items.append(self.item())

    def _parameters(self) -> Parameters:
        found: dict[str, Bare] = {}
        while self.at(";"):
            self._place += 1
            self._take(_SPACES, "a space")
            name = self.key()
            if name in found:
                raise MalformedField("names a parameter twice")
            found[name] = True
            if self.at("="):
                self._place += 1
                found[name] = self._bare()
        return tuple(found.items())

    def _bare(self) -> Bare:
        if self.at('"'):
            return re.sub(r"\\(.)", r"\1", self._take(_STRING, "a string")[1])
        if self.at(":"):
            return _decoded(self._take(_BYTES, "a byte sequence")[1])
        if self.at("?"):
            return self._take(_BOOLEAN, "a boolean")[0] == "?1"
        return int(self._take(_INTEGER, "a value")[0])

    def _take(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        found = pattern.match(self._text, self._place)
        if found is None:
            raise MalformedField(f"lacks {wanted} at {self._place}")
        self._place = found.end()
        return found


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise MalformedField("holds no base64") from problem
    if base64.b64encode(data).decode() != text:
        raise MalformedField("holds base64 that is not canonical")
    return data


def _write_bare(value: Bare) -> str:
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    if not (value.isascii() and value.isprintable()):
        raise MalformedField("holds text that a field cannot carry")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_parameters(parameters: Sequence[tuple[str, Bare]]) -> str:
    # A parameter that is true is written by its name alone.
    return "".join(f";{name}" if value is True else f";{name}={_write_bare(value)}" for name, value in parameters)
