"""Small pure conversions that several rooms share, each from a national writing to the shared one."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

import phonenumbers

from gateway.errors import InvalidIdentifier
from gateway.schema.country import Country
from gateway.schema.digits import fold_digits
from gateway.schema.identifier import IdentifierKind, NationalIdentifier
from gateway.schema.names import NameParts
from gateway.schema.nationality import ALPHA2_BY_ALPHA3, ALPHA2_BY_NUMERIC
from gateway.sdk.adapter import Ask

_SEPARATORS: Final = str.maketrans("", "", " -.()\u00a0\u200e\u200f\u202a\u202c")
# The form that mobile numbers of the six states have; all others are left to the library, which takes longer.
_PLAIN_NUMBER: Final = re.compile(r"\+(?:97[34]|96[58])[1-9][0-9]{7}|\+9(?:66|71)5[0-9]{8}")
_POINTS: Final = str.maketrans({"٫": ".", "٬": ","})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,30})(?:\.[0-9]{1,30})?")

NULL_WORDS: Final = frozenset({"", "null", "nil", "none", "n/a", "-"})


def words(value: object) -> str | None:
    """The text, trimmed; ``None`` for a value that only says that there is none, such as ``"null"``."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    return None if text.lower() in NULL_WORDS else text


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
    """A name in comma-separated slots, ``"Ram,,,,ABC,,"``: given, father's, grandfather's, one unused, family name.

    ``None`` when every slot is empty. An empty slot stays empty: no name moves into the place of another, and a
    text without commas is a whole name.
    """
    slots = [slot.strip() for slot in (value or "").split(",")]
    if len(slots) == 1:
        return NameParts.of(full=slots[0])
    given, father, grandfather, _, family = (*slots, "", "", "", "", "")[:5]
    return NameParts.of(given, father, grandfather, family, full=" ".join(slot for slot in slots if slot))


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


def identifier_of(ask: Ask, country: Country, value: str, kind: IdentifierKind | None = None) -> NationalIdentifier:
    """As ``identifier``, for one that is mostly the asker's own, which is known to be good."""
    if (country, value) == (ask.subject.country, ask.subject.value) and kind in (None, ask.subject.kind):
        return ask.subject
    return identifier(country, value, today=ask.today, kind=kind)


def phone(value: str | None, country: Country) -> str | None:
    """The number in E.164, ``None`` where the text is not a possible number of that state or international."""
    text = fold_digits(value or "").translate(_SEPARATORS)
    dial = country.facts.dial
    if text.startswith(dial[1:]) and len(text) > len(dial) + 6:
        text = f"+{text}"
    if text.startswith(dial) and _PLAIN_NUMBER.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, country.value)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def decimal(value: str) -> Decimal:
    """A number in Latin or Arabic digits, with ``.`` or ``٫`` before its decimals and ``,`` or ``٬`` between thousands.

    Raises ``ValueError``, also where a comma does not stand before three digits: it may be meant for the decimals.
    """
    text = fold_digits(value).strip().translate(_POINTS)
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number")
    return Decimal(text.replace(",", ""))
