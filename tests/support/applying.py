"""Applications as people hand them in: the inputs of each service, and the orders that carry them."""

from collections.abc import Mapping
from typing import Any

from gateway.sdk import Attachment, Order, Progress
from gateway.sdk.sandbox import Dossier
from tests.support.procedures import Counter

REFERENCE = "BW-7KQ2M9"
SAUDI = ("SA", "1084260288")
CITIZENS: Mapping[str, tuple[str, str]] = {"kuwait": ("KW", "285061445574"), "qatar": ("QA", "29363462675")}
FINES: Mapping[str, Mapping[str, str]] = {
    "kuwait": {"fine_reference": "00848559"},
    "qatar": {"fine_reference": "202600546261"},
}
"""A violation of the Saudi citizen's in each state that is not paid."""

RESIDENCE = {"use": "school", "certificate_language": "ar"}
EXTENSION = {
    "employer_number": "E-20417",
    "employer_name": "شركة <الخليج> & أبناؤه",
    "employment_start": "2026-09-01",
    "monthly_wage": "1250.5",
    "sector": "self_employed",
}
BRANCH = {
    "registration_number": "1010123456",
    "branch_name_ar": "فرع النخيل",
    "branch_name_en": "Al Nakheel Branch",
    "city": "المدينة",
    "activity_code": "471100",
    "manager_name": "Khalid O'Hara",
}
DEGREE = {
    "institution": "King Saud University",
    "institution_country": "SA",
    "degree": "doctorate",
    "field_of_study": "Civil engineering",
    "graduated_on": "2019-06-30",
}


def residence(here: Counter, **changes: Any) -> Order:
    """A citizen's application for a certificate of residence, without files."""
    return here.order("residence-certificate", CITIZENS[here.room.plate.name], {**RESIDENCE, **changes})


def extension(here: Counter, *files: Attachment) -> Order:
    """A Saudi citizen's application for the insurance extension."""
    return here.order("pension-extension", SAUDI, EXTENSION, files)


def settlement(here: Counter) -> Order:
    """A Saudi citizen's application to settle a violation."""
    return here.order("fine-settlement", SAUDI, FINES[here.room.plate.name])


def booked(here: Counter) -> Dossier:
    """The application in the books."""
    dossier = here.sandbox.desk.find(REFERENCE)
    assert dossier is not None
    return dossier


async def decided(here: Counter, order: Order) -> Progress:
    """How it stands once it is handed in and goes on by itself no more."""
    *_, last = await here.passes(order, await here.submit(order))
    return last
