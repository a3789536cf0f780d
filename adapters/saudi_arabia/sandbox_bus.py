"""The bus of the stand-in: it takes SOAP 1.1 requests apart, checks who asks, and writes answers and faults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from aiohttp import web
from lxml import etree

from adapters.saudi_arabia.operations import OPERATIONS
from adapters.saudi_arabia.soap import ENVELOPE, YEFI, Operation, element
from gateway.sdk import BackendGarbled, read_xml
from gateway.sdk import sandbox as kit

XML = "text/xml; charset=utf-8"
_BY_NAME = {f"{{{operation.namespace}}}{operation.name}": operation for operation in OPERATIONS}
_MESSAGES = {
    "100": "Citizen not found",
    "101": "Resident not found",
    "102": "GCC citizen not found",
    "110": "Violator not found",
    "120": "Contributor not found",
    "150": "Applicant not found",
    "151": "Request not found",
    "152": "Attachment not found or not as announced",
    "153": "The reference belongs to another request",
    "154": "Document not found",
    "300": "Invalid charge code",
    "301": "Invalid user name or password",
    "400": "Invalid request",
}


class Refused(Exception):
    """The request ends in a fault with this code, or with none where it is not even a request."""

    def __init__(self, code: str = "", party: str = "Server", message: str = "") -> None:
        self.code, self.party = code, party
        self.message = message or _MESSAGES.get(code, "Request refused")
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Message:
    """A request that may be answered: the operation, the caller's reference, what is asked for, and lists in it."""

    operation: Operation
    reference: str
    values: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, str]]]


def read_message(request: web.Request, body: bytes, secrets: Mapping[str, str]) -> Message:
    """The request of somebody whose credentials, inside the body, are right; raises ``Refused``."""
    if request.content_type != "text/xml" or "SOAPAction" not in request.headers:
        raise Refused(party="Client", message="A SOAP 1.1 request is text/xml with a SOAPAction")
    try:
        envelope = read_xml(body)
    except BackendGarbled as problem:
        raise Refused(party="Client", message="The envelope cannot be read") from problem
    if envelope.tag != f"{{{ENVELOPE}}}Envelope":
        raise Refused(party="VersionMismatch", message="SOAP 1.1 is spoken here")
    header = envelope.find(f"{{{ENVELOPE}}}Header/{{{YEFI}}}ServiceHeader")
    bodies = envelope.findall(f"{{{ENVELOPE}}}Body")
    if header is None or len(bodies) != 1 or len(bodies[0]) != 1:
        raise Refused(party="Client", message="One service header and one body are needed")
    operation = _BY_NAME.get(str(bodies[0][0].tag))
    if operation is None or not request.path.endswith(f"/{operation.service}"):
        raise Refused(party="Client", message="There is no such operation")
    names = {"y": YEFI}
    reference = header.findtext("y:MessageDetails/y:MessageID", "", names)
    if (
        header.findtext("y:Version", "", names) != "1.0"
        or header.findtext("y:MessageDetails/y:Operation", "", names) != operation.name
        or not reference
        or not header.findtext("y:MessageAudit/y:Purpose", "", names)
    ):
        raise Refused(party="MustUnderstand", message="The service header is not that of the operation")
    asked = bodies[0][0].find(operation.request)
    values, rows = _asked(asked if asked is not None else [])
    _check(values, secrets)
    return Message(operation, reference, values, rows)


def _asked(elements: Iterable[etree._Element]) -> tuple[Mapping[str, str], Mapping[str, Sequence[Mapping[str, str]]]]:
    """Values by name, and those that have values inside as lists of rows."""
    values: dict[str, str] = {}
    rows: dict[str, list[Mapping[str, str]]] = {}
    for each in elements:
        name = str(each.tag)
        if len(each):
            rows.setdefault(name, []).append({str(inner.tag): inner.text or "" for inner in each})
        else:
            values[name] = each.text or ""
    return values, rows


def _check(values: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    if not compare_digest(values.get("chargeCode", "").encode(), secrets["charge_code"].encode()):
        raise Refused("300")
    known = (values.get("userName", ""), values.get("password", ""))
    wanted = (secrets["user_name"], secrets["password"])
    if not all(compare_digest(one.encode(), other.encode()) for one, other in zip(known, wanted, strict=True)):
        raise Refused("301")
    if not values.get("referenceNumber"):
        raise Refused("400")


def written_answer(message: Message, content: str) -> kit.Reply:
    """The answer to ``message`` with the elements ``content`` in its result."""
    operation = message.operation
    body = (
        f'<svc:{operation.name}Response xmlns:svc="{operation.namespace}"><{operation.result}>{content}'
        f"</{operation.result}></svc:{operation.name}Response>"
    )
    return kit.Reply(200, XML, envelope(_header(message.reference), body))


def written_fault(fault: Refused, reference: str = "") -> kit.Reply:
    """The fault as HTTP 500, its code in a ``commonErrorObject`` of the detail."""
    detail = (
        '<detail><svc:Yakeen4BawabaFault xmlns:svc="http://yakeen4bawaba.yakeen.elm.com/"><commonErrorObject>'
        f"{element('ErrorCode', fault.code)}{element('ErrorMessage', fault.message)}{element('Type', 'E')}"
        "</commonErrorObject></svc:Yakeen4BawabaFault></detail>"
    )
    body = (
        f"<soapenv:Fault>{element('faultcode', f'soapenv:{fault.party}')}{element('faultstring', fault.message)}"
        f"{detail if fault.code else ''}</soapenv:Fault>"
    )
    return kit.Reply(500, XML, envelope(_header(reference, fault.code) if reference else "", body))


def envelope(header: str, body: str) -> bytes:
    """A SOAP 1.1 envelope around what is XML already."""
    start = f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}">'
    return f"{start}{header}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>".encode()


def _header(reference: str, code: str = "") -> str:
    errors = f"<yefi:MessageErrors>{element('yefi:Code', code)}</yefi:MessageErrors>" if code else ""
    return (
        f'<soapenv:Header><yefi:ServiceHeader xmlns:yefi="{YEFI}">{element("yefi:Version", "1.0")}'
        f"<yefi:MessageDetails>{element('yefi:RelatesTo', reference)}</yefi:MessageDetails>"
        f"<yefi:MessageAudit>{element('yefi:Responder', 'saudi-bus')}</yefi:MessageAudit>{errors}"
        "</yefi:ServiceHeader></soapenv:Header>"
    )
