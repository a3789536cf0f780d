"""Small pure conversions that several rooms share, each from a national writing to the shared one."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import phonenumbers

from gateway.errors import InvalidIdentifier
from gateway.schema.country import Country
from gateway.schema.digits import fold_digits
from gateway.schema.identifier import IdentifierKind, NationalIdentifier
from gateway.schema.names import NameParts
from gateway.schema.nationality import ALPHA2_BY_ALPHA3, ALPHA2_BY_NUMERIC

NULL_WORDS = frozenset({"", "null", "nil", "none", "n/a", "-"})


def words(value: object) -> str | None:
    """The text, trimmed; ``None`` for a value that only says that there is none, such as ``"null"``."""
    if not isinstance(value, str) or value.strip().lower() in NULL_WORDS:
        return None
    return value.strip()


def boolean(value: object) -> bool:
    """A truth value, also when it is written out; raises ``ValueError`` for anything else."""
    if isinstance(value, bool):
        return value
    match value.strip().lower() if isinstance(value, str) else None:
        case "true" | "1" | "y" | "yes":
            return True
        case "false" | "0" | "n" | "no":
            return False
    raise ValueError("is neither true nor false")


def comma_slots(value: str | None) -> NameParts | None:
    """A name in comma-separated slots, ``"Ram,,,,ABC,,"``: given name first, family last."""
    slots = [slot.strip() for slot in (value or "").split(",")]
    filled = [slot for slot in slots if slot]
    if not filled:
        return None
    family = filled[-1] if len(filled) > 1 else None
    middle: Sequence[str] = [slot for slot in slots[1:] if slot][:-1]
    father, grandfather = (*middle, None, None)[:2]
    return NameParts.of(slots[0] or None, father, grandfather, family, full=" ".join(filled))


def alpha2(alpha3: str) -> str | None:
    """The alpha-2 code of an ISO 3166-1 alpha-3 code, ``None`` when there is no such country."""
    return ALPHA2_BY_ALPHA3.get(alpha3.strip().upper())


def alpha2_of_numeric(numeric: str | int) -> str | None:
    """The alpha-2 code of an ISO 3166-1 numeric code, with or without its leading zeros."""
    return ALPHA2_BY_NUMERIC.get(str(numeric).strip().zfill(3))


def identifier(country: Country, text: str, *, today: date, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """An identifier that stands in an answer; raises ``ValueError``, for it is not the caller's to mend."""
    try:
        return NationalIdentifier.parse(country, text, today=today, kind=kind)
    except InvalidIdentifier as problem:
        raise ValueError("is no identifier of that state") from problem


@lru_cache(maxsize=4096)
def phone(value: str | None, country: Country) -> str | None:
    """The number in E.164, ``None`` where the text is not a possible number of that state or international."""
    text = fold_digits(value or "").strip()
    dial = country.facts.dial
    if text.startswith(dial[1:]) and len(text) > len(dial) + 6:
        text = f"+{text}"
    try:
        number = phonenumbers.parse(text, country.value)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def decimal(value: str) -> Decimal:
    """A number in Latin or Arabic digits, with ``.`` or ``٫`` before its decimals and ``,`` or ``٬`` between thousands.

    Raises ``ValueError``.
    """
    text = fold_digits(value).strip().replace("٬", "").replace(",", "").replace("٫", ".")
    try:
        number = Decimal(text)
    except InvalidOperation as problem:
        raise ValueError("is not a number") from problem
    if not number.is_finite():
        raise ValueError("is not a number")
    return number
