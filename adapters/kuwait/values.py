"""Kuwaiti ways of writing values, brought into the words of the shared schema."""

import re
from datetime import date, datetime

from adapters.kuwait.contracts import Fields
from gateway.sdk import (
    ALPHA2_BY_NUMERIC,
    Address,
    Ask,
    CalendarDate,
    Country,
    IdentifierKind,
    KuwaitLocators,
    Money,
    NationalIdentifier,
    PartialText,
    alpha2_of_numeric,
    identifier_of,
)

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?")
_ITEM = re.compile(r"(?:[A-Z][a-z0-9]*)+")
_NO_DAY = date.min
_NUMERIC = {alpha2: numeric for numeric, alpha2 in ALPHA2_BY_NUMERIC.items()}
_ZONE = Country.KW.facts.zone


def is_visitor(fields: Fields) -> bool:
    """Whether the number in the answer is that of another Gulf state."""
    match fields.need("IDType"):
        case "1":
            return False
        case "2":
            return True
    raise ValueError("is no kind of number")


def number_of(fields: Fields, ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """Whom the answer is about: ``CivilID``, issued by Kuwait or by the state in ``GccNationality``.

    Raises ``KeyError`` and ``ValueError``.
    """
    value = fields.need("CivilID")
    country = gulf_state(fields.need("GccNationality")) if is_visitor(fields) else Country.KW
    return identifier_of(ask, country, value, kind)


def gulf_state(code: str) -> Country:
    """The state of a numeric code; raises ``ValueError`` where it is none of the six."""
    return Country(alpha2_of_numeric(code) or code)


def numeric_of(country: str) -> str:
    """The numeric code of an alpha-2 one; what is no code of a country stays as it is, for the agency to judge."""
    return _NUMERIC.get(country, country)


def moment(text: str) -> datetime:
    """A moment of Kuwait's clock, which the writing does not say; raises ``ValueError``."""
    if not _MOMENT.fullmatch(text):
        raise ValueError("the moment is not written as yyyy-MM-ddTHH:mm:ss")
    return datetime.fromisoformat(text).replace(tzinfo=_ZONE)


def instant(text: str) -> datetime:
    """As ``moment``, of the messages in which .NET writes up to seven decimals of a second; raises ``ValueError``."""
    if not _INSTANT.fullmatch(text):
        raise ValueError("the moment is not written as yyyy-MM-ddTHH:mm:ss.fffffff")
    return datetime.fromisoformat(text).replace(tzinfo=_ZONE)


def midnight(day: str) -> str:
    """A day of the form 2026-01-31 as Kuwait writes it."""
    return f"{day}T00:00:00"


def item_name(code: str) -> str:
    """``SalaryCertificate``, as something that is wanted is called in the shared schema; raises ``ValueError``."""
    if not _ITEM.fullmatch(code):
        raise ValueError("is no code of an item")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", code).lower()


def item_code(name: str) -> str:
    """``salary_certificate``, as the agencies call it."""
    return "".join(part.capitalize() for part in name.split("_"))


def day(text: str | None) -> CalendarDate | None:
    """A day, written as its midnight; the first day of the year 1, .NET's empty date, is none."""
    if text is None:
        return None
    read = moment(text).date()
    return None if read == _NO_DAY else CalendarDate.gregorian(read, text)


def dinars(text: str) -> Money:
    """An amount in Kuwaiti dinars, ``250.500``; raises ``ValueError``."""
    return Money.of(text, "KWD")


def count(text: str | None) -> int | None:
    """A whole number of at most nine digits; raises ``ValueError``."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("is not a whole number")
    return int(text)


def both(fields: Fields, stem: str) -> PartialText | None:
    """The words in the members ``<stem>Ar`` and ``<stem>En``."""
    return PartialText.of(fields.text(f"{stem}Ar"), fields.text(f"{stem}En"))


def needed(fields: Fields, stem: str) -> PartialText:
    """As ``both``, for words that must be there in one language at least; raises ``KeyError``."""
    found = both(fields, stem)
    if found is None:
        raise KeyError(stem)
    return found


def address(fields: Fields | None) -> Address | None:
    """An address of Kuwait; ``Governerate`` is how the national system spells it."""
    if fields is None:
        return None
    locators = KuwaitLocators(
        governorate=fields.text("Governerate"),
        area=fields.text("Area"),
        block=fields.text("BlockNumber"),
        street=fields.text("StreetName"),
        building=fields.text("BuildingNumber"),
        floor=fields.text("FloorNumber"),
        unit=fields.text("UnitNumber"),
        paci_number=fields.text("PaciBuildingNumber"),
    )
    return None if locators == _NOWHERE else Address(country=Country.KW, locators=locators)


_NOWHERE = KuwaitLocators()
