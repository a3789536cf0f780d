"""Omani ways of writing values, brought into the words of the shared schema."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from gateway.sdk import (
    ALPHA2_BY_NUMERIC,
    Address,
    Ask,
    BackendGarbled,
    CalendarDate,
    Country,
    IdentifierKind,
    Money,
    NationalIdentifier,
    OmanLocators,
    PartialText,
    alpha2_of_numeric,
    flags,
    fold_digits,
    identifier,
    known_numeric_nationality,
    strip_marks,
    words,
)

STALE = "stale"
"""The note on records of a file that is more than a day old; the flow answers with this status."""

NUMERIC: Final[Mapping[Country, str]] = {country: country.facts.numeric for country in Country}

_NUMBERS: Final[Mapping[str, str]] = {alpha2: number for number, alpha2 in ALPHA2_BY_NUMERIC.items()}
_NOTHING: Final = frozenset({"لا يوجد", "غير متوفر"})
_ZONE: Final = timezone(timedelta(hours=4))
_DAY: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_MOMENT: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.٫]([0-9]{3}))?")
_MONTH: Final = re.compile(r"([0-9]{2})/([0-9]{4})")
# All three decimals have to be there: without them, or with a comma, 12,500 rials and 12.500 look alike.
_AMOUNT: Final = re.compile(r"(?:[0-9]{1,12}|[0-9]{1,3}(?:٬[0-9]{3}){1,3})[.٫][0-9]{3}")
_POINTS: Final = str.maketrans({"٫": ".", "٬": None})
_NOWHERE: Final = OmanLocators()


def country_number(alpha2: str) -> str:
    """The ISO 3166-1 numeric code of any country; where it has none, the letters stand for themselves."""
    return _NUMBERS.get(alpha2, alpha2)


def plain(text: str) -> str:
    """``text`` with its digits folded and without marks of direction: for numbers, days and codes."""
    return strip_marks(fold_digits(text)).strip()


def said(text: str | None) -> str | None:
    """The words; ``None`` for an empty field, and for the words that say that there is nothing."""
    found = words(text)
    return None if found in _NOTHING else found


def code(text: str | None) -> str | None:
    """As ``said``, for a number or a code, with its digits folded."""
    found = said(text)
    return plain(found) or None if found else None


def needed(row: Mapping[str, str], column: str) -> str:
    """A code that must be there; raises ``KeyError``."""
    found = code(row[column])
    if found is None:
        raise KeyError(column)
    return found


def arabic(text: str | None) -> PartialText | None:
    """The words, which the national system has in Arabic only."""
    return PartialText.of(ar=said(text))


def arabic_needed(row: Mapping[str, str], column: str) -> PartialText:
    """As ``arabic``, for words that must be there; raises ``KeyError``."""
    found = arabic(row[column])
    if found is None:
        raise KeyError(column)
    return found


def day(text: str | None) -> CalendarDate | None:
    """A day written ``dd/MM/yyyy`` in Arabic or Latin digits; raises ``ValueError``."""
    original = said(text)
    if original is None:
        return None
    found = _DAY.fullmatch(plain(original))
    if found is None:
        raise ValueError("the day is not written as dd/MM/yyyy")
    in_month, month, year = map(int, found.groups())
    return CalendarDate.gregorian(date(year, month, in_month), original)


def moment(text: str) -> datetime:
    """A moment written ``dd/MM/yyyy HH:mm:ss`` four hours ahead of UTC, brought to UTC; raises ``ValueError``.

    Three decimals of a second may follow, after ``٫`` or a full stop.
    """
    found = _MOMENT.fullmatch(plain(text))
    if found is None:
        raise ValueError("the moment is not written as dd/MM/yyyy HH:mm:ss")
    in_month, month, year, hour, minute, second, thousandths = (int(part or 0) for part in found.groups())
    return datetime(year, month, in_month, hour, minute, second, thousandths * 1000, _ZONE).astimezone(UTC)


def period(text: str) -> str:
    """A month written ``MM/yyyy``, as ``YYYY-MM``; raises ``ValueError``."""
    found = _MONTH.fullmatch(plain(text))
    if found is None:
        raise ValueError("the month is not written as MM/yyyy")
    return f"{found[2]}-{found[1]}"


def rials(text: str) -> Money:
    """An amount in rials with all its three decimals, ``12٫500`` or ``12.500``; raises ``ValueError``."""
    amount = plain(text)
    if not _AMOUNT.fullmatch(amount):
        raise ValueError("the amount is not written with three decimals")
    return Money.of(amount.translate(_POINTS), "OMR")


def number_of(row: Mapping[str, str], ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """Whom a row is about: a civil number of Oman, or the number of home with the state that issued it.

    Raises ``KeyError`` and ``ValueError``.
    """
    country = Country(alpha2_of_numeric(plain(row["دولة_الرقم"])) or "")
    return identifier(country, strip_marks(row["الرقم_المدني"]), today=ask.today, kind=kind)


def subject_of(row: Mapping[str, str], ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """As ``number_of``, and it must be the person asked for; raises ``BackendGarbled`` where it is not."""
    number = number_of(row, ask, kind)
    if (number.country, number.value) != (ask.subject.country, ask.subject.value):
        raise BackendGarbled("backend_wrong_subject")
    return number


def nationality(text: str | None, notes: set[str]) -> str | None:
    """The alpha-2 code of a numeric one; one that is not known is noted."""
    return known_numeric_nationality(code(text), notes)


def address(row: Mapping[str, str]) -> Address | None:
    """The address in the columns of a row."""
    locators = OmanLocators(
        governorate=said(row.get("المحافظة")),
        wilayat=said(row.get("الولاية")),
        area=said(row.get("المنطقة")),
        way=code(row.get("السكة")),
        building=code(row.get("المبنى")),
        unit=code(row.get("الوحدة")),
    )
    return None if locators == _NOWHERE else Address(country=Country.OM, locators=locators)


def noted(notes: set[str], stale: bool, *identifiers: NationalIdentifier | None) -> tuple[str, ...]:
    """The record's notes, with its age and what is to be noted of its identifiers."""
    return flags(notes | {STALE} if stale else notes, *identifiers)
