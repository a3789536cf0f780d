"""Identity: what PACI's register tells of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.kuwait.answers import Inquiry
from adapters.kuwait.contracts import Fields
from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.operations import PERSON
from adapters.kuwait.values import address, day, is_visitor, number_of
from gateway.sdk import (
    Ask,
    CalendarDate,
    Country,
    IdentifierKind,
    Lookup,
    NameParts,
    Names,
    Person,
    known,
    known_nationality,
    known_phone,
)

DATES_DISAGREE = "dates_disagree"
GENDER_UNKNOWN = "gender_unknown"
LIFE_STATUS_UNKNOWN = "life_status_unknown"

Standing = Literal["citizen", "resident", "gcc_visitor"]
_GENDERS: Mapping[str, Literal["male", "female"]] = {"1": "male", "2": "female"}
_ALIVE = {"1": True, "2": False}


class KuwaitIdentity(Lookup[KuwaitSystem, Inquiry]):
    """One answer is one person."""

    service = "identity-verification"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(PERSON, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[Person]:
        if answer.data is None:
            return ()
        person = answer.data.part("PersonalData")
        if person is None:
            raise KeyError("PersonalData")
        return (_person(person, answer.reference, ask),)


def _person(fields: Fields, reference: str, ask: Ask) -> Person:
    notes: set[str] = set()
    government = fields.part("GovData")
    place = address(fields.part("Address"))
    standing = _standing(fields)
    kind = IdentifierKind.resident_id if standing == "resident" else IdentifierKind.national_id
    identifier = number_of(fields, ask, kind)
    return Person(
        source=ask.source_of(reference),
        identifier=identifier,
        names=Names(
            arabic=NameParts.of(full=fields.text("FullNameAr")), latin=NameParts.of(full=fields.text("FullNameEn"))
        ),
        birth_date=day(fields.text("BirthDate")),
        gender=known(fields.text("Gender"), _GENDERS, GENDER_UNKNOWN, notes),
        nationality=known_nationality(fields.text("NationalityEn"), notes),
        standing=standing,
        alive=known(government.text("PersonStatus") if government else None, _ALIVE, LIFE_STATUS_UNKNOWN, notes),
        document_expires=_expiry(fields, government, notes),
        phone=known_phone(fields.text("MobileNumber"), identifier.country, notes),
        addresses=(place,) if place else (),
        notes=tuple(sorted(notes)),
    )


def _standing(fields: Fields) -> Standing:
    """A visitor is known by the number of home; of those with a civil number, Kuwaitis are citizens.

    Raises ``KeyError`` where the nationality is missing: who is a citizen is not guessed.
    """
    if is_visitor(fields):
        return "gcc_visitor"
    return "citizen" if fields.need("NationalityEn") == Country.KW.facts.alpha3 else "resident"


def _expiry(fields: Fields, government: Fields | None, notes: set[str]) -> CalendarDate | None:
    """The day on the card; the register keeps another copy of it, and where the two differ it is noted."""
    on_card = day(fields.text("CardExpiryDate"))
    registered = day(government.text("CivilIdExpiryDate")) if government else None
    if on_card is None or registered is None:
        return on_card or registered
    agrees = on_card.date == registered.date
    if not agrees:
        notes.add(DATES_DISAGREE)
    return CalendarDate(date=on_card.date, original=on_card.original, agrees=agrees)
