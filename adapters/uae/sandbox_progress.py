"""What the stand-in says of an application, in the bus's words; every word and every fee of it is invented."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any, Final

from gateway.sdk import ALPHA2_BY_ALPHA3, Country
from gateway.sdk import sandbox as kit

Document = dict[str, Any]
Words = tuple[str, str]

STAGES: Final[Mapping[kit.Stage, str]] = {
    "received": "NEW",
    "review": "UNDER-PROCESS",
    "asks": "RETURNED",
    "unpaid": "AWAITING-PAYMENT",
    "approved": "COMPLETED",
    "rejected": "REJECTED",
    "withdrawn": "CANCELLED-BY-APPLICANT",
    "strange": "PENDING-COMMITTEE",
}
REQUIREMENTS: Final[Mapping[str, tuple[str, str, Words]]] = {
    "pension-extension": ("CLARIFICATION", "TEXT", ("المسمى الوظيفي كما في العقد", "Job title as in the contract")),
    "branch-registration": ("CLARIFICATION", "TEXT", ("عنوان مقر الفرع", "Address of the branch")),
    "certificate-equivalence": ("TRANSCRIPT", "FILE", ("كشف الدرجات", "Transcript of marks")),
    "residence-certificate": ("CLARIFICATION", "TEXT", ("اسم الجهة التي تُوجَّه إليها", "To whom it is addressed")),
}
"""What is asked for on the way: the requirement, its type and its title."""

REASONS: Final[Mapping[str, Words]] = {
    "IDN-UNKNOWN": ("لا يوجد شخص مقيّد بهذا الرقم", "Nobody is registered under this number"),
    "EMPLOYER-UNKNOWN": ("صاحب العمل غير مسجّل لدى الهيئة", "The employer is not registered with the authority"),
    "SALARY-UNREADABLE": ("الراتب مكتوب بأكثر من منزلتين عشريتين", "The salary has more than two decimals"),
    "ACTIVITY-CLOSED": ("النشاط غير متاح للفروع", "The activity is not open to branches"),
    "NOT-ACCREDITED": ("المؤسسة التعليمية غير معتمدة", "The institution is not accredited"),
    "COUNTRY-UNKNOWN": ("لا توجد دولة بهذا الرمز", "No country has this code"),
    "TICKET-OBJECTED": ("المخالفة محل اعتراض", "The ticket is under objection"),
    "TICKET-UNKNOWN": ("لا توجد مخالفة بهذا الرقم على صاحب الطلب", "The applicant has no ticket of this number"),
    "TICKET-NOT-DUE": ("المخالفة غير مستحقة السداد", "The ticket is not due"),
    "NO-RESIDENCE": ("لا توجد إقامة سارية", "There is no valid residence"),
}
REFUSALS: Final[Mapping[str, str]] = {
    "pension-extension": "EMPLOYER-UNKNOWN",
    "branch-registration": "ACTIVITY-CLOSED",
    "certificate-equivalence": "NOT-ACCREDITED",
    "fine-settlement": "TICKET-OBJECTED",
    "residence-certificate": "NO-RESIDENCE",
}
ISSUED: Final[Mapping[str, Words]] = {
    "pension-extension": ("شهادة تسجيل مؤمَّن عليه", "Certificate of insured registration"),
    "branch-registration": ("رخصة فرع", "Licence of a branch"),
    "certificate-equivalence": ("شهادة معادلة", "Certificate of equivalence"),
    "fine-settlement": ("إيصال سداد", "Receipt of payment"),
    "residence-certificate": ("شهادة إقامة", "Certificate of residence"),
}
PAY_WITHIN: Final = timedelta(days=3)

_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TEXT: Final = r".{1,160}"
_DATA: Final[Mapping[str, Mapping[str, str]]] = {
    "GPSSA-EXT": {
        "employerNo": r"[A-Za-z0-9-]{3,20}",
        "employerName": _TEXT,
        "joiningDate": _DAY,
        "contributionSalary": r"[0-9]{1,7}\.[0-9]{2,3}",
        "sector": r"GOVERNMENT|PRIVATE|MILITARY|SELF-EMPLOYED",
    },
    "NER-BRANCH": {
        "homeLicenceNo": _TEXT,
        "tradeNameAR": _TEXT,
        "tradeNameEN": _TEXT,
        "city": _TEXT,
        "activityCode": r"[0-9]{1,10}",
        "managerFullname": r"[^,]+(?:,[^,]*){6}",
    },
    "MOHESR-EQV": {
        "institutionName": _TEXT,
        "institutionCountry": r"[A-Z]{2,3}",
        "qualification": r"SECONDARY-SCHOOL|DIPLOMA|BACHELOR|MASTER|PHD",
        "specialization": _TEXT,
        "graduationDate": _DAY,
    },
    "MOI-PAY": {"ticketNo": r"[0-9A-Za-z/-]{1,40}"},
    "ICP-RES": {"addressedTo": r"BANK|SCHOOL|EMPLOYER|EMBASSY|OTHER", "certificateLanguage": r"AR|EN"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An application as it was read."""

    reference: str
    code: str
    number: str
    webhook: str
    fields: Mapping[str, str]
    files: Sequence[Mapping[str, str]]


def read_application(body: Mapping[str, Any]) -> Asked:
    """What is applied for; raises ``ValueError``, ``LookupError`` or ``TypeError`` where a member cannot be read."""
    code, data = body["serviceCode"], body["data"]
    for name, pattern in _DATA[code].items():
        if not re.fullmatch(pattern, data[name]):
            raise ValueError(name)
    fields = {name: data[name] for name in _DATA[code]}
    return Asked(
        body["clientReference"],
        code,
        body["idn"],
        body["webhookUrl"],
        {**fields, "issuer": body["idnIssuer"], "language": body["language"]},
        body["files"],
    )


def judge(dossier: kit.Dossier, population: kit.Population) -> None:
    """Writes down what is to be paid; refuses what cannot be granted, whatever the desk does with those that come."""
    if reason := _obstacle(dossier, population):
        dossier.fields = {**dossier.fields, "reason": reason}
        dossier.orders = replace(dossier.orders, course="refuse")
    elif fine := _fine(dossier, population):
        due = fine.discounted if fine.discounted is not None else fine.amount
        dossier.fields = {**dossier.fields, "fee": f"{due:.2f}"}


def _obstacle(dossier: kit.Dossier, population: kit.Population) -> str | None:
    """Why it cannot be granted, by its own facts; ``None`` where nothing stands against it."""
    fields = dossier.fields
    person = population.person(dossier.identifier)
    if person is None or person.home.facts.alpha3 != fields["issuer"]:
        return "IDN-UNKNOWN"
    if not re.fullmatch(r"[0-9]+\.[0-9]{2}", fields.get("contributionSalary", "0.00")):
        return "SALARY-UNREADABLE"
    if fields.get("institutionCountry", "ARE") not in ALPHA2_BY_ALPHA3:
        return "COUNTRY-UNKNOWN"
    if dossier.service == "fine-settlement":
        fine = _fine(dossier, population)
        if fine is None:
            return "TICKET-UNKNOWN"
        return None if fine.status == "unpaid" else "TICKET-NOT-DUE"
    return None


def _fine(dossier: kit.Dossier, population: kit.Population) -> kit.SyntheticFine | None:
    """The applicant's own ticket of that number."""
    wanted = dossier.fields.get("ticketNo")
    return next((fine for fine in population.fines(dossier.identifier) if fine.reference == wanted), None)


def application(dossier: kit.Dossier, stage: kit.Stage, since: datetime) -> Document:
    """How it stands at ``stage``, which it came to at ``since``."""
    reason = dossier.fields.get("reason", REFUSALS[dossier.service])
    return {
        "applicationNo": dossier.number,
        "clientReference": dossier.reference,
        **number(dossier.identifier, dossier.fields["issuer"]),
        "status": STAGES[stage],
        "statusTime": since.astimezone(Country.AE.facts.zone).isoformat(),
        "reasons": [{"reasonCode": reason, **_pair("reason", REASONS[reason])}] if stage == "rejected" else [],
        "requirements": [_requirement(dossier.service)] if stage == "asks" else [],
        "payment": _payment(dossier, since) if stage == "unpaid" else None,
        "documents": [_document(dossier)] if stage == "approved" else [],
        "queueNo": 17,
    }


def number(identifier: str, issuer: str) -> Document:
    """The number of the applicant; one Emirates ID in three comes with its hyphens, as everywhere on the bus."""
    hyphens = issuer == "ARE" and int(identifier[-1]) % 3 == 0
    written = f"{identifier[:3]}-{identifier[3:7]}-{identifier[7:14]}-{identifier[14:]}" if hyphens else identifier
    return {"idn": written, "idnIssuer": issuer}


def missing(service: str) -> set[str]:
    """The requirements without which nothing has been supplied."""
    return {REQUIREMENTS[service][0]} if service in REQUIREMENTS else set()


def document_id(dossier: kit.Dossier) -> str:
    """The id of the one document that is issued."""
    return f"{dossier.number}.pdf"


def content(dossier: kit.Dossier) -> tuple[str, list[str]]:
    """The title and the lines of the document."""
    _, title = ISSUED[dossier.service]
    return title, [f"Application {dossier.number}", f"Holder {dossier.identifier}", "United Arab Emirates"]


def payment_page(dossier: kit.Dossier, *, due: bool) -> str:
    """The page at which the stand-in is paid: it says that it is invented, and takes no card."""
    form = '<form method="post"><button>سداد / Pay</button></form>' if due else "<p>لا مبلغ مستحق / Nothing is due.</p>"
    return (
        '<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>صفحة سداد افتراضية</title>'
        "<h1>صفحة سداد افتراضية / Invented payment page</h1>"
        f"<p><bdi>{escape(dossier.number)}</bdi> — <bdi>AED {dossier.fields.get('fee', '0.00')}</bdi></p>{form}</html>"
    )


def _requirement(service: str) -> Document:
    name, kind, title = REQUIREMENTS[service]
    return {"requirement": name, "requirementType": kind, **_pair("title", title)}


def _payment(dossier: kit.Dossier, since: datetime) -> Document:
    fields = dossier.fields
    return {
        "amount": str(Decimal(fields["fee"])),
        "currency": "AED",
        "payUrl": f"{fields['site']}/pay/{dossier.number}",
        "expiryTime": (since + PAY_WITHIN).astimezone(Country.AE.facts.zone).isoformat(),
    }


def _document(dossier: kit.Dossier) -> Document:
    names = _pair("documentName", ISSUED[dossier.service])
    return {"documentId": document_id(dossier), **names, "contentType": "application/pdf"}


def _pair(stem: str, words: Words) -> Document:
    return {f"{stem}AR": words[0], f"{stem}EN": words[1]}
