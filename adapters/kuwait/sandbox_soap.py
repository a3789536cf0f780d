"""The stand-in's side of the wire: it reads requests, and writes acknowledgements, faults and callbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from lxml import etree

from adapters.kuwait.operations import CALLBACK, CONTENT_TYPE, DATA, INSTANCE, OPERATIONS, SERVICE, SOAP, Operation
from adapters.kuwait.requests import CALLBACK as REQUEST_CALLBACK
from gateway.sdk import BackendGarbled, read_xml
from gateway.sdk import sandbox as kit

Contract = Mapping[str, "Value"]
Value = Union[str, None, Contract, "Many"]
_NAMES = {"s": SOAP}
_BY_ACTION = {operation.action: operation for operation in OPERATIONS}


@dataclass(frozen=True)
class Many:
    """A list in a contract: the contracts ``items``, each in an element ``name``."""

    name: str
    items: Sequence[Contract]


@dataclass(frozen=True)
class Asked:
    """A request as received; what was left out is empty."""

    operation: Operation
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


class Unreadable(Exception):
    """The request is none; ``code`` is that of the SOAP fault which says so."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_request(body: bytes, action: str, operation: Operation) -> Asked:
    """The request to ``operation``; raises ``Unreadable``."""
    if _BY_ACTION.get(action) is not operation:
        raise Unreadable("a:ActionNotSupported")
    try:
        root = read_xml(body)
    except BackendGarbled as problem:
        raise Unreadable("s:Client") from problem
    found = root.findall(f"./s:Body/{{{SERVICE}}}{operation.name}/{{{SERVICE}}}request", _NAMES)
    if root.tag != f"{{{SOAP}}}Envelope" or len(found) != 1:
        raise Unreadable("s:Client")
    return Asked(operation, {etree.QName(child).localname: child.text or "" for child in found[0]})


def acknowledgement(operation: Operation, number: str) -> kit.Reply:
    """The 202 that promises an answer under ``number``."""
    return result(operation.name, 202, {"Data": number, "Error": None})


def refusal(operation: Operation, code: str, message: str) -> kit.Reply:
    """The 200 that carries an error in place of the number."""
    return result(operation.name, 200, {"Data": None, "Error": {"Code": code, "Message": message}})


def fault(code: str) -> kit.Reply:
    """A SOAP fault, as WCF sends it: with 500, whoever is to blame."""
    envelope, body = _envelope()
    element = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(element, "faultcode").text = code
    etree.SubElement(element, "faultstring").text = "The request could not be processed."
    return _reply(500, envelope)


def callback(contract: Contract) -> kit.Reply:
    """The answer, as it is posted to the callback address."""
    return _posted(CALLBACK, contract)


def notice(contract: Contract) -> kit.Reply:
    """How an application stands, as it is posted to the callback address."""
    return _posted(REQUEST_CALLBACK, contract)


def result(operation: str, status: int, contract: Contract) -> kit.Reply:
    """What ``operation`` gives at once."""
    envelope, body = _envelope()
    response = etree.SubElement(body, f"{{{SERVICE}}}{operation}Response", nsmap={None: SERVICE})
    _write(_contract_element(response, f"{operation}Result"), contract)
    return _reply(status, envelope)


def _posted(operation: str, contract: Contract) -> kit.Reply:
    envelope, body = _envelope()
    element = etree.SubElement(body, f"{{{SERVICE}}}{operation}", nsmap={None: SERVICE})
    _write(_contract_element(element, "response"), contract)
    return _reply(200, envelope)


def _envelope() -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_NAMES)
    return envelope, etree.SubElement(envelope, f"{{{SOAP}}}Body")


def _contract_element(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{SERVICE}}}{name}", nsmap={"a": DATA, "i": INSTANCE})


def _reply(status: int, envelope: etree._Element) -> kit.Reply:
    return kit.Reply(status, CONTENT_TYPE, etree.tostring(envelope, encoding="utf-8"))


def _write(parent: etree._Element, contract: Contract) -> None:
    """The members in the order of their names, which is how WCF writes them; nothing at all is ``i:nil``."""
    for name, value in sorted(contract.items()):
        element = etree.SubElement(parent, f"{{{DATA}}}{name}")
        if value is None:
            element.set(f"{{{INSTANCE}}}nil", "true")
        elif isinstance(value, str):
            element.text = value
        elif isinstance(value, Many):
            for item in value.items:
                _write(etree.SubElement(element, f"{{{DATA}}}{value.name}"), item)
        else:
            _write(element, value)
