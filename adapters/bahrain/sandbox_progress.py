"""What the stand-in says of an application, in Bahrain's words; every word and every fee of it is invented."""

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
    "received": "RECEIVED",
    "review": "UNDER_REVIEW",
    "asks": "INCOMPLETE",
    "unpaid": "PENDING_PAYMENT",
    "approved": "APPROVED",
    "rejected": "REJECTED",
    "withdrawn": "CANCELLED",
    "strange": "REFERRED_TO_COMMITTEE",
}
MISSING: Final[Mapping[str, tuple[str, str, Words]]] = {
    "pension-extension": ("CLARIFICATION", "TEXT", ("مسمّاك الوظيفي كما في العقد", "Your job title as in the contract")),
    "branch-registration": ("CLARIFICATION", "TEXT", ("عنوان مقر الفرع", "The address of the branch")),
    "certificate-equivalence": ("TRANSCRIPT", "DOCUMENT", ("كشف الدرجات", "The transcript")),
    "residence-certificate": ("CLARIFICATION", "TEXT", ("الجهة التي تُقدَّم إليها الشهادة", "Whom it is to be shown to")),
}
"""What is asked for on the way: the item, its kind and its title."""

REASONS: Final[Mapping[str, Words]] = {
    "PERSON_UNKNOWN": ("لا يوجد شخص مقيّد بهذا الرقم", "Nobody is registered under that number"),
    "EMPLOYER_NOT_REGISTERED": ("صاحب العمل غير مسجّل لدى الهيئة", "The employer is not registered"),
    "ACTIVITY_NOT_PERMITTED": ("النشاط غير مسموح به للفروع", "The activity is not open to branches"),
    "INSTITUTION_NOT_RECOGNISED": ("المؤسسة التعليمية غير معترف بها", "The institution is not recognised"),
    "COUNTRY_UNKNOWN": ("لا توجد دولة بهذا الرمز", "No state has that code"),
    "OBJECTION_PENDING": ("المخالفة محل اعتراض قيد النظر", "An objection to the violation is being heard"),
    "VIOLATION_UNKNOWN": ("لا توجد مخالفة بهذا الرقم باسمك", "You have no violation of that number"),
    "VIOLATION_NOT_DUE": ("المخالفة غير مستحقة السداد", "The violation is not due to be paid"),
    "NO_FIXED_ADDRESS": ("لا يوجد عنوان سكن مقيّد", "No home address is registered"),
}
REFUSALS: Final[Mapping[str, str]] = {
    "pension-extension": "EMPLOYER_NOT_REGISTERED",
    "branch-registration": "ACTIVITY_NOT_PERMITTED",
    "certificate-equivalence": "INSTITUTION_NOT_RECOGNISED",
    "fine-settlement": "OBJECTION_PENDING",
    "residence-certificate": "NO_FIXED_ADDRESS",
}
ISSUED: Final[Mapping[str, Words]] = {
    "pension-extension": ("شهادة تسجيل في نظام مدّ الحماية التأمينية", "Certificate of registration for the extension"),
    "branch-registration": ("شهادة قيد فرع", "Certificate of registration of a branch"),
    "certificate-equivalence": ("قرار معادلة شهادة", "Decision of equivalence"),
    "fine-settlement": ("إيصال سداد مخالفة", "Receipt for a violation"),
    "residence-certificate": ("شهادة إقامة", "Certificate of residence"),
}
PAY_WITHIN: Final = timedelta(days=7)

_DAY: Final = r"[0-9]{2}/[0-9]{2}/[0-9]{4}"
_TEXT: Final = r".{1,150}"
_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "SIO-EXT": {
        "employer.number": r"[A-Za-z0-9-]{3,20}",
        "employer.name": _TEXT,
        "start_date": _DAY,
        "wage_fils": r"[0-9]{1,10}",
        "sector": r"GOV|PRV|MIL|SELF",
    },
    "MOIC-BRANCH": {
        "home_cr_no": _TEXT,
        "trade_name.ar": _TEXT,
        "trade_name.en": _TEXT,
        "city": _TEXT,
        "isic4_code": r"[0-9]{1,10}",
        "manager_name": _TEXT,
    },
    "MOE-EQUIV": {
        "institution.name": _TEXT,
        "institution.country": r"[A-Z]{2,3}",
        "degree": r"SEC|DIP|BSC|MSC|PHD",
        "major": _TEXT,
        "graduation_date": _DAY,
    },
    "TRF-SETTLE": {"violation_no": r"[0-9A-Za-z/-]{1,40}"},
    "IGA-RESIDENCE": {"use": r"BANK|SCHOOL|WORK|EMBASSY|OTHER", "certificate_language": r"AR|EN"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An application as it was read; ``fields`` are flat, ``{"employer.number": …}``."""

    code: str
    number: str
    fields: Mapping[str, str]
    files: Sequence[Mapping[str, str]]


def read_application(body: Mapping[str, Any]) -> Asked:
    """What is applied for; raises ``ValueError``, ``LookupError`` or ``TypeError`` where a field cannot be read."""
    code, gulf = body["service_code"], body["gcc_id"]
    number, country = (gulf["number"], gulf["country"]) if gulf else (body["cpr"], "BHR")
    fields = {name: _field(body["fields"], name, pattern) for name, pattern in _FIELDS[code].items()}
    return Asked(code, number, {**fields, "country": country, "language": body["language"]}, body["files"])


def _field(fields: Any, name: str, pattern: str) -> str:
    for step in name.split("."):
        fields = fields[step]
    # Money comes as a whole number of fils, everything else as text.
    if isinstance(fields, int) is not name.endswith("_fils") or not re.fullmatch(pattern, str(fields)):
        raise ValueError(name)
    return str(fields)


def judge(dossier: kit.Dossier, population: kit.Population) -> None:
    """Writes down what is to be paid; refuses what cannot be granted, whatever the desk does with those that come."""
    if reason := _obstacle(dossier, population):
        dossier.fields = {**dossier.fields, "reason": reason}
        dossier.orders = replace(dossier.orders, course="refuse")
    elif fine := _fine(dossier, population):
        due = fine.discounted if fine.discounted is not None else fine.amount
        dossier.fields = {**dossier.fields, "fee_fils": str(int(due * 1000))}


def _obstacle(dossier: kit.Dossier, population: kit.Population) -> str | None:
    """Why it cannot be granted, by its own facts; ``None`` where nothing stands against it."""
    fields = dossier.fields
    person = population.person(dossier.identifier)
    if person is None or person.home.facts.alpha3 != fields["country"]:
        return "PERSON_UNKNOWN"
    if dossier.service == "certificate-equivalence" and fields["institution.country"] not in ALPHA2_BY_ALPHA3:
        return "COUNTRY_UNKNOWN"
    if dossier.service == "fine-settlement":
        fine = _fine(dossier, population)
        if fine is None:
            return "VIOLATION_UNKNOWN"
        return None if fine.status == "unpaid" else "VIOLATION_NOT_DUE"
    return None


def _fine(dossier: kit.Dossier, population: kit.Population) -> kit.SyntheticFine | None:
    """The applicant's own violation of that number."""
    wanted = dossier.fields.get("violation_no")
    return next((fine for fine in population.fines(dossier.identifier) if fine.reference == wanted), None)


def application(dossier: kit.Dossier, now: datetime) -> Document:
    """How it stands at ``now``."""
    stage, since = dossier.stage(now)
    reason = dossier.fields.get("reason", REFUSALS[dossier.service])
    return {
        "application_no": dossier.number,
        "client_reference": dossier.reference,
        **number(dossier.identifier, dossier.fields["country"]),
        "status": STAGES[stage],
        "status_at": _moment(since),
        "reasons": [{"code": reason, "text": _pair(REASONS[reason])}] if stage == "rejected" else [],
        "missing": [_missing(dossier.service)] if stage == "asks" else [],
        "payment": _payment(dossier, since) if stage == "unpaid" else None,
        "documents": documents(dossier, now),
        "handled_by": "counter 7",
    }


def number(identifier: str, alpha3: str) -> Document:
    """A CPR, or the number of another Gulf state and the state that gave it."""
    if alpha3 == "BHR":
        return {"cpr": identifier, "gcc_id": None}
    return {"cpr": None, "gcc_id": {"number": identifier, "country": alpha3}}


def missing_items(service: str) -> set[str]:
    """The items without which nothing has been supplied."""
    return {MISSING[service][0]} if service in MISSING else set()


def documents(dossier: kit.Dossier, now: datetime) -> list[Document]:
    """What has been issued: one document, once it is approved."""
    if dossier.stage(now)[0] != "approved":
        return []
    title = _pair(ISSUED[dossier.service])
    return [{"document_id": f"{dossier.number}-1", "title": title, "media_type": "application/pdf"}]


def content(dossier: kit.Dossier) -> tuple[str, list[str]]:
    """The title and the lines of the document."""
    _, title = ISSUED[dossier.service]
    return title, [f"Application {dossier.number}", f"Holder {dossier.identifier}", "Kingdom of Bahrain"]


def payment_page(dossier: kit.Dossier, *, due: bool) -> str:
    """The page at which a stand-in is paid: it says that it is invented, and takes no card."""
    amount = f"{Decimal(dossier.fields.get('fee_fils', '0')).scaleb(-3):.3f} BHD"
    form = '<form method="post"><button>سداد / Pay</button></form>' if due else "<p>تم السداد / Nothing is due.</p>"
    return (
        '<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>صفحة سداد افتراضية</title>'
        "<h1>صفحة سداد افتراضية / Invented payment page</h1>"
        f"<p><bdi>{escape(dossier.number)}</bdi> — <bdi>{amount}</bdi></p>{form}</html>"
    )


def _missing(service: str) -> Document:
    item, kind, title = MISSING[service]
    return {"item": item, "kind": kind, "title": _pair(title)}


def _payment(dossier: kit.Dossier, since: datetime) -> Document:
    fields = dossier.fields
    return {
        "amount_fils": int(fields["fee_fils"]),
        "pay_url": f"{fields['site']}/{fields['agency']}/pay/{dossier.number}",
        "expires_at": _moment(since + PAY_WITHIN),
    }


def _moment(at: datetime) -> str:
    local = at.astimezone(Country.BH.facts.zone)
    return f"{local:%d/%m/%Y %H:%M:%S}.{local.microsecond // 1000:03d}"


def _pair(words: Words) -> Document:
    return {"ar": words[0], "en": words[1]}
