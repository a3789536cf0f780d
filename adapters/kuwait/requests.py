"""What the agencies can be applied to for: the operations of ``IGulfRequests``, and their envelopes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Union
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from adapters.kuwait.operations import DATA, SERVICE, SOAP
from gateway.sdk import Attachment

PATH: Final = "/GulfRequests.svc"
UPLOAD: Final = "/GulfFiles.svc/Upload"
DOCUMENT: Final = "/GulfFiles.svc/Document"
RECEIPT: Final = "FileReceipt"
CALLBACK: Final = "RequestCallback"
ACTION: Final = f"{SERVICE}IGulfRequests/"
REFERENCE_HEADER: Final = "X-SP-RefId"
"""Names the application that a callback is about, so that its signature can be checked before it is read."""

STATUS: Final = "GetRequestStatus"
SUPPLY: Final = "SupplyRequest"
WITHDRAW: Final = "WithdrawRequest"
CONFIRM: Final = "ConfirmPayment"

Member = Union[str, Mapping[str, "Member"], "Rows"]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list in a contract: each of ``items`` in an element ``name``."""

    name: str
    items: Sequence[Mapping[str, Member]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: at which ``endpoint`` it stands, what submits it, and its ``request_type``."""

    service: str
    endpoint: str
    submit: str
    request_type: str


SETTLEMENT: Final = Kind("fine-settlement", "traffic", "SubmitViolationSettlement", "11")
RESIDENCE: Final = Kind("residence-certificate", "paci", "SubmitResidenceCertificate", "12")
BRANCH: Final = Kind("branch-registration", "moci", "SubmitBranchLicence", "13")
EXTENSION: Final = Kind("pension-extension", "pifss", "SubmitInsuranceExtension", "14")
EQUIVALENCE: Final = Kind("certificate-equivalence", "mohe", "SubmitCertificateEquivalence", "15")
KINDS: Final = (SETTLEMENT, RESIDENCE, BRANCH, EXTENSION, EQUIVALENCE)


def action(operation: str) -> str:
    """The value of the SOAPAction header, in the quotes that SOAP 1.1 wants."""
    return f'"{ACTION}{operation}"'


def envelope(operation: str, members: Mapping[str, Member]) -> bytes:
    """The request to ``operation`` as sent; every value is escaped."""
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><{operation} xmlns="{SERVICE}"><request xmlns:a="{DATA}">'
        f"{_written(members)}</request></{operation}></s:Body></s:Envelope>"
    ).encode()


def upload_target(ref_id: str, file: Attachment) -> str:
    """Path and query under which a file is handed over; the same one again is the same file."""
    query = {"Name": file.name, "RefId": ref_id, "Sha256": file.digest}
    return f"{UPLOAD}?{urlencode(query)}"


def document_target(ref_id: str, number: str, document: str) -> str:
    """Path and query of a document that was issued."""
    query = {"DocumentID": document, "RefId": ref_id, "RequestID": number}
    return f"{DOCUMENT}?{urlencode(query)}"


def _written(members: Mapping[str, Member]) -> str:
    """The members in the order of their names, which is how WCF reads them."""
    return "".join(f"<a:{name}>{_value(members[name])}</a:{name}>" for name in sorted(members))


def _value(value: Member) -> str:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, Rows):
        return "".join(f"<a:{value.name}>{_written(item)}</a:{value.name}>" for item in value.items)
    return _written(value)
