"""The data contracts inside an envelope, read strictly: one body, one namespace, no member twice, no mixed values."""

from collections.abc import Iterator

from lxml import etree

from adapters.kuwait.operations import DATA, INSTANCE, SERVICE, SOAP
from gateway.sdk import BackendGarbled, read_xml, words

_ENVELOPE, _BODY = f"{{{SOAP}}}Envelope", f"{{{SOAP}}}Body"
_MEMBER = f"{{{DATA}}}"
_NIL = f"{{{INSTANCE}}}nil"


class Fields:
    """The members of one data contract by name; raises ``BackendGarbled`` where they are not what a contract is."""

    __slots__ = ("_members",)

    def __init__(self, element: etree._Element) -> None:
        self._members: dict[str, etree._Element] = {}
        for child in element:
            name = _name(child)
            if name in self._members:
                raise BackendGarbled
            self._members[name] = child

    def text(self, name: str) -> str | None:
        """A value, trimmed; ``None`` where it is missing, nil or empty."""
        element = self._members.get(name)
        if element is None or _is_nil(element):
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

    def part(self, name: str) -> "Fields | None":
        """A contract inside this one; ``None`` where it is missing or nil."""
        element = self._members.get(name)
        return None if element is None or _is_nil(element) else Fields(element)

    def each(self, name: str, item: str) -> "Iterator[Fields]":
        """The contracts ``item`` in the list ``name``; none where the list is missing or nil."""
        element = self._members.get(name)
        if element is None or _is_nil(element):
            return
        for child in element:
            if _name(child) != item:
                raise BackendGarbled
            yield Fields(child)

    def names(self) -> frozenset[str]:
        """The members that are there, nil ones too."""
        return frozenset(self._members)


def read_envelope(body: bytes, operation: str, argument: str) -> Fields:
    """The contract ``argument`` of ``operation`` in a SOAP 1.1 envelope with one body and no header to understand.

    Raises ``BackendGarbled``.
    """
    envelope = read_xml(body)
    # WCF writes no header into these messages, so whatever stands before the body is not theirs.
    (soap_body,) = _children(envelope, _ENVELOPE, _BODY)
    (wrapper,) = _children(soap_body, _BODY, f"{{{SERVICE}}}{operation}")
    (content,) = _children(wrapper, wrapper.tag, f"{{{SERVICE}}}{argument}")
    return Fields(content)


def read_contract(body: bytes, name: str) -> Fields:
    """The contract ``name`` that is the whole of a message without an envelope; raises ``BackendGarbled``."""
    root = read_xml(body)
    if root.tag != f"{_MEMBER}{name}":
        raise BackendGarbled
    return Fields(root)


def read_fault(body: bytes) -> str | None:
    """The fault code's local name, such as ``Client``; ``None`` where the body is no SOAP fault."""
    try:
        (soap_body,) = _children(read_xml(body), _ENVELOPE, _BODY)
        (fault,) = _children(soap_body, _BODY, f"{{{SOAP}}}Fault")
    except BackendGarbled:
        return None
    return (fault.findtext("faultcode") or "").rpartition(":")[2]


def _children(element: etree._Element, tag: object, only: str) -> list[etree._Element]:
    children = list(element)
    if element.tag != tag or len(children) != 1 or children[0].tag != only:
        raise BackendGarbled
    return children


def _name(element: etree._Element) -> str:
    tag = str(element.tag)
    if not tag.startswith(_MEMBER):
        raise BackendGarbled
    return tag[len(_MEMBER) :]


def _is_nil(element: etree._Element) -> bool:
    return element.get(_NIL) in ("true", "1")
