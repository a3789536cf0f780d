"""Emirati ways of writing values, brought into the words of the shared schema."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gateway.sdk import (
    Address,
    Ask,
    BackendGarbled,
    CalendarDate,
    Country,
    EmiratesLocators,
    IdentifierKind,
    Money,
    NameParts,
    NationalIdentifier,
    PartialText,
    alpha2,
    comma_slots,
    identifier_of,
    words,
)

STATUS_UNKNOWN = "status_unknown"


def number_of(document: Mapping[str, Any], ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """Whom the answer is about: ``idn``, an Emirates ID with or without hyphens, or a home number of the Gulf.

    Raises ``KeyError`` and ``ValueError``.
    """
    country = Country(alpha2(document["idnIssuer"]) or document["idnIssuer"])
    return identifier_of(ask, country, document["idn"].replace("-", ""), kind)


def subject_of(document: Mapping[str, Any], ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """As ``number_of``, and it must be the person asked for: an empty list of somebody else's says nothing.

    Raises ``BackendGarbled`` where it is not.
    """
    number = number_of(document, ask, kind)
    if (number.country, number.value) != (ask.subject.country, ask.subject.value):
        raise BackendGarbled("backend_wrong_subject")
    return number


def slots(value: object) -> NameParts | None:
    """A name in comma-separated slots: given, father's, grandfather's, one that is never used, family name.

    Blanks around a slot are the bus's own. A text without commas is a whole name and is not taken apart.
    """
    return comma_slots(value) if isinstance(value, str) else None


def moment(text: str) -> datetime:
    """A moment with its zone, ``2026-05-17T11:58:00+04:00``; raises ``ValueError`` where the zone is missing."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("the moment has no zone")
    return read


def day(value: object) -> CalendarDate | None:
    """A day as ISO 8601 writes it; raises ``ValueError``."""
    text = words(value)
    return CalendarDate.gregorian(date.fromisoformat(text), text) if text else None


def dirhams(value: object) -> Money:
    """An amount in dirhams, ``"1000.00"``; raises ``ValueError`` for a number that is not written as text."""
    if not isinstance(value, str):
        raise ValueError("an amount is written as text")
    return Money.of(value, "AED")


def text(document: Mapping[str, Any], stem: str) -> PartialText | None:
    """The words in the members ``<stem>AR`` and ``<stem>EN``."""
    return PartialText.of(words(document.get(f"{stem}AR")), words(document.get(f"{stem}EN")))


def needed(document: Mapping[str, Any], stem: str) -> PartialText:
    """As ``text``, for words that must be there in one language at least; raises ``KeyError``."""
    found = text(document, stem)
    if found is None:
        raise KeyError(stem)
    return found


def address(document: Mapping[str, Any] | None) -> Address | None:
    """An address of the Emirates; postal code ``00000`` is a filler, for there are none."""
    if not document:
        return None
    parts = [words(document.get(name)) for name in ("emirate", "area", "street", "poBox", "makaniNo")]
    if not any(parts):
        return None
    emirate, area, street, po_box, makani = parts
    locators = EmiratesLocators(emirate=emirate, area=area, street=street, po_box=po_box, makani=makani)
    return Address(country=Country.AE, locators=locators)
