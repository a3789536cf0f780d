"""XML read as plain data: no entities, no fetching, no instructions, nothing hidden inside a value."""

import re
from functools import lru_cache
from typing import Final

from lxml import etree

from gateway.errors import BackendGarbled

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 50_000

_DECLARATION: Final = re.compile(rb"""<\?xml[ \t\r\n][^>]*?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z0-9._-]+)["']""")
_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    recover=False,
)
_INSTRUCTIONS: Final = etree.XPath("boolean(//processing-instruction())")
_DECLARED: Final = (b"<?xml ", b"<?xml\t", b"<?xml\r", b"<?xml\n")
_BOM: Final = b"\xef\xbb\xbf"
_FORBIDDEN: Final = (b"<!DOCTYPE", b"<!ENTITY", b"http://www.w3.org/2001/XInclude")


def read_xml(body: bytes, *, max_depth: int = MAX_DEPTH, max_elements: int = MAX_ELEMENTS) -> etree._Element:
    """The root element of a document in UTF-8; raises ``BackendGarbled`` where it cannot be believed.

    A document type, an entity of its own, XInclude, a processing instruction, or a comment inside a value is
    refused; comments between elements are left out. Nothing is ever fetched: ``schemaLocation`` is only text.
    """
    body = body.removeprefix(_BOM)
    _check_before(body, max_elements)
    try:
        root = etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise BackendGarbled(reason="malformed_xml") from problem
    if _levels(max_depth)(root):
        raise BackendGarbled(reason="xml_too_deep")
    if body.count(b"<?") > body.startswith(_DECLARED) and _INSTRUCTIONS(root):
        raise BackendGarbled(reason="xml_forbidden")
    if b"<!--" in body:
        _drop_comments(root)
    return root


def _check_before(body: bytes, max_elements: int) -> None:
    """Refuses by the bytes alone what is not worth building a tree of."""
    declared = _DECLARATION.match(body)
    if body.startswith(_BOM) or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii")):
        raise BackendGarbled(reason="xml_encoding")
    if any(mark in body for mark in _FORBIDDEN):
        raise BackendGarbled(reason="xml_forbidden")
    # An element needs one "<" at least, an attribute one "=" and two quotation marks.
    attributes = min(body.count(b"="), (body.count(b'"') + body.count(b"'")) // 2)
    if body.count(b"<") > 2 * max_elements or attributes > max_elements:
        raise BackendGarbled(reason="xml_too_large")
    try:
        body.decode()
    except UnicodeDecodeError as problem:
        raise BackendGarbled(reason="xml_encoding") from problem


@lru_cache(maxsize=16)
def _levels(depth: int) -> etree.XPath:
    """Whether there are more than ``depth`` levels of elements, answered without a loop of ours."""
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


def _drop_comments(root: etree._Element) -> None:
    """Drops comments between elements; one beside words could make two values of one, or one of two."""
    for comment in list(root.iter(etree.Comment)):
        parent = comment.getparent()
        if parent is not None:
            if _has_words(parent):
                raise BackendGarbled(reason="xml_comment")
            parent.remove(comment)


def _has_words(element: etree._Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and not text.isspace() for text in texts)
