"""Identity: what the population register of iGA tells of a person, in the words of the shared schema."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from adapters.bahrain.answers import Json
from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.values import address, day, need, number_of, part, text
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

BIRTH_DATE_INCOMPLETE: Final = "birth_date_incomplete"
DATES_DISAGREE: Final = "dates_disagree"
GENDER_UNKNOWN: Final = "gender_unknown"
LIFE_STATUS_UNKNOWN: Final = "life_status_unknown"
MRZ_UNREADABLE: Final = "mrz_unreadable"

Standing = Literal["citizen", "resident", "gcc_visitor"]
_STANDINGS: Final[Mapping[str, Standing]] = {"CITIZEN": "citizen", "RESIDENT": "resident", "GCC": "gcc_visitor"}
_GENDERS: Final[Mapping[str, Literal["male", "female"]]] = {"M": "male", "F": "female"}
_ALIVE: Final = {"ALIVE": True, "DECEASED": False}
_UNREGISTERED_DAY: Final = re.compile(r"00/(00|0[1-9]|1[0-2])/[0-9]{4}")
# Line 2 of a travel document of size 1 (ICAO 9303, part 5): birth, check digit, sex, expiry as YYMMDD, and so on.
_MRZ: Final = re.compile(r"[0-9<]{6}[0-9][MFX<]([0-9]{2})([0-9]{2})([0-9]{2})[0-9][A-Z<]{3}[A-Z0-9<]{11}[0-9]")


class BahrainIdentity(Lookup[BahrainSystem, Json | None]):
    """One answer is one person."""

    service = "identity-verification"

    async def fetch(self, ask: Ask) -> Json | None:
        return await self.system.person(ask)

    def normalise(self, answer: Json | None, ask: Ask) -> Sequence[Person]:
        return () if answer is None else (_person(answer, ask),)


def _person(fields: Json, ask: Ask) -> Person:
    notes: set[str] = set()
    # Who is a citizen is not guessed: a standing that is not on the list is no answer.
    standing = _STANDINGS[need(fields, "standing")]
    kind = IdentifierKind.resident_id if standing == "resident" else IdentifierKind.national_id
    number = number_of(fields, ask, kind)
    if (standing == "gcc_visitor") == (number.country is Country.BH):
        raise ValueError("the standing and the number do not go together")
    place = address(part(fields, "address"))
    return Person(
        source=ask.source_of(text(fields, "record_no")),
        identifier=number,
        names=Names(arabic=_name(fields, "ar"), latin=_name(fields, "en")),
        birth_date=_birth(text(fields, "birth_date"), notes),
        gender=known(text(fields, "gender"), _GENDERS, GENDER_UNKNOWN, notes),
        nationality=known_nationality(text(fields, "nationality"), notes),
        standing=standing,
        alive=known(text(fields, "life_status"), _ALIVE, LIFE_STATUS_UNKNOWN, notes),
        document_expires=_expiry(part(fields, "card"), notes),
        phone=known_phone(text(fields, "mobile"), number.country, notes),
        addresses=(place,) if place else (),
        notes=tuple(sorted(notes)),
    )


def _name(fields: Json, language: str) -> NameParts | None:
    """The name in one script; the whole stands beside its parts and is kept as it comes."""
    given, father, grandfather, family, full = (
        text(part(fields, name), language)
        for name in ("first_name", "father_name", "grandfather_name", "family_name", "full_name")
    )
    return NameParts.of(given, father, grandfather, family, full=full)


def _birth(written: str | None, notes: set[str]) -> CalendarDate | None:
    """The day of birth; of some of the old only the year, or the month, is registered, and no day is made up."""
    if written and _UNREGISTERED_DAY.fullmatch(written):
        notes.add(BIRTH_DATE_INCOMPLETE)
        return None
    return day(written)


def _expiry(card: Json, notes: set[str]) -> CalendarDate | None:
    """The last day of the card, compared with what its machine-readable zone says; nothing is mended."""
    registered, zone = day(text(card, "expiry_date")), text(card, "mrz_line_2")
    if registered is None or zone is None:
        return registered
    printed = _MRZ.fullmatch(zone)
    if printed is None:
        notes.add(MRZ_UNREADABLE)
        return registered
    agrees = "".join(printed.groups()) == f"{registered.date:%y%m%d}"
    if not agrees:
        notes.add(DATES_DISAGREE)
    return CalendarDate(date=registered.date, original=registered.original, agrees=agrees)
