"""Converters of numbers, amounts, codes, states and identifiers."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, cast

from pydantic import JsonValue

from gateway.field_map.kinds import JSON, TEXT, Around, BadArgument, Given, Kind, Made, Sort, Value, plain
from gateway.field_map.scope import LONGEST_TEXT, Scope, Unfit, Unknown
from gateway.field_map.text_converters import text
from gateway.schema.country import DECIMALS, Country, Currency
from gateway.schema.money import Money
from gateway.schema.nationality import ALPHA2_BY_ALPHA3
from gateway.sdk.converters import alpha2, alpha2_of_numeric, boolean, decimal, identifier_of, phone

OTHERWISE: Final = "*"
"""The key of a table for every word that it does not name."""

_NUMBERS: Final = frozenset({Kind.whole, Kind.number})
_ALPHA2: Final = frozenset(ALPHA2_BY_ALPHA3.values())
_MILLIONTH: Final = Decimal("0.000001")
_LARGEST_SHIFT: Final = 6
_HOME: Final = "home"
_FILS: Final = frozenset({"BHD", "KWD", "AED"})


def whole(value: Any, scope: Scope | None = None) -> int:
    """A whole JSON number that is not negative."""
    if type(value) is not int or value < 0:
        raise Unfit("is not a whole number")
    return value


def number(value: Any, scope: Scope | None = None) -> Decimal:
    """A number, a JSON one exactly as it was written, or written in a text in Latin or Arabic digits."""
    if type(value) is int or isinstance(value, Decimal):
        return Decimal(value)
    if type(value) is not str or len(value) > LONGEST_TEXT:
        raise Unfit("is not a number")
    try:
        return decimal(value)
    except ValueError as problem:
        raise Unfit("is not a number") from problem


def truth(value: Any, scope: Scope | None = None) -> bool:
    """A JSON truth value."""
    if type(value) is not bool:
        raise Unfit("is neither true nor false")
    return value


def key_of(value: Any) -> str | None:
    """A code as the key of a table: text trimmed, a whole number as it is written, ``true`` and ``false``."""
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) is int else text(value)


def _boolean(value: Any, _: Scope) -> bool:
    try:
        return boolean(value)
    except ValueError as problem:
        raise Unfit("is neither true nor false") from problem


def _code(argument: JsonValue, around: Around) -> Made:
    if isinstance(argument, str) and argument in around.tables:
        table: Mapping[str, Value] = around.tables[argument]
    elif isinstance(argument, dict) and argument and all(isinstance(each, str | bool) for each in argument.values()):
        table = cast("dict[str, Value]", argument)
    else:
        raise BadArgument("the name of one of the map's tables, or a table such as {code = {PAID = 'paid'}}")
    others = table.get(OTHERWISE)

    def code(value: Any, _: Scope) -> Value | None:
        key = key_of(value)
        if key is None:
            return None
        found = table.get(key, others)
        if found is None:
            raise Unknown("is a code that is on no list")
        return None if found == "" else found

    return code, Given(Kind.code, frozenset(table.values()) - {""})


def _money(argument: JsonValue, around: Around) -> Made:
    form, _, told = (argument if isinstance(argument, str) else "").partition(":")
    currency = cast("Currency", told or around.country.facts.currency)
    if form not in ("fils", "minor", "decimal") or currency not in DECIMALS:
        raise BadArgument("fils, minor or decimal, perhaps with a currency: decimal:SAR")
    if form == "fils" and currency not in _FILS:
        raise BadArgument(f"minor or decimal: {currency} has no fils")
    if form == "decimal":
        return lambda value, _: Money.of(_not_negative(number(value)), currency), Given(Kind.money)
    return lambda value, _: Money.from_minor(whole(value), currency), Given(Kind.money)


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise Unfit("is an amount below nothing")
    return value


def _scale(argument: JsonValue, around: Around) -> Made:
    shifts = {str(each): each for each in range(-_LARGEST_SHIFT, _LARGEST_SHIFT + 1) if each}
    if not isinstance(argument, str) or argument not in shifts:
        raise BadArgument("by how many places the decimal point moves, -6 to 6: -2 makes hundredths whole")
    by = shifts[argument]
    return lambda value, _: Decimal(value).scaleb(by), Given(Kind.number)


def _percent_of(argument: JsonValue, around: Around) -> Made:
    if not isinstance(argument, str):
        raise BadArgument("the path of the whole")
    get = around.getter(argument)

    def percent_of(value: int | Decimal, scope: Scope) -> Decimal | None:
        given = get(scope.root, scope)
        whole_of = None if given is None else number(given)
        if not whole_of:
            return None
        percent = Decimal(value) * 100 / whole_of
        exact = int(percent.as_tuple().exponent) >= -_LARGEST_SHIFT
        return percent if exact else percent.quantize(_MILLIONTH, ROUND_HALF_EVEN)

    return percent_of, Given(Kind.number)


def _phone(argument: JsonValue, around: Around) -> Made:
    """Of which state a number is where none is written: this one's, another's, or that of the person's own number."""
    if argument not in (None, _HOME, *Country.__members__):
        raise BadArgument("nothing, a state such as OM, or home for that of the person's number")
    told = around.country if argument is None else None if argument == _HOME else Country(str(argument))

    def read(value: str, scope: Scope) -> str:
        found = phone(value, told or scope.ask.subject.country) if len(value) <= 64 else None
        if found is None:
            raise Unknown("is no telephone number")
        return found

    return read, Given(Kind.phone)


def _alpha2(value: str, _: Scope) -> str:
    code = value.upper()
    if code not in _ALPHA2:
        raise Unknown("is no state of ISO 3166-1")
    return code


def _alpha3(value: str, _: Scope) -> str:
    return _state(alpha2(value))


def _numeric(value: Any, _: Scope) -> str:
    return _state(alpha2_of_numeric(value if type(value) is int else text(value) or ""))


def _state(code: str | None) -> str:
    if code is None:
        raise Unknown("is no state of ISO 3166-1")
    return code


def gulf(value: str, scope: Scope | None = None) -> Country:
    """One of the six states."""
    if value not in Country.__members__:
        raise Unknown("is none of the six states")
    return Country(value)


def _identifier(argument: JsonValue, around: Around) -> Made:
    if argument is not None:
        raise BadArgument("nothing behind its name")
    country = around.country
    return lambda value, scope: identifier_of(scope.ask, country, value), Given(Kind.identifier)


SORTS: Final = {
    "whole": plain(JSON, whole, Kind.whole),
    "number": plain(JSON | TEXT, number, Kind.number),
    "boolean": plain(JSON, _boolean, Kind.boolean),
    "code": Sort(JSON | TEXT | {Kind.nationality, Kind.country}, "a table or the name of one", _code),
    "money": Sort(JSON | TEXT | _NUMBERS, "fils, minor or decimal, and a currency", _money),
    "scale": Sort(_NUMBERS, "how many places", _scale),
    "percent_of": Sort(_NUMBERS, "a path", _percent_of),
    "phone": Sort(TEXT, "nothing, a state or home", _phone),
    "alpha2": plain(TEXT, _alpha2, Kind.nationality),
    "alpha3": plain(TEXT, _alpha3, Kind.nationality),
    "numeric": plain(JSON | TEXT, _numeric, Kind.nationality),
    "gulf": plain(TEXT | {Kind.nationality}, gulf, Kind.country),
    "identifier": Sort(TEXT, "", _identifier),
}
