"""What the four agencies can be asked: each operation's name, endpoint and envelope, compiled once."""

from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE: Final = "http://tempuri.org/"
DATA: Final = "http://schemas.datacontract.org/2004/07/GulfInquiry"
INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"

PATH: Final = "/GulfInquiry.svc"
CALLBACK: Final = "InquiryCallback"
ACTION: Final = f"{SERVICE}IGulfInquiry/"
CONTENT_TYPE: Final = "text/xml; charset=utf-8"

_ENVELOPE: Final = (
    f'<s:Envelope xmlns:s="{SOAP}"><s:Body><@ xmlns="{SERVICE}"><request xmlns:a="{DATA}">'
    "<a:GccCivilNo>{gcc_number}</a:GccCivilNo><a:GccNationality>{gcc_nationality}</a:GccNationality>"
    "<a:InquiryReason>{reason}</a:InquiryReason><a:PersonCivilNo>{civil_number}</a:PersonCivilNo>"
    "<a:RefId>{ref_id}</a:RefId><a:RegistrationNo>{registration_number}</a:RegistrationNo>"
    "<a:SPCallbackURL>{callback_url}</a:SPCallbackURL></request></@></s:Body></s:Envelope>"
)


@dataclass(frozen=True)
class Question:
    """What is asked: by ``civil_number``, or by a number and nationality of another Gulf state, else empty."""

    ref_id: str
    callback_url: str
    reason: str
    civil_number: str = ""
    gcc_number: str = ""
    gcc_nationality: str = ""
    registration_number: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation: at which ``endpoint`` it stands, and the ``request_type`` that its callback names."""

    name: str
    endpoint: str
    request_type: str
    _envelope: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Frozen for everybody else: the envelope is made from the name, once.
        object.__setattr__(self, "_envelope", _ENVELOPE.replace("@", self.name))

    @property
    def action(self) -> str:
        """The value of the SOAPAction header, in the quotes that SOAP 1.1 wants."""
        return f'"{ACTION}{self.name}"'

    def envelope(self, question: Question) -> bytes:
        """The request as sent; every value is escaped."""
        return self._envelope.format_map({name: escape(value) for name, value in vars(question).items()}).encode()


PERSON: Final = Operation("RequestPersonInfo", "paci", "1")
VIOLATIONS: Final = Operation("RequestTrafficViolations", "traffic", "2")
REGISTRATIONS: Final = Operation("RequestCommercialRegistrations", "moci", "3")
CONTRIBUTIONS: Final = Operation("RequestContributions", "pifss", "4")
OPERATIONS: Final = (PERSON, VIOLATIONS, REGISTRATIONS, CONTRIBUTIONS)
