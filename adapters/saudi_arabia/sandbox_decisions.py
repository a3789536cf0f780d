"""Where a request stands, in the words of the stand-in's desk; all of them are invented."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Final

from adapters.saudi_arabia.operations import DOCUMENT, REJECTION, REQUIREMENT
from adapters.saudi_arabia.sandbox_writing import (
    NULL,
    Values,
    dmy,
    flag,
    hijri_dmy,
    listed,
    state_of,
    strikes,
    untidily,
)
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

Words = tuple[str, str]
"""In Arabic and in English."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: the service that it is, what it must bring, and what is said about it.

    ``refusal`` and ``wanted`` are a code with its words; ``paper`` is the title of what is issued.
    """

    service: str
    needed: tuple[str, ...]
    refusal: tuple[str, Words]
    wanted: tuple[str, Words]
    paper: Words


KINDS: Final[Mapping[str, Kind]] = {
    "GOSI_EXTENSION": Kind(
        "pension-extension",
        ("establishmentNumber", "establishmentName", "joiningDateG", "joiningDateH", "monthlyWage", "sectorCode"),
        ("GOSI-21", ("المنشأة غير مسجّلة لدى المؤسسة", "The establishment is not registered with GOSI")),
        ("EMPLOYER_PHONE", ("رقم هاتف المنشأة", "Telephone number of the establishment")),
        ("إشعار تسجيل في نظام مدّ الحماية التأمينية", "Notice of registration under insurance protection extension"),
    ),
    "MC_BRANCH": Kind(
        "branch-registration",
        ("homeCrNumber", "branchName", "branchNameEn", "cityName", "activityId", "managerName"),
        ("MC-07", ("النشاط غير متاح للفروع في هذه المدينة", "The activity is not open to branches in this city")),
        ("BRANCH_ADDRESS", ("العنوان الوطني المختصر للفرع", "Short national address of the branch")),
        ("شهادة تسجيل فرع شركة خليجية", "Certificate of registration of a branch of a Gulf company"),
    ),
    "MOE_EQUIVALENCE": Kind(
        "certificate-equivalence",
        ("institutionName", "institutionCountry", "degreeCode", "specialization", "graduationDateG"),
        ("MOE-14", ("المؤسسة التعليمية غير موصى بها", "The institution is not on the list of recommended ones")),
        (
            "STUDY_MODE",
            ("نمط الدراسة: انتظام أو انتساب أو عن بُعد", "Mode of study: attendance, affiliation or distance"),
        ),
        ("قرار معادلة شهادة", "Decision on the equivalence of a certificate"),
    ),
    "TRAFFIC_PAYMENT": Kind(
        "fine-settlement",
        ("violationNumber",),
        (
            "TRF-03",
            ("المخالفة معترض عليها ولا تُسدَّد قبل الفصل فيها", "The violation is disputed and cannot be paid yet"),
        ),
        ("VIOLATION_COPY", ("رقم إشعار المخالفة", "Number of the notice of the violation")),
        ("إيصال سداد مخالفة مرورية", "Receipt for a traffic violation"),
    ),
    "CA_RESIDENCE": Kind(
        "residence-certificate",
        ("purposeCode", "certificateLanguage"),
        ("CA-11", ("العنوان الوطني غير مسجّل", "No national address is registered")),
        ("ADDRESS_PROOF", ("رقم عقد الإيجار الموحد", "Number of the unified lease")),
        ("شهادة إقامة", "Certificate of residence"),
    ),
}

_TYPES: Final = {kind.service: name for name, kind in KINDS.items()}

_STATUSES: Final[Mapping[kit.Stage, tuple[str, Words]]] = {
    "received": ("RECEIVED", ("تم استلام الطلب", "Received")),
    "review": ("UNDER_REVIEW", ("قيد الدراسة", "Under review")),
    "asks": ("RETURNED", ("معاد إلى مقدم الطلب للاستكمال", "Returned for completion")),
    "unpaid": ("BILLED", ("بانتظار السداد", "Waiting to be paid")),
    "approved": ("COMPLETED", ("مكتمل", "Completed")),
    "rejected": ("REJECTED", ("مرفوض", "Rejected")),
    "withdrawn": ("CANCELLED", ("ملغى بطلب صاحبه", "Cancelled by the applicant")),
    # A word of which nobody was told.
    "strange": ("WITH_COMMITTEE", ("محال إلى اللجنة", "Referred to the committee")),
}
_CLOSED: Final = frozenset({"approved", "rejected", "withdrawn"})
_BILL_DAYS: Final = timedelta(days=15)
_USUAL_AMOUNT: Final = "300.00"


def decision(
    dossier: kit.Dossier,
    person: kit.SyntheticPerson,
    fines: Iterable[kit.SyntheticFine],
    now: datetime,
    bill_url: str,
) -> str:
    """The elements of a result: whose request it is, where it stands, and what follows from that."""
    stage, since = dossier.stage(now)
    kind = KINDS[_TYPES[dossier.service]]
    word, (arabic, english) = _STATUSES[stage]
    values = {
        "requestNumber": dossier.number,
        "requesterReference": dossier.reference,
        "requestType": _TYPES[dossier.service],
        "id": person.identifier,
        "nationality": state_of(person),
        "statusCode": word,
        "statusDesc": arabic,
        "statusDescEn": english,
        **_moment("status", since, dossier.number),
        "isClosed": flag(stage in _CLOSED),
        "employeeName": NULL,
    }
    if stage == "unpaid":
        values |= _bill(dossier, fines, since, bill_url)
    rejections = [_row("reason", *kind.refusal)] if stage == "rejected" else []
    requirements = [{**_row("requirement", *kind.wanted), "isDocument": "false"}] if stage == "asks" else []
    documents = [{**_row("document", document_id(dossier), kind.paper), "isSigned": "true"}]
    return (
        listed(values, REJECTION, rejections)
        + listed({}, REQUIREMENT, requirements)
        + listed({}, DOCUMENT, documents if stage == "approved" else [])
    )


def document_id(dossier: kit.Dossier) -> str:
    """The id of the one document that a request ends with."""
    return f"DOC-{dossier.number}"


def issued(dossier: kit.Dossier, now: datetime) -> tuple[str, Sequence[str]]:
    """The title and the lines of the document that is issued, in English."""
    _, since = dossier.stage(now)
    kind = KINDS[_TYPES[dossier.service]]
    return kind.paper[1], [f"Request {dossier.number}", f"Decided on {hijri_dmy(_local(since).date())} AH"]


def payment_page(dossier: kit.Dossier, now: datetime) -> str:
    """The page of a bill, which says that it is not a real one."""
    paid = dossier.stage(now)[0] != "unpaid"
    form = "" if paid else '<form method="post"><button>سداد · Pay</button></form>'
    return (
        '<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>سداد · Payment</title>'
        "<h1>صفحة سداد وهمية · Invented payment page</h1><p>لا يُحوَّل أي مال. · No money is moved.</p>"
        f"<p><bdi>{escape(dossier.number)}</bdi></p>"
        f"<p>{'لا شيء للسداد · Nothing to pay' if paid else 'بانتظار السداد · Waiting to be paid'}</p>{form}</html>"
    )


def _bill(dossier: kit.Dossier, fines: Iterable[kit.SyntheticFine], since: datetime, url: str) -> Values:
    """The bill of a violation, for its amount where it is in the lists of the stand-in, else for the usual one."""
    number = dossier.fields["violationNumber"]
    amount = next((f"{fine.amount:.2f}" for fine in fines if fine.reference == number), _USUAL_AMOUNT)
    due = _local(since + _BILL_DAYS).date()
    return {
        "billNumber": dossier.number.removeprefix("SA-"),
        "billAmount": amount,
        "billDueDateH": hijri_dmy(due),
        "billUrl": url,
        "isPaid": "false",
    }


def _moment(name: str, at: datetime, key: str) -> Values:
    """A moment in Riyadh: a Hijri day, for every second request a Gregorian one beside it, and a time."""
    local = _local(at)
    time = {f"{name}Time": f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"}
    if not strikes("both calendars", key, 2):
        return {f"{name}DateH": hijri_dmy(local.date()), **time}
    return {
        f"{name}DateH": hijri_dmy(untidily(local.date(), key)),
        f"{name}DateG": dmy(local.date()),
        **time,
    }


def _local(at: datetime) -> datetime:
    return at.astimezone(Country.SA.facts.zone)


def _row(name: str, code: str, words: Words) -> Values:
    return {
        f"{name}{'Id' if name == 'document' else 'Code'}": code,
        f"{name}Desc": words[0],
        f"{name}DescEn": words[1],
    }
