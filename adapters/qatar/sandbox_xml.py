"""How the stand-in writes XML: mappings become elements, and every value is escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, Union

from lxml import etree

from adapters.qatar.messages import ROOT
from adapters.qatar.operations import CONTENT_TYPE, REFERENCE
from gateway.sdk import sandbox as kit

Value: TypeAlias = Union[str, "Record", "Sequence[Record]", None]
"""A value; ``None`` is left out, and a sequence is the element several times."""

Record: TypeAlias = Mapping[str, Value]
"""An element: ``@name`` is an attribute of it, ``#`` its words, everything else a child."""


def reply(code: str, message: str, reference: str, payload: Record | None = None, *, http: int = 200) -> kit.Reply:
    """An answer with its status, and what was found."""
    root: Record = {
        "status": {"@code": code, "#": message},
        REFERENCE: reference,
        **(payload or {}),
    }
    return replace(told(ROOT, root), status=http)


def told(name: str, root: Record) -> kit.Reply:
    """A message whose root element is ``name``."""
    return kit.Reply(200, CONTENT_TYPE, etree.tostring(_element(name, root), xml_declaration=True, encoding="UTF-8"))


def _element(name: str, record: Record) -> etree._Element:
    element = etree.Element(name)
    for key, value in record.items():
        if value is None:
            continue
        if isinstance(value, str):
            _write(element, key, value)
        elif isinstance(value, Mapping):
            element.append(_element(key, value))
        else:
            element.extend(_element(key, each) for each in value)
    return element


def _write(element: etree._Element, key: str, value: str) -> None:
    if key.startswith("@"):
        element.set(key[1:], value)
    elif key == "#":
        element.text = value
    else:
        etree.SubElement(element, key).text = value
