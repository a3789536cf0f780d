"""Identity verification: citizens, residents and Gulf citizens as the population register writes them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from adapters.saudi_arabia.national import SaudiSystem, person_operation
from adapters.saudi_arabia.operations import ADDRESS, CITIZEN, GULF_CITIZEN
from adapters.saudi_arabia.soap import Result
from adapters.saudi_arabia.values import Fields, day, nationality, subject_of
from gateway.sdk import (
    Address,
    Ask,
    Coordinates,
    Country,
    Lookup,
    NameParts,
    Names,
    Person,
    SaudiLocators,
    boolean,
    fold_digits,
)

GENDER_UNKNOWN: Final = "gender_unknown"
LIFE_STATUS_UNKNOWN: Final = "life_status_unknown"
COORDINATES_UNREADABLE: Final = "coordinates_unreadable"

_GENDERS: Final[Mapping[str, Literal["male", "female"]]] = {"M": "male", "F": "female"}
_ALIVE: Final[Mapping[str, bool]] = {"ALIVE": True, "DECEASED": False, "1": True, "2": False}


class SaudiIdentityVerification(Lookup[SaudiSystem, Result | None]):
    """One answer of the register is one person; three operations answer in three vocabularies."""

    service = "identity-verification"

    async def fetch(self, ask: Ask) -> Result | None:
        return await self.system.person(ask)

    def normalise(self, answer: Result | None, ask: Ask) -> Sequence[Person]:
        if answer is None:
            return ()
        operation = person_operation(ask.subject)
        if operation is CITIZEN:
            return (_citizen(answer, ask),)
        return (_gulf_citizen(answer, ask) if operation is GULF_CITIZEN else _resident(answer, ask),)


def _citizen(answer: Result, ask: Ask) -> Person:
    fields, notes = answer.fields, set[str]()
    return Person(
        identifier=subject_of(fields, "nin", "", ask),
        names=Names(arabic=_four_names(fields)),
        birth_date=day(fields.get("dateOfBirthG"), fields.get("dateOfBirthH"), notes),
        nationality=Country.SA.value,
        standing="citizen",
        document_expires=day(None, fields.get("idExpiryDate"), notes),
        addresses=_addresses(answer, ask, notes),
        **_common(fields, "lifeStatus", notes, ask),
    )


def _resident(answer: Result, ask: Ask) -> Person:
    fields, notes = answer.fields, set[str]()
    return Person(
        identifier=subject_of(fields, "iqamaNumber", "", ask),
        names=Names(
            arabic=_first_and_last(fields, "firstName", "secondName", "thirdName", "lastName"),
            latin=_first_and_last(
                fields, "englishFirstName", "englishSecondName", "englishThirdName", "englishLastName"
            ),
        ),
        birth_date=day(fields.get("dateOfBirthG"), None, notes),
        nationality=nationality(fields.get("nationalityCode"), notes),
        standing="resident",
        document_expires=day(fields.get("iqamaExpiryDateG"), fields.get("iqamaExpiryDateH"), notes),
        addresses=_addresses(answer, ask, notes),
        **_common(fields, "lifeStatus", notes, ask),
    )


def _gulf_citizen(answer: Result, ask: Ask) -> Person:
    fields, notes = answer.fields, set[str]()
    subject = subject_of(fields, "gccNIN", "gccNationality", ask)
    return Person(
        identifier=subject,
        names=Names(arabic=_four_names(fields)),
        birth_date=day(None, fields.get("dateOfBirthH"), notes),
        nationality=subject.country.value,
        standing="gcc_visitor",
        document_expires=day(fields.get("passportExpiryDate"), None, notes),
        **_common(fields, "lifeStatusCode", notes, ask),
    )


def _common(fields: Fields, life_status: str, notes: set[str], ask: Ask) -> dict[str, Any]:
    """What all three say alike; taken last, when ``notes`` has everything that the other fields gave."""
    gender, life = fields.get("gender"), fields.get(life_status)
    if gender is not None and gender not in _GENDERS:
        notes.add(GENDER_UNKNOWN)
    if life is not None and life not in _ALIVE:
        notes.add(LIFE_STATUS_UNKNOWN)
    return {
        "gender": _GENDERS.get(gender or ""),
        "alive": _ALIVE.get(life or ""),
        "notes": tuple(sorted(notes)),
        "source": ask.source_of(fields.get("logId")),
    }


def _four_names(fields: Fields) -> NameParts | None:
    given, father, grandfather, family = (
        fields.get(name) for name in ("firstName", "fatherName", "grandFatherName", "familyName")
    )
    return NameParts.of(given, father, grandfather, family)


def _first_and_last(fields: Fields, first: str, second: str, third: str, last: str) -> NameParts | None:
    """Names between the first and the last are kept in the whole: whose they are, the register does not say."""
    parts = [fields.get(name) for name in (first, second, third, last)]
    return NameParts.of(parts[0], family=parts[3], full=" ".join(part for part in parts if part))


def _addresses(answer: Result, ask: Ask, notes: set[str]) -> tuple[Address, ...]:
    """The national addresses, the primary one first and otherwise in the order given."""
    rows = sorted(answer.rows.get(ADDRESS, ()), key=lambda row: not boolean(row.get("isPrimaryAddress", "false")))
    return tuple(_address(row, ask.language, notes) for row in rows)


def _address(row: Fields, language: str, notes: set[str]) -> Address:
    return Address(
        country=Country.SA,
        lines=tuple(line for line in (row.get("address"), row.get("address2")) if line),
        locators=SaudiLocators(
            building_number=_number(row, "buildingNumber"),
            street=_word(row, "streetName", "streetL2", language),
            district=_word(row, "district", "districtL2", language),
            city=_word(row, "city", "cityL2", language),
            postal_code=_number(row, "postCode"),
            additional_number=_number(row, "additionalNumber"),
            unit_number=_number(row, "unitNumber"),
            short_address=row.get("shortAddress"),
        ),
        coordinates=_coordinates(row.get("locationCoordinates"), notes),
    )


def _number(row: Fields, name: str) -> str | None:
    return fold_digits(row.get(name, "")) or None


def _word(row: Fields, latin: str, arabic: str, language: str) -> str | None:
    """The word in the language of the ask, else in the other; ``…L2`` is the Arabic."""
    first, second = (arabic, latin) if language == "ar" else (latin, arabic)
    return row.get(first) or row.get(second)


def _coordinates(written: str | None, notes: set[str]) -> Coordinates | None:
    """Longitude first, as the address register writes them; what cannot be a point is noted and left out."""
    if written is None:
        return None
    try:
        longitude, latitude = (float(part) for part in fold_digits(written).split())
        return Coordinates(latitude=latitude, longitude=longitude)
    except ValueError:
        notes.add(COORDINATES_UNREADABLE)
        return None
