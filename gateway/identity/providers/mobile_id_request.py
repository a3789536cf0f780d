"""The SOAP request that asks a person, on their telephone, to sign in, and the answer that it was sent."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.errors import BackendDown, BackendGarbled, ConfigurationError
from gateway.identity.providers.answers import plain
from gateway.identity.providers.plate import ProviderPlate
from gateway.sdk.gate import Response
from gateway.sdk.readers import read_xml

OPERATION = "InitiateAuthRequestPN"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
NO_ERROR = frozenset({"", "0"})
_DEPTH, _ELEMENTS = 8, 64


@dataclass(frozen=True, slots=True)
class Initiated:
    """``reference`` is the provider's own (``DSPRefNo``); ``error`` is its code where it refused."""

    reference: str
    error: str


def envelope(namespace: str, fields: Mapping[str, str]) -> bytes:
    """The call in SOAP 1.1, its fields in alphabetical order, in which a WCF data contract reads them."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    operation = etree.SubElement(
        etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{namespace}}}{OPERATION}", nsmap={None: namespace}
    )
    request = etree.SubElement(operation, f"{{{namespace}}}request")
    for name in sorted(fields):
        etree.SubElement(request, f"{{{namespace}}}{name}").text = fields[name]
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def read_initiated(response: Response, namespace: str) -> Initiated:
    """What the provider says of the request.

    Raises ``BackendDown`` for a fault or a status of 500 and above, ``BackendGarbled`` for what is no such answer.
    """
    if response.status >= 500:
        raise BackendDown(reason=f"status_{response.status}")
    if response.status != 200:
        raise BackendGarbled(reason=f"status_{response.status}")
    root = read_xml(response.body, max_depth=_DEPTH, max_elements=_ELEMENTS)
    bodies = root.findall(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or len(bodies) != 1:
        raise BackendGarbled(reason="not_soap")
    results = bodies[0].findall(f"{{{namespace}}}{OPERATION}Response/{{{namespace}}}{OPERATION}Result")
    if len(bodies[0]) != 1 or len(results) != 1:
        raise BackendGarbled(reason="not_the_operation")
    return _initiated(results[0], namespace)


def _initiated(result: etree._Element, namespace: str) -> Initiated:
    error = _text(result, f"{{{namespace}}}Error/{{{namespace}}}Code")
    reference = _text(result, f"{{{namespace}}}Data")
    if error in NO_ERROR and not reference:
        raise BackendGarbled(reason="no_reference")
    return Initiated(reference, "" if error in NO_ERROR else error)


def _text(result: etree._Element, path: str) -> str:
    """The one value; empty where it is absent or nil."""
    found = result.findall(path)
    if not found or found[0].get(NIL) in ("true", "1") or not found[0].text:
        return ""
    if len(found) > 1 or len(found[0]) or not (text := plain(found[0].text)):
        raise BackendGarbled(reason="value")
    return text


def basic(plate: ProviderPlate, secrets: Mapping[str, str]) -> str:
    """HTTP Basic (RFC 7617); a colon in the name would move the border of the password."""
    username, password = secrets["username"], secrets["password"]
    if ":" in username or not plain(username) or not plain(password):
        raise ConfigurationError(
            field=f"providers.{plate.id}.secrets.username", problem="must be plain text without a colon"
        )
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()
