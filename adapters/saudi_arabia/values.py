"""Saudi ways of writing values, brought into the words of the shared schema."""

from collections.abc import Mapping, Sequence
from datetime import date

from adapters.saudi_arabia.soap import Result
from gateway.sdk import (
    ALPHA2_BY_NUMERIC,
    Ask,
    BackendGarbled,
    CalendarDate,
    Country,
    DayOrder,
    NationalIdentifier,
    PartialText,
    alpha2_of_numeric,
    fold_digits,
    identifier_of,
    known_numeric_nationality,
    words,
)

Fields = Mapping[str, str]

DATES_DISAGREE = "dates_disagree"
"""The Gregorian and the Hijri writing of one day are two days."""

DATE_NOT_CONVERTED = "date_not_converted"
"""A Hijri day that does not exist in the Umm al-Qura calendar, or lies outside 1343 to 1500 AH."""

_NUMBERS: Mapping[str, str] = {alpha2: str(int(number)) for number, alpha2 in ALPHA2_BY_NUMERIC.items()}
_NUMERIC: Mapping[Country, str] = {country: str(int(country.facts.numeric)) for country in Country}


def nationality_code(country: Country) -> str:
    """The number of a Gulf state as an ``xs:short``: leading zeros are lost, so Bahrain is ``48``."""
    return _NUMERIC[country]


def country_code(alpha2: str) -> str:
    """The number of any country as an ``xs:short``, ``"null"`` where ISO 3166-1 has no such country."""
    return _NUMBERS.get(alpha2, "null")


def nationality(code: str | None, notes: set[str]) -> str | None:
    """The alpha-2 code of a nationality; one that is not known is noted."""
    return known_numeric_nationality(words(code), notes)


def identity(subject: NationalIdentifier) -> Mapping[str, str]:
    """The subject as the invented services take it: a number, and its nationality where another state gave it."""
    if subject.country is Country.SA:
        return {"id": subject.value}
    return {"id": subject.value, "nationality": nationality_code(subject.country)}


def subject_of(fields: Fields, number: str, state: str, ask: Ask) -> NationalIdentifier:
    """Whom an answer is about: the number in the field ``number``, issued by the state in the field ``state``.

    The answer says the state only of citizens of the other five. Raises ``ValueError`` and ``KeyError``.
    """
    code = fields.get(state)
    country = Country(alpha2_of_numeric(code) or code) if code else Country.SA
    return identifier_of(ask, country, fold_digits(fields[number]))


def counted(answer: Result, rows: str, count: str, ask: Ask) -> Sequence[Fields]:
    """The rows of a list that says how many they are, and whom it is about.

    Raises ``ValueError`` when they are not as many, and ``BackendGarbled`` when they are about somebody else: with
    an empty list nobody after us could see that.
    """
    found = answer.rows[rows]
    if int(answer.fields[count]) != len(found):
        raise ValueError("the list does not hold as many rows as it says")
    about = subject_of(answer.fields, "id", "nationality", ask)
    if (about.country, about.value) != (ask.subject.country, ask.subject.value):
        raise BackendGarbled("backend_wrong_subject")
    return found


def text(fields: Fields, arabic: str, english: str) -> PartialText | None:
    """The words in one field, the Arabic, and in another, the English."""
    return PartialText.of(fields.get(arabic), fields.get(english))


def day(
    gregorian: str | None, hijri: str | None, notes: set[str], order: DayOrder = "dd-MM-yyyy", iso: bool = False
) -> CalendarDate | None:
    """The day that is written in one calendar or in both; what does not agree or convert is noted.

    Raises ``ValueError`` where what is written is not a date at all. ``iso`` says that the Gregorian day is written
    ``yyyy-MM-dd``, else it is ``dd-MM-yyyy``; ``order`` is that of the Hijri day.
    """
    written, original = words(gregorian), words(hijri)
    if written is None:
        return _hijri(original, order, notes) if original else None
    read = date.fromisoformat(written) if iso else gregorian_day(written)
    if original is None:
        return CalendarDate.gregorian(read, written)
    try:
        both = CalendarDate.pair(gregorian=read, hijri=original, order=order)
    except ValueError:
        if not _looks_hijri(original, order):
            raise
        notes.add(DATE_NOT_CONVERTED)
        return CalendarDate.gregorian(read, written)
    if both.agrees is False:
        notes.add(DATES_DISAGREE)
    return both


def gregorian_day(written: str) -> date:
    """The day written ``dd-MM-yyyy``; raises ``ValueError``."""
    parts = fold_digits(written).split("-")
    if [len(part) for part in parts] != [2, 2, 4]:
        raise ValueError("the date is not written as dd-MM-yyyy")
    return date(int(parts[2]), int(parts[1]), int(parts[0]))


def _hijri(original: str, order: DayOrder, notes: set[str]) -> CalendarDate | None:
    try:
        return CalendarDate.hijri(original, order)
    except ValueError:
        if not _looks_hijri(original, order):
            raise
        notes.add(DATE_NOT_CONVERTED)
        return None


def _looks_hijri(original: str, order: DayOrder) -> bool:
    parts = fold_digits(original).split("-")
    if order == "dd-MM-yyyy":
        parts.reverse()
    sized = len(parts) == 3 and len(parts[0]) == 4 and all(len(part) <= 2 for part in parts[1:])
    return sized and all(part.isascii() and part.isdigit() for part in parts)
