"""What the stand-in's agencies ask, find fault with and issue: invented words for invented applications."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.qatar.application_messages import BRANCH, EQUIVALENCE, EXTENSION, RESIDENCE, SETTLEMENT, Kind
from gateway.sdk import sandbox as kit

Pair = tuple[str, str]
"""Words in Arabic and in English."""

Fault = tuple[str, Pair]
"""The code of a reason, and its words."""

STATUSES: Final[Mapping[kit.Stage, str]] = {
    "received": "RECEIVED",
    "review": "UNDER REVIEW",
    "asks": "INCOMPLETE",
    "unpaid": "AWAITING PAYMENT",
    "approved": "APPROVED",
    "rejected": "REJECTED",
    "withdrawn": "WITHDRAWN",
    "strange": "WITH THE COMMITTEE",
}
"""The last is the one that nobody has heard of."""

UNKNOWN_PERSON: Final = ("M-01", ("لا يوجد شخص مسجل بهذا الرقم.", "Nobody is registered under this number."))
UNKNOWN_VIOLATION: Final = ("T-01", ("لا توجد مخالفة بهذا الرقم.", "There is no violation of this number."))
NOT_PAYABLE: Final = ("T-02", ("المخالفة ليست مستحقة السداد.", "The violation is not due for payment."))
UNKNOWN_COUNTRY: Final = ("E-01", ("بلد المؤسسة غير معروف.", "The institution's country is not known."))
NOT_IN_RIYALS: Final = ("G-01", ("الأجر ليس مبلغاً بالريال القطري.", "The wage is no amount in Qatari riyals."))


@dataclass(frozen=True, slots=True)
class Matter:
    """What one kind of application may come to: what is asked for, why it is rejected, and what is issued.

    ``item`` is the name, kind and title of what is asked for.
    """

    item: tuple[str, str, Pair]
    fault: Fault
    document: Pair


MATTERS: Final[Mapping[Kind, Matter]] = {
    SETTLEMENT: Matter(
        ("plateNumber", "TEXT", ("رقم لوحة المركبة", "Number plate of the vehicle")),
        ("T-20", ("المخالفة محل اعتراض لم يُبتّ فيه.", "An objection to the violation is pending.")),
        ("إيصال سداد مخالفة مرورية", "Receipt for a traffic violation"),
    ),
    RESIDENCE: Matter(
        ("electricityNumber", "TEXT", ("رقم عداد الكهرباء للمسكن", "Electricity number of the home")),
        ("M-20", ("العنوان الوطني غير مسجّل.", "No national address is registered.")),
        ("شهادة إثبات سكن", "Certificate of residence"),
    ),
    BRANCH: Matter(
        ("leaseContract", "DOCUMENT", ("عقد إيجار مقر الفرع", "Lease contract of the branch's premises")),
        ("C-20", ("النشاط غير مسموح به للفروع.", "The activity is not open to branches.")),
        ("سجل تجاري لفرع شركة خليجية", "Registration of a branch of a Gulf company"),
    ),
    EXTENSION: Matter(
        ("salaryCertificate", "DOCUMENT", ("شهادة راتب حديثة", "A recent salary certificate")),
        ("G-20", ("المؤمَّن عليه مسجَّل لدى صاحب عمل آخر.", "The insured is registered with another employer.")),
        ("شهادة تسجيل في مدّ الحماية التأمينية", "Certificate of registration under the insurance extension"),
    ),
    EQUIVALENCE: Matter(
        ("studyPlan", "DOCUMENT", ("الخطة الدراسية المعتمدة", "The accredited plan of studies")),
        ("E-20", ("المؤسسة غير معتمدة في سنة التخرج.", "The institution was not accredited in that year.")),
        ("قرار معادلة شهادة دراسية", "Decision on the equivalence of a certificate"),
    ),
}


def merits(kind: Kind, identifier: str, details: Mapping[str, str], population: kit.Population) -> Fault | None:
    """Why an application must be rejected whatever the desk was told; ``None`` when nothing speaks against it."""
    if kind is SETTLEMENT:
        fine = fine_of(identifier, details.get("violationNumber", ""), population)
        return UNKNOWN_VIOLATION if fine is None else None if fine.status == "unpaid" else NOT_PAYABLE
    if kind is RESIDENCE and population.person(identifier) is None:
        return UNKNOWN_PERSON
    if kind is EQUIVALENCE and details.get("institution@country") not in kit.ALPHA3.values():
        return UNKNOWN_COUNTRY
    if kind is EXTENSION and len(details.get("wage", "").partition("٫")[2]) > 2:
        return NOT_IN_RIYALS
    return None


def due(dossier: kit.Dossier, population: kit.Population) -> Decimal:
    """What is to be paid for a violation, in riyals."""
    fine = fine_of(dossier.identifier, dossier.fields.get("violationNumber", ""), population)
    return fine.amount if fine else Decimal(0)


def fine_of(identifier: str, number: str, population: kit.Population) -> kit.SyntheticFine | None:
    """The violation of that number, if it is that person's."""
    return next((fine for fine in population.fines(identifier) if fine.reference == number), None)
