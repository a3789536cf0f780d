"""Identity: what the federal register tells of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.uae.national import Document, EmiratesSystem
from adapters.uae.values import address, day, slots, subject_of
from gateway.sdk import (
    Ask,
    Country,
    IdentifierKind,
    Lookup,
    Names,
    Person,
    flags,
    known,
    known_nationality,
    known_phone,
    words,
)

GENDER_UNKNOWN = "gender_unknown"

Standing = Literal["citizen", "resident", "gcc_visitor"]
_STANDINGS: Mapping[str, Standing] = {"CITIZEN": "citizen", "RESIDENT": "resident", "GCC": "gcc_visitor"}
_GENDERS: Mapping[str, Literal["male", "female"]] = {"Male": "male", "Female": "female"}


class EmiratesIdentity(Lookup[EmiratesSystem, Document | None]):
    """One answer is one person."""

    service = "identity-verification"

    async def fetch(self, ask: Ask) -> Document | None:
        return await self.system.about_subject("icp/v2/persons", ask)

    def normalise(self, answer: Document | None, ask: Ask) -> Sequence[Person]:
        return () if answer is None else (_person(answer, ask),)


def _person(document: Document, ask: Ask) -> Person:
    notes: set[str] = set()
    standing = _STANDINGS[document["residencyType"]]
    kind = IdentifierKind.resident_id if standing == "resident" else IdentifierKind.national_id
    number, place = subject_of(document, ask, kind), address(document.get("address"))
    return Person(
        source=ask.source_of(document["transactionId"]),
        identifier=number,
        names=Names(arabic=slots(document.get("fullnameAR")), latin=slots(document.get("fullnameEN"))),
        birth_date=day(document.get("dateOfBirth")),
        gender=known(words(document.get("gender")), _GENDERS, GENDER_UNKNOWN, notes),
        nationality=known_nationality(words(document.get("nationalityEN")), notes),
        standing=standing,
        alive=document.get("isAlive"),
        document_expires=day(document.get("idCardExpiry")),
        phone=_phone(document.get("mobile"), number.country, notes),
        addresses=(place,) if place else (),
        notes=flags(notes, number),
    )


def _phone(value: object, home: Country, notes: set[str]) -> str | None:
    """The number in E.164; the bus leaves the plus sign out."""
    digits = words(value)
    if digits and not digits.startswith(("+", "0")):
        digits = f"+{digits}"
    return known_phone(digits, home, notes)
