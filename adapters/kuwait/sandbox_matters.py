"""What the stand-in's agencies ask, find fault with and issue: invented words for invented applications."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.kuwait.requests import BRANCH, EQUIVALENCE, EXTENSION, RESIDENCE, SETTLEMENT, Kind
from gateway.sdk import sandbox as kit

Pair = tuple[str, str]
"""Words in Arabic and in English."""

STATUSES: Final[Mapping[kit.Stage, str]] = {
    "received": "1",
    "review": "2",
    "asks": "3",
    "unpaid": "4",
    "approved": "5",
    "rejected": "6",
    "withdrawn": "7",
    "strange": "40",
}
"""40, "before the committee", is the one that nobody has heard of."""

UNKNOWN_PERSON: Final = ("1001", ("لا توجد بيانات لهذا الرقم.", "No data was found for this number."))
UNKNOWN_TICKET: Final = ("3101", ("لا توجد مخالفة بهذا الرقم.", "There is no violation of this number."))
NOT_PAYABLE: Final = ("3102", ("المخالفة ليست مستحقة السداد.", "The violation is not due for payment."))
UNKNOWN_COUNTRY: Final = ("3103", ("بلد المؤسسة غير معروف.", "The institution's country is not known."))
Fault = tuple[str, Pair]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is asked for: a document (``kind`` 1) or a text (``kind`` 2)."""

    code: str
    kind: str
    title: Pair


@dataclass(frozen=True, slots=True)
class Matter:
    """What one kind of request may come to: what is asked for, why it is rejected, and what is issued."""

    item: Item
    fault: Fault
    document: Pair


MATTERS: Final[Mapping[Kind, Matter]] = {
    SETTLEMENT: Matter(
        Item("PlateNumber", "2", ("رقم لوحة المركبة", "Number plate of the vehicle")),
        ("3110", ("المخالفة محل اعتراض لم يُبتّ فيه.", "An objection to the violation is pending.")),
        ("إيصال سداد مخالفة مرورية", "Receipt for a traffic violation"),
    ),
    RESIDENCE: Matter(
        Item("PaciNumber", "2", ("الرقم الآلي للمسكن", "PACI number of the home")),
        ("3210", ("عنوان السكن غير محدّث.", "The home address is not up to date.")),
        ("شهادة لمن يهمه الأمر: إثبات سكن", "To whom it may concern: certificate of residence"),
    ),
    BRANCH: Matter(
        Item("LeaseContract", "1", ("عقد إيجار مقر الفرع", "Lease contract of the branch's premises")),
        ("3310", ("النشاط غير مسموح به للفروع.", "The activity is not open to branches.")),
        ("ترخيص فرع شركة خليجية", "Licence of a branch of a Gulf company"),
    ),
    EXTENSION: Matter(
        Item("SalaryCertificate", "1", ("شهادة راتب حديثة", "A recent salary certificate")),
        ("3410", ("المؤمَّن عليه مسجَّل لدى صاحب عمل آخر.", "The insured is registered with another employer.")),
        ("شهادة تسجيل في مدّ الحماية التأمينية", "Certificate of registration under the insurance extension"),
    ),
    EQUIVALENCE: Matter(
        Item("Transcript", "1", ("كشف الدرجات", "Transcript of records")),
        ("3510", ("المؤسسة غير معتمدة في سنة التخرج.", "The institution was not accredited in that year.")),
        ("قرار معادلة شهادة دراسية", "Decision on the equivalence of a certificate"),
    ),
}


def merits(kind: Kind, fields: Mapping[str, str], population: kit.Population) -> Fault | None:
    """Why an application must be rejected whatever the desk was told; ``None`` when nothing speaks against it."""
    identifier = fields["PersonCivilNo"] or fields["GccCivilNo"]
    if kind is SETTLEMENT:
        fine = _fine(identifier, fields.get("TicketNo", ""), population)
        return UNKNOWN_TICKET if fine is None else None if fine.status == "unpaid" else NOT_PAYABLE
    if kind is RESIDENCE and population.person(identifier) is None:
        return UNKNOWN_PERSON
    if kind is EQUIVALENCE and not fields.get("InstitutionCountry", "").isdigit():
        return UNKNOWN_COUNTRY
    return None


def due(dossier: kit.Dossier, population: kit.Population) -> Decimal:
    """What is to be paid for a violation, in dinars."""
    fine = _fine(dossier.identifier, dossier.fields.get("TicketNo", ""), population)
    return fine.amount if fine else Decimal(0)


def _fine(identifier: str, ticket: str, population: kit.Population) -> kit.SyntheticFine | None:
    return next((fine for fine in population.fines(identifier) if fine.reference == ticket), None)
