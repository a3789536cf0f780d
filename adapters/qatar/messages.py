"""The elements of an answer, read strictly: no namespace, nothing twice, no words between elements."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from adapters.qatar.operations import REFERENCE
from gateway.sdk import BackendGarbled, fold_digits, read_xml, words

ROOT: Final = "response"


class Fields:
    """The parts of one element by name; raises ``BackendGarbled`` where they are not what a record is made of."""

    __slots__ = ("_attributes", "_children")

    def __init__(self, element: etree._Element, many: str | None = None) -> None:
        """``many`` names the children of which there may be several."""
        self._attributes = element.attrib
        self._children: dict[str, etree._Element] = {}
        if (text := element.text) and not text.isspace():
            raise BackendGarbled
        for child in element:
            name = str(child.tag)
            if (name in self._children and name != many) or ((tail := child.tail) and not tail.isspace()):
                raise BackendGarbled
            self._children[name] = child

    def text(self, name: str) -> str | None:
        """A value, trimmed; ``None`` where it is missing or empty."""
        element = self._children.get(name)
        if element is None:
            return None
        if len(element):
            raise BackendGarbled
        return words(element.text)

    def need(self, name: str) -> str:
        """A value that must be there; raises ``KeyError`` where it is not."""
        value = self.text(name)
        if value is None:
            raise KeyError(name)
        return value

    def attribute(self, name: str) -> str | None:
        """An attribute, trimmed; ``None`` where it is missing or empty."""
        return words(self._attributes.get(name))

    def need_attribute(self, name: str) -> str:
        """An attribute that must be there; raises ``KeyError`` where it is not."""
        value = self.attribute(name)
        if value is None:
            raise KeyError(name)
        return value

    def attribute_of(self, child: str, name: str) -> str | None:
        """An attribute of a child; ``None`` where either is missing."""
        element = self._children.get(child)
        return None if element is None else words(element.get(name))

    def part(self, name: str) -> "Fields | None":
        """An element inside this one; ``None`` where it is missing."""
        element = self._children.get(name)
        return None if element is None else Fields(element)

    def need_part(self, name: str) -> "Fields":
        """An element that must be there; raises ``KeyError`` where it is not."""
        return Fields(self._children[name])

    def each(self, name: str, item: str) -> "Iterator[Fields]":
        """The elements ``item`` in the list ``name``, as many as its ``total`` says where it says so."""
        element = self._children.get(name)
        if element is None:
            return
        # What is checked of an element's words and children holds for a list too.
        total = Fields(element, many=item).attribute("total")
        if total is not None and fold_digits(total) != str(len(element)):
            raise BackendGarbled
        for child in element:
            if child.tag != item:
                raise BackendGarbled
            yield Fields(child)

    def has(self, name: str) -> bool:
        """Whether there is such an element, an empty one too."""
        return name in self._children


def read_response(body: bytes, reference: str | None) -> Fields:
    """The answer to the request with that ``reference``; ``None`` asks for no particular one.

    Raises ``BackendGarbled``.
    """
    fields = read_message(body, ROOT)
    if reference is not None and fields.text(REFERENCE) != reference:
        raise BackendGarbled
    return fields


def read_message(body: bytes, root: str) -> Fields:
    """A message whose root element is ``root``; raises ``BackendGarbled``."""
    element = read_xml(body)
    if element.tag != root:
        raise BackendGarbled
    return Fields(element)
