"""Qatari ways of writing values, brought into the words of the shared schema."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from adapters.qatar.messages import Fields
from gateway.sdk import (
    ALPHA2_BY_ALPHA3,
    Address,
    Ask,
    CalendarDate,
    Country,
    IdentifierKind,
    Money,
    NationalIdentifier,
    PartialText,
    QatarLocators,
    fold_digits,
    identifier_of,
)

CITIZENSHIP: Final = Country.QA.facts.alpha3

_DAY: Final = re.compile(r"([0-9]{2})-([A-Za-z]{3})-([0-9]{4})")
_MONTH: Final = re.compile(r"([A-Za-z]{3})-([0-9]{4})")
_TIME: Final = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})")
# Digits in threes, or none apart: a comma that stood for the decimals would otherwise multiply by a hundred.
_AMOUNT: Final = re.compile(r"(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,2})?")
_MILLISECONDS: Final = re.compile(r"[0-9]{0,3}")
_ITEM: Final = re.compile(r"[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)*")
_ARABIC: Final = str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩٬٫")
_ALPHA3: Final = {alpha2: alpha3 for alpha3, alpha2 in ALPHA2_BY_ALPHA3.items()}
_NAMES: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS: Final = {name: place for place, name in enumerate(_NAMES, start=1)}
_STATES: Final = {country.facts.alpha3: country for country in Country}
_NOWHERE: Final = QatarLocators()
_ZONE: Final = Country.QA.facts.zone


def is_visitor(identity: Fields) -> bool:
    """Whether the number is that of another Gulf state."""
    match identity.need_attribute("type"):
        case "QID":
            return False
        case "GCC":
            return True
    raise ValueError("is no kind of number")


def number_of(identity: Fields, ask: Ask, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """Whom an answer is about: a QID, or a number of the Gulf state that ``nationality`` names.

    Raises ``KeyError`` and ``ValueError``.
    """
    country, value = whose(identity)
    return identifier_of(ask, country, value, kind)


def whose(identity: Fields) -> tuple[Country, str]:
    """The state that issued a number, and the number; raises ``KeyError`` and ``ValueError``."""
    value = fold_digits(identity.need("number"))
    return gulf_state(identity.need("nationality")) if is_visitor(identity) else Country.QA, value


def kind_of(identity: Fields) -> IdentifierKind | None:
    """Whose number it is, as far as the nationality tells."""
    citizenship = identity.text("nationality")
    if citizenship is None:
        return None
    resident = citizenship != CITIZENSHIP and not is_visitor(identity)
    return IdentifierKind.resident_id if resident else IdentifierKind.national_id


def gulf_state(code: str) -> Country:
    """The state of an alpha-3 code; raises ``ValueError`` where it is none of the six."""
    state = _STATES.get(code)
    if state is None:
        raise ValueError("is no state of the Gulf")
    return state


def day(text: str | None) -> CalendarDate | None:
    """A day such as ``18-Dec-1993``, also with Arabic digits; raises ``ValueError``."""
    return None if text is None else CalendarDate.gregorian(_date(text), text)


def moment(on: str, at: str) -> datetime:
    """A day and a time on Qatar's clock; raises ``ValueError``."""
    found = _TIME.fullmatch(fold_digits(at))
    if found is None:
        raise ValueError("is no time of day")
    hour, minute, second = map(int, found.groups())
    return datetime.combine(_date(on), time(hour, minute, second), _ZONE)


def instant(on: str, at: str) -> datetime:
    """As ``moment``, where the time may have up to three decimals of a second; raises ``ValueError``."""
    whole, _, decimals = fold_digits(at).replace("٫", ".").partition(".")
    if not _MILLISECONDS.fullmatch(decimals):
        raise ValueError("is no time of day")
    return moment(on, whole) + timedelta(milliseconds=int(decimals.ljust(3, "0")))


def written_day(day: str) -> str:
    """A day of the form 2026-01-31 as Qatar writes it, ``31-Jan-2026``."""
    read = date.fromisoformat(day)
    return f"{read.day:02d}-{_NAMES[read.month - 1].capitalize()}-{read.year:04d}"


def written_amount(amount: str) -> str:
    """``1250.5`` as ``١٬٢٥٠٫٥٠``; a third decimal, which riyals do not have, stays for the agency to judge."""
    exact = Decimal(amount)
    decimals = 2 if exact == round(exact, 2) else 3
    return f"{exact:,.{decimals}f}".translate(_ARABIC)


def alpha3_of(country: str) -> str:
    """The alpha-3 code of an alpha-2 one; what is no code of a country stays as it is, for the agency to judge."""
    return _ALPHA3.get(country, country)


def item_name(name: str) -> str:
    """``salaryCertificate``, as something that is wanted is called in the shared schema; raises ``ValueError``."""
    if not is_item(name):
        raise ValueError("is no name of an item")
    return re.sub(r"(?=[A-Z])", "_", name).lower()


def is_item(name: str) -> bool:
    """Whether something can be called so in the agencies' words."""
    return _ITEM.fullmatch(name) is not None


def month(text: str) -> str:
    """``Jan-2024`` as ``2024-01``; raises ``ValueError``."""
    found = _MONTH.fullmatch(fold_digits(text))
    if found is None:
        raise ValueError("is no month")
    return f"{found[2]}-{_month(found[1]):02d}"


def riyals(fields: Fields, name: str) -> Money | None:
    """An amount such as ``١٬٠٠٠٫٠٠`` in Qatari riyals; raises ``ValueError``, also for another currency."""
    text = fields.text(name)
    if text is None:
        return None
    if fields.attribute_of(name, "currency") != "QAR":
        raise ValueError("is not in riyals")
    plain = fold_digits(text).replace("٬", ",").replace("٫", ".")
    if _AMOUNT.fullmatch(plain) is None:
        raise ValueError("is no amount")
    return Money.of(plain.replace(",", ""), "QAR")


def need_riyals(fields: Fields, name: str) -> Money:
    """As ``riyals``, for an amount that must be there; raises ``KeyError``."""
    amount = riyals(fields, name)
    if amount is None:
        raise KeyError(name)
    return amount


def count(text: str | None) -> int | None:
    """A whole number of at most nine digits; raises ``ValueError``."""
    if text is None:
        return None
    plain = fold_digits(text)
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise ValueError("is not a whole number")
    return int(plain)


def both(fields: Fields | None) -> PartialText | None:
    """Words in English and, where they are given, in Arabic."""
    return None if fields is None else PartialText.of(fields.text("ar"), fields.text("en"))


def needed(fields: Fields, name: str) -> PartialText:
    """As ``both``, for words that must be there in one language at least; raises ``KeyError``."""
    found = both(fields.part(name))
    if found is None:
        raise KeyError(name)
    return found


def address(fields: Fields | None) -> Address | None:
    """The three numbers of the blue plate, digits folded; the line keeps them as they came."""
    if fields is None:
        return None
    line = fields.text("line")
    plate = QatarLocators(
        zone=_plain(fields, "zone"), street=_plain(fields, "street"), building=_plain(fields, "building")
    )
    locators = None if plate == _NOWHERE else plate
    if locators is None and line is None:
        return None
    return Address(country=Country.QA, lines=(line,) if line else (), locators=locators)


def _plain(fields: Fields, name: str) -> str | None:
    text = fields.text(name)
    return None if text is None else fold_digits(text)


def _date(text: str) -> date:
    found = _DAY.fullmatch(fold_digits(text))
    if found is None:
        raise ValueError("is no day")
    return date(int(found[3]), _month(found[2]), int(found[1]))


def _month(name: str) -> int:
    number = _MONTHS.get(name.upper())
    if number is None:
        raise ValueError("is no month")
    return number
