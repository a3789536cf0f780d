"""Converters of days, months and moments, in the calendar and the writing of the national system."""

import re
from typing import Any, Final, get_args

from pydantic import JsonValue

from gateway.field_map.formats import BadFormat, day_reader, moment_reader, month_reader
from gateway.field_map.kinds import TEXT, Around, BadArgument, Given, HijriDay, Kind, Made, Sort, ZoneDay, plain
from gateway.field_map.scope import Scope, Unfit, Unknown
from gateway.schema.dates import CalendarDate, DayOrder
from gateway.schema.digits import fold_digits, strip_marks

DATES_DISAGREE: Final = "dates_disagree"
"""What is noted where two writings of one day are two days."""

DATE_NOT_CONVERTED: Final = "date_not_converted"
"""What is noted where a Hijri day does not exist in the Umm al-Qura calendar, or lies outside of it."""

ZONE_UNREADABLE: Final = "mrz_unreadable"
"""What is noted where a line of a machine-readable zone is none."""

_ORDERS: Final = get_args(DayOrder)
_SEPARATOR: Final = re.compile(r"[-/.]")
# Line 2 of a travel document of size 1 (ICAO 9303, part 5): birth, check digit, sex, expiry as YYMMDD, and so on.
_ZONE: Final = re.compile(r"[0-9<]{6}[0-9][MFX<]([0-9]{6})[0-9][A-Z<]{3}[A-Z0-9<]{11}[0-9]")


def _date(argument: JsonValue, around: Around) -> Made:
    try:
        read = day_reader(_pattern(argument))
    except BadFormat as problem:
        raise BadArgument("a pattern of a day such as dd/MM/yyyy") from problem
    return lambda value, _: CalendarDate.gregorian(read(value), value), Given(Kind.day)


def _month(argument: JsonValue, around: Around) -> Made:
    try:
        read = month_reader(_pattern(argument))
    except BadFormat as problem:
        raise BadArgument("a pattern of a month such as MM/yyyy") from problem
    return lambda value, _: read(value), Given(Kind.month)


def _datetime(argument: JsonValue, around: Around) -> Made:
    try:
        read = moment_reader(_pattern(argument), around.country.facts.zone)
    except BadFormat as problem:
        raise BadArgument("a pattern of a moment such as dd/MM/yyyy HH:mm:ss or yyyy-MM-ddTHH:mm:ssXXX") from problem
    return lambda value, _: read(value), Given(Kind.moment)


def _hijri_date(argument: JsonValue, around: Around) -> Made:
    if argument not in _ORDERS:
        raise BadArgument(" or ".join(_ORDERS))
    order: DayOrder = argument  # type: ignore[assignment]
    return lambda value, _: HijriDay(value, order), Given(Kind.hijri)


def _pattern(argument: JsonValue) -> str:
    return argument if isinstance(argument, str) else ""


def hijri_day(value: HijriDay, scope: Scope | None = None) -> CalendarDate:
    """The Gregorian day; raises ``Unknown`` where it is written well and there is no such day, else ``Unfit``."""
    try:
        return CalendarDate.hijri(value.written, value.order)
    except ValueError as problem:
        raise _not_converted(value, problem) from problem


def compared(day: CalendarDate, second: Any, notes: set[str]) -> CalendarDate:
    """The day with what a second writing says of it; what disagrees is noted, and neither is mended."""
    if isinstance(second, ZoneDay):
        both = CalendarDate(date=day.date, original=day.original, agrees=second.is_the_day(day.date))
    else:
        both = _hijri_pair(day, second, notes)
    if both.agrees is False:
        notes.add(DATES_DISAGREE)
    return both


def _hijri_pair(day: CalendarDate, second: HijriDay, notes: set[str]) -> CalendarDate:
    try:
        return CalendarDate.pair(gregorian=day.date, hijri=second.written, order=second.order)
    except ValueError as problem:
        refusal = _not_converted(second, problem)
        if not isinstance(refusal, Unknown):
            raise refusal from problem
        notes.add(DATE_NOT_CONVERTED)
        return day


def _not_converted(value: HijriDay, problem: ValueError) -> Unfit:
    parts = _SEPARATOR.split(strip_marks(fold_digits(value.written)).strip())
    if value.order == "dd-MM-yyyy":
        parts.reverse()
    sized = len(parts) == 3 and len(parts[0]) == 4 and all(1 <= len(part) <= 2 for part in parts[1:])
    if sized and all(part.isascii() and part.isdigit() for part in parts):
        return Unknown("is no day of the Umm al-Qura calendar")
    return Unfit("is not written as the pattern says")


def _zone_expiry(value: str, _: Scope) -> ZoneDay:
    found = _ZONE.fullmatch(value)
    if found is None:
        raise Unknown("is no second line of a machine-readable zone")
    return ZoneDay(found[1])


SORTS: Final = {
    "date": Sort(TEXT, "a pattern", _date),
    "month": Sort(TEXT, "a pattern", _month),
    "datetime": Sort(TEXT, "a pattern", _datetime),
    "hijri_date": Sort(TEXT, "dd-MM-yyyy or yyyy-MM-dd", _hijri_date),
    "mrz_expiry": plain(TEXT, _zone_expiry, Kind.zone),
}
