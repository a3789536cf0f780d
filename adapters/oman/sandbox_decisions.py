"""Where an application stands, in the words of the stand-in of Oman; all of them are invented."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Final

from adapters.oman.sandbox_files import ZONE, Pen, Rows, moment
from gateway.sdk import sandbox as kit


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of application: the service and the agency that it is of, what it must bring, what is said about it.

    ``refusal`` and ``wanted`` are a code with its words; ``paper`` is the title of what is issued, as the results
    call it and as it stands in English at its head.
    """

    service: str
    agency: str
    needed: tuple[str, ...]
    refusal: tuple[str, str]
    wanted: tuple[str, str]
    paper: tuple[str, str]


KINDS: Final[Mapping[str, Kind]] = {
    "PF-EXTENSION": Kind(
        "pension-extension",
        "SPF",
        ("رقم_صاحب_العمل", "صاحب_العمل", "تاريخ_الالتحاق", "الأجر_الشهري", "القطاع"),
        ("SPF-12", "جهة العمل غير مسجلة لدى صندوق الحماية الاجتماعية"),
        ("CONTRACT-NUMBER", "رقم عقد العمل المعتمد"),
        ("إشعار تسجيل في نظام مد الحماية التأمينية", "Notice of registration under insurance protection extension"),
    ),
    "CR-BRANCH": Kind(
        "branch-registration",
        "MOCIIP",
        ("رقم_السجل", "اسم_الفرع", "اسم_الفرع_بالإنجليزية", "المدينة", "رمز_النشاط", "اسم_المدير"),
        ("MOC-08", "الاسم التجاري للفرع محجوز لمنشأة أخرى"),
        ("LEASE-NUMBER", "رقم عقد إيجار مقر الفرع"),
        ("شهادة تسجيل فرع", "Certificate of registration of a branch"),
    ),
    "ED-EQUIVALENCE": Kind(
        "certificate-equivalence",
        "MOHERI",
        ("المؤسسة_التعليمية", "بلد_المؤسسة", "الدرجة", "التخصص", "تاريخ_التخرج"),
        ("EDU-05", "المؤسسة التعليمية غير معترف بها"),
        ("STUDY-PLACE", "مكان الدراسة الفعلي"),
        ("قرار معادلة مؤهل", "Decision on the equivalence of a qualification"),
    ),
    "TR-PAYMENT": Kind(
        "fine-settlement",
        "ROP-TR",
        ("رقم_المخالفة",),
        ("TRF-02", "المخالفة معترض عليها ولا تسدد قبل البت فيها"),
        ("NOTICE-NUMBER", "رقم إشعار المخالفة"),
        ("إيصال سداد مخالفة مرورية", "Receipt for a traffic fine"),
    ),
    "CS-RESIDENCE": Kind(
        "residence-certificate",
        "ROP-CS",
        ("الغرض", "لغة_الشهادة"),
        ("CS-04", "لا يوجد عنوان مسجل"),
        ("METER-NUMBER", "رقم عداد الكهرباء للسكن"),
        ("شهادة إقامة", "Certificate of residence"),
    ),
}

_CODES: Final = {kind.service: code for code, kind in KINDS.items()}

_STATUSES: Final[Mapping[kit.Stage, str]] = {
    "received": "مستلم",
    "review": "قيد الدراسة",
    "asks": "بانتظار الاستكمال",
    "unpaid": "بانتظار السداد",
    "approved": "منجز",
    "rejected": "مرفوض",
    "withdrawn": "مسحوب",
    # A word of which nobody was told.
    "strange": "محال إلى جهة أخرى",
}
_DUE: Final = timedelta(days=30)
_USUAL_AMOUNT: Final = Decimal("20.000")


def decision(
    dossier: kit.Dossier,
    person: kit.SyntheticPerson,
    fines: Iterable[kit.SyntheticFine],
    now: datetime,
    page: str,
    pen: Pen,
) -> Rows:
    """The lines of a result: the application as it stands, and what follows from that."""
    stage, since = dossier.stage(now)
    kind = KINDS[_CODES[dossier.service]]
    rows = [_application(dossier, person, stage, since, pen)]
    match stage:
        case "rejected":
            rows.append(_line(dossier, "سبب", *kind.refusal))
        case "asks":
            rows.append({**_line(dossier, "مطلوب", *kind.wanted), "النوع": "نص"})
        case "unpaid":
            rows.append(_payment(dossier, fines, since, page, pen))
        case "approved":
            rows.append(_line(dossier, "وثيقة", document_id(dossier), kind.paper[0]))
    return rows


def agency_of(dossier: kit.Dossier) -> str:
    """The agency that decides about the application."""
    return KINDS[_CODES[dossier.service]].agency


def document_id(dossier: kit.Dossier) -> str:
    """The id of the one document that an application ends with."""
    return f"W-{dossier.number}"


def issued(dossier: kit.Dossier, now: datetime) -> tuple[str, Sequence[str]]:
    """The title and the lines of the document that is issued."""
    _, since = dossier.stage(now)
    kind = KINDS[_CODES[dossier.service]]
    return kind.paper[1], [f"Application {dossier.number}", f"Decided on {since.astimezone(ZONE):%d/%m/%Y}"]


def payment_page(dossier: kit.Dossier, now: datetime) -> str:
    """The page where a fine is paid, which says that it is not a real one."""
    waits = dossier.stage(now)[0] == "unpaid"
    words = "بانتظار السداد · Waiting to be paid" if waits else "لا شيء للسداد · Nothing to pay"
    form = '<form method="post"><button>سداد · Pay</button></form>' if waits else ""
    return (
        '<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>سداد · Payment</title>'
        "<h1>صفحة سداد وهمية · Invented payment page</h1><p>لا يُحوَّل أي مال. · No money is moved.</p>"
        f"<p><bdi>{escape(dossier.number)}</bdi></p><p>{words}</p>{form}</html>"
    )


def _application(
    dossier: kit.Dossier, person: kit.SyntheticPerson, stage: kit.Stage, since: datetime, pen: Pen
) -> Mapping[str, str]:
    return {
        "نوع_السطر": "طلب",
        "رقم_الطلب": dossier.number,
        "المرجع": dossier.reference,
        "رمز_الخدمة": _CODES[dossier.service],
        "الرقم_المدني": person.identifier,
        "دولة_الرقم": person.home.facts.numeric,
        "الحالة": _STATUSES[stage],
        "وقت_الحالة": f"{moment(since)}٫{since.microsecond // 1000:03d}",
        "اسم_الموظف": pen.none(),
    }


def _line(dossier: kit.Dossier, kind: str, code: str, words: str) -> Mapping[str, str]:
    return {"نوع_السطر": kind, "رقم_الطلب": dossier.number, "الرمز": code, "البيان": words}


def _payment(
    dossier: kit.Dossier, fines: Iterable[kit.SyntheticFine], since: datetime, page: str, pen: Pen
) -> Mapping[str, str]:
    """What a fine costs where it is in the lists of the stand-in, else the usual amount."""
    number = dossier.fields["رقم_المخالفة"]
    amount = next((fine.amount for fine in fines if fine.reference == number), _USUAL_AMOUNT)
    return {
        "نوع_السطر": "سداد",
        "رقم_الطلب": dossier.number,
        "المبلغ": pen.money(amount),
        "الرابط": page,
        "آخر_موعد": moment(since + _DUE),
    }
