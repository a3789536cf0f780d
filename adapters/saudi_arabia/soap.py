"""SOAP 1.1 as the Saudi bus speaks it: envelopes out, and envelopes in that are taken apart strictly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

from lxml import etree

from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, Response, read_xml

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
YEFI = "urn:bawaba:invented:yefi-like:1.0"
"""The namespace of the header, invented: the element names of the real one are not public."""

Lists: TypeAlias = Mapping[str, Sequence[Mapping[str, str]]]
"""Rows of values, by the name of the element that repeats."""

NO_LISTS: Final[Lists] = MappingProxyType({})

_ENVELOPE, _HEADER, _BODY, _FAULT = (f"{{{ENVELOPE}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))
_MUST_UNDERSTAND = f"{{{ENVELOPE}}}mustUnderstand"
_SERVICE_HEADER = f"{{{YEFI}}}ServiceHeader"
_RELATES_TO = f"{{{YEFI}}}MessageDetails/{{{YEFI}}}RelatesTo"
_LONGEST_CODE = 16
_NOTHING = frozenset({"", "null", "NULL", "Null"})

NOT_FOUND = frozenset({"100", "101", "102", "110", "120"})
"""Error codes (invented) of a person, resident, Gulf citizen, driver or insured person that is not known."""

OUT_OF_ORDER = frozenset({"500", "501", "502", "503"})
"""Error codes (invented) of a system, or a source behind it, that is out of order."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service on the bus; ``rows`` name the elements of its answer that repeat and nest."""

    service: str
    namespace: str
    name: str
    request: str
    result: str
    rows: frozenset[str] = frozenset()

    @property
    def answer(self) -> str:
        """The qualified name of the one element of a body that answers it."""
        return f"{{{self.namespace}}}{self.name}Response"


@dataclass(frozen=True, slots=True)
class Result:
    """An operation's answer: single values by element name, and those that repeat as rows of values.

    What the bus writes as ``null``, or leaves empty, is not among them.
    """

    fields: Mapping[str, str]
    rows: Mapping[str, tuple[Mapping[str, str], ...]]


class Writer:
    """Writes the requests of one operation; what never changes is escaped and put together once."""

    def __init__(self, operation: Operation, credentials: Mapping[str, str], requester: str) -> None:
        known = elements(credentials)
        self._head = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns:yefi="{YEFI}" xmlns:svc="{operation.namespace}">'
            '<soapenv:Header><yefi:ServiceHeader soapenv:mustUnderstand="1"><yefi:Version>1.0</yefi:Version>'
            f"<yefi:MessageDetails>{element('yefi:Service', operation.service)}"
            f"{element('yefi:Operation', operation.name)}<yefi:MessageID>"
        )
        self._audit = (
            f"</yefi:MessageID></yefi:MessageDetails><yefi:MessageAudit>{element('yefi:Requester', requester)}"
            "<yefi:Purpose>"
        )
        self._body = (
            "</yefi:Purpose></yefi:MessageAudit></yefi:ServiceHeader></soapenv:Header><soapenv:Body>"
            f"<svc:{operation.name}><{operation.request}>{known}"
        )
        self._tail = f"</{operation.request}></svc:{operation.name}></soapenv:Body></soapenv:Envelope>"

    def write(self, reference: str, purpose: str, values: Mapping[str, str], lists: Lists = NO_LISTS) -> bytes:
        """The envelope that carries ``values`` and then ``lists``, known to both sides as ``reference``."""
        asked = elements(values) + rows(lists)
        parts = (
            self._head, escape(reference), self._audit, escape(purpose), self._body,
            element("referenceNumber", reference), asked, self._tail,
        )  # fmt: skip
        return "".join(parts).encode()


def element(name: str, value: str) -> str:
    """One element without attributes, its text escaped."""
    return f"<{name}>{escape(value)}</{name}>"


def elements(values: Mapping[str, str]) -> str:
    """One element a value, in order."""
    return "".join(element(name, value) for name, value in values.items())


def rows(lists: Lists) -> str:
    """One element a row, with the row's values inside, list after list."""
    return "".join(f"<{name}>{elements(row)}</{name}>" for name, each in lists.items() for row in each)


def read_result(response: Response, operation: Operation, reference: str) -> Result | None:
    """The operation's answer to the message ``reference``; ``None`` where nobody of that number is known.

    Raises ``BackendRefused`` and ``BackendDown`` as the fault says, ``BackendGarbled`` where the envelope is not the
    one shape of SOAP 1.1 that was asked for.
    """
    if response.status in (401, 403):
        raise BackendRefused(reason=f"http_{response.status}")
    is_xml = response.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/xml"
    if response.status >= 500 and not is_xml:
        raise BackendDown
    if response.status not in (200, 500) or not is_xml:
        raise BackendGarbled
    payload = _payload(read_xml(response.body), reference)
    if payload.tag == _FAULT:
        _judge(payload)
        return None
    if response.status != 200 or payload.tag != operation.answer:
        raise BackendGarbled
    (result,) = _only(payload, 1)
    if result.tag != operation.result:
        raise BackendGarbled
    return _result(result, operation.rows)


def _payload(envelope: etree._Element, reference: str) -> etree._Element:
    """The one element in the one body of the envelope, after its header has been understood."""
    if envelope.tag != _ENVELOPE:
        raise BackendGarbled
    parts = [part.tag for part in envelope]
    if parts not in ([_BODY], [_HEADER, _BODY]):
        raise BackendGarbled
    if len(parts) == 2:
        _understand(envelope[0], reference)
    (payload,) = _only(envelope[-1], 1)
    return payload


def _understand(header: etree._Element, reference: str) -> None:
    """Refuses blocks that must be understood and are not, and an answer to somebody else's message."""
    for block in header:
        if block.tag != _SERVICE_HEADER and block.get(_MUST_UNDERSTAND, "0") not in ("0", "false"):
            raise BackendGarbled
        if block.tag == _SERVICE_HEADER and block.findtext(_RELATES_TO) != reference:
            raise BackendGarbled("backend_wrong_subject")


def _only(parent: etree._Element, count: int) -> list[etree._Element]:
    """The children of ``parent``, which must be ``count`` and have no text between them."""
    children = list(parent)
    if len(children) != count:
        raise BackendGarbled
    _no_words(parent.text, *(child.tail for child in children))
    return children


def _no_words(*between: str | None) -> None:
    """Refuses text beside elements: a value that no element holds is nobody's."""
    for text in between:
        if text and not text.isspace():
            raise BackendGarbled


def _result(result: etree._Element, repeated: frozenset[str]) -> Result:
    fields: list[etree._Element] = []
    found: dict[str, list[Mapping[str, str]]] = {name: [] for name in repeated}
    _no_words(result.text)
    for child in result:
        name = str(child.tag)
        if name in repeated:
            _no_words(child.text, child.tail)
            found[name].append(_values(child))
        else:
            fields.append(child)
    return Result(_values(fields), {name: tuple(each) for name, each in found.items()})


def _values(elements: Iterable[etree._Element]) -> Mapping[str, str]:
    """Text by element name, without what only says that there is none.

    An element with elements inside or words behind, or one that comes twice, is refused.
    """
    values: dict[str, str] = {}
    empty: set[str] = set()
    for each in elements:
        name, text = str(each.tag), (each.text or "").strip()
        if len(each) or name in values or name in empty:
            raise BackendGarbled
        _no_words(each.tail)
        if text in _NOTHING:
            empty.add(name)
        else:
            values[name] = text
    return values


def _judge(fault: etree._Element) -> None:
    """Ends quietly where the fault says that there is nobody of that number; raises what else it says."""
    code = (fault.findtext("detail/*/commonErrorObject/ErrorCode") or "").strip()
    if code in NOT_FOUND:
        return
    if code in OUT_OF_ORDER:
        raise BackendDown
    if code:
        raise BackendRefused(reason=_reason(code))
    party = (fault.findtext("faultcode") or "").rpartition(":")[2]
    if party in ("Client", "MustUnderstand", "VersionMismatch"):
        raise BackendRefused(reason=f"soap_{party.lower()}")
    if party == "Server":
        raise BackendDown
    raise BackendGarbled


def _reason(code: str) -> str:
    """The code as it may be logged: a code is short and plain, anything else could be a citizen's data."""
    plain = code.isascii() and code.replace("-", "").replace("_", "").isalnum() and len(code) <= _LONGEST_CODE
    return code if plain else "unreadable_code"
