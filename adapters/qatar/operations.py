"""What the four agencies can be asked: paths, and the body of a question about a person."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from gateway.sdk import Ask, Country, NationalIdentifier

CONTENT_TYPE: Final = "application/xml; charset=utf-8"
REFERENCE: Final = "requestRef"
REGISTRATION: Final = "cr"


@dataclass(frozen=True, slots=True)
class Operation:
    """One resource: at which ``endpoint`` and ``path`` it stands, and the ``payload`` that its answer holds."""

    endpoint: str
    path: str
    payload: str


PERSON: Final = Operation("moi", "/moi/v1/person-inquiries", "person")
VIOLATIONS: Final = Operation("traffic", "/traffic/v1/violation-inquiries", "violations")
REGISTRATIONS: Final = Operation("moci", "/moci/v1/registration-inquiries", "registrations")
REGISTRATION_BY_NUMBER: Final = Operation("moci", "/moci/v1/registrations", "registrations")
CONTRIBUTIONS: Final = Operation("grsia", "/grsia/v1/contribution-inquiries", "contributions")


def target(operation: Operation, reference: str, registration_number: str = "") -> str:
    """Path and query as sent; the reference in it makes the signatures of two equal questions differ."""
    number = f"{REGISTRATION}={quote(registration_number, safe='')}&" if registration_number else ""
    return f"{operation.path}?{number}{REFERENCE}={quote(reference, safe='')}"


def inquiry(ask: Ask) -> bytes:
    """The question about the ask's subject: by QID, or by the number of another Gulf state and its nationality."""
    return f"<inquiry>{about(ask.subject)}<purpose>{escape(ask.purpose)}</purpose></inquiry>".encode()


def about(subject: NationalIdentifier) -> str:
    """The element that names a person."""
    if subject.country is Country.QA:
        return f"<qid>{subject.value}</qid>"
    nationality = subject.country.facts.alpha3
    return f"<gcc><nationality>{nationality}</nationality><number>{subject.value}</number></gcc>"
