"""Bahraini ways of writing values, brought into the words of the shared schema."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, Final

from adapters.bahrain.answers import Json
from gateway.sdk import (
    Address,
    Ask,
    BahrainLocators,
    CalendarDate,
    Country,
    IdentifierKind,
    Money,
    NationalIdentifier,
    PartialText,
    alpha2,
    identifier_of,
)

_DAY: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_MOMENT: Final = re.compile(r"([0-9]{2}/[0-9]{2}/[0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?)")
_MONTH: Final = re.compile(r"(0[1-9]|1[0-2])/([0-9]{4})")
_ZONE: Final = Country.BH.facts.zone
_NOWHERE: Final = BahrainLocators()
_NOTHING: Final[Json] = MappingProxyType({})


def text(fields: Json, name: str) -> str | None:
    """The text of that name; ``None`` where it is missing, null or blank.

    Raises ``ValueError`` for anything else: a number has lost the zeros that it began with.
    """
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value.strip() or None


def need(fields: Json, name: str) -> str:
    """The text of that name; raises ``KeyError`` where there is none."""
    value = text(fields, name)
    if value is None:
        raise KeyError(name)
    return value


def part(fields: Json, name: str) -> Json:
    """The object of that name, empty where there is none; raises ``ValueError``."""
    value = fields.get(name)
    if value is None:
        return _NOTHING
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def rows(fields: Json, name: str) -> Sequence[Json]:
    """The list of objects of that name, empty where there is none; raises ``ValueError``."""
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError(f"{name} is not a list of objects")
    return value


def flag(fields: Json, name: str) -> bool:
    """A truth value; raises ``KeyError`` and ``ValueError``."""
    value = fields[name]
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value


def count(fields: Json, name: str) -> int | None:
    """A whole number; raises ``ValueError``."""
    value = fields.get(name)
    if value is None:
        return None
    return _whole(name, value)


def fils(fields: Json, name: str) -> Money | None:
    """An amount, which comes in fils as a whole number; raises ``ValueError``."""
    value = fields.get(name)
    return None if value is None else Money.from_minor(_whole(name, value), "BHD")


def due_fils(fields: Json, name: str) -> Money:
    """As ``fils``, for an amount that must be there; raises ``KeyError`` too."""
    return Money.from_minor(_whole(name, fields[name]), "BHD")


def words(fields: Json, name: str) -> PartialText | None:
    """The words of that name, ``{"ar", "en"}``."""
    pair = part(fields, name)
    return PartialText.of(text(pair, "ar"), text(pair, "en"))


def needed_words(fields: Json, name: str) -> PartialText:
    """As ``words``, for those that must be there in one language at least; raises ``KeyError``."""
    found = words(fields, name)
    if found is None:
        raise KeyError(name)
    return found


def day(written: str | None) -> CalendarDate | None:
    """A day, written ``dd/MM/yyyy``; raises ``ValueError``."""
    return None if written is None else CalendarDate.gregorian(_day(written), written)


def moment(written: str) -> datetime:
    """A moment of Bahrain's clock, ``dd/MM/yyyy HH:mm:ss``, perhaps with ``.SSS``; raises ``ValueError``."""
    found = _MOMENT.fullmatch(written)
    if found is None:
        raise ValueError("the moment is not written as dd/MM/yyyy HH:mm:ss")
    return datetime.combine(_day(found[1]), time.fromisoformat(found[2]), _ZONE)


def month(written: str) -> str:
    """A month, written ``MM/yyyy``, as ``yyyy-MM``; raises ``ValueError``."""
    found = _MONTH.fullmatch(written)
    if found is None:
        raise ValueError("the month is not written as MM/yyyy")
    return f"{found[2]}-{found[1]}"


def number_of(fields: Json, ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """Whom the answer is about: the ``cpr``, or the ``gcc_id`` of the state that gave it, never both.

    Raises ``KeyError`` and ``ValueError``.
    """
    gulf = part(fields, "gcc_id")
    cpr = text(fields, "cpr")
    if cpr is not None and gulf:
        raise ValueError("has two numbers")
    value = need(gulf, "number") if gulf else need(fields, "cpr")
    country = gulf_state(need(gulf, "country")) if gulf else Country.BH
    return identifier_of(ask, country, value, kind)


def gulf_state(alpha3: str) -> Country:
    """The state of an alpha-3 code; raises ``ValueError`` where it is none of the six."""
    return Country(alpha2(alpha3) or alpha3)


def address(fields: Json) -> Address | None:
    """Flat, building, road and block; the area in Arabic where it is given, else in English."""
    area = words(fields, "area")
    locators = BahrainLocators(
        flat=text(fields, "flat"),
        building=text(fields, "building"),
        road=text(fields, "road"),
        block=text(fields, "block"),
        area=(area.ar or area.en) if area else None,
    )
    return None if locators == _NOWHERE else Address(country=Country.BH, locators=locators)


def _day(written: str) -> date:
    found = _DAY.fullmatch(written)
    if found is None:
        raise ValueError("the day is not written as dd/MM/yyyy")
    return date(int(found[3]), int(found[2]), int(found[1]))


def _whole(name: str, value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is not a whole number")
    return value
