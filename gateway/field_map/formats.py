"""How days, months and moments are written: a pattern of a few letters, compiled to a reader that always ends."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

from gateway.field_map.scope import Unfit, Unknown
from gateway.schema.digits import fold_digits

LETTERS: Final = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "dd": r"(?P<day>[0-9]{2})",
    "d": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "[.SSS]": r"(?:\.(?P<fraction>[0-9]{1,6}))?",
    "XXX": r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})",
}
"""The letters of a pattern, the longest first of those that begin alike; all else stands for itself."""

_TOKEN: Final = re.compile(r"yyyy|MM|M|dd|d|HH|mm|ss|\[\.SSS\]|XXX|T|[-/. :]")
_LONGEST: Final = 40
_DAY: Final = frozenset({"year", "month", "day"})
_CLOCK: Final = frozenset({"hour", "minute", "second", "fraction", "zone"})


class BadFormat(ValueError):
    """A pattern that does not say what it should."""


def day_reader(pattern: str) -> Callable[[str], date]:
    """Reads a day, in Arabic or Latin digits, as ``dd/MM/yyyy``; raises ``BadFormat``.

    The reader raises ``Unknown`` where day or month is written ``00``, as registers do where it is not known, and
    ``Unfit`` where the text is no such day.
    """
    shape = _compile(pattern, _DAY, frozenset())

    def read(text: str) -> date:
        found = _match(shape, text)
        if int(found["day"]) == 0 or int(found["month"]) == 0:
            _possible_but_for_zeros(found)
            raise Unknown("a part of the day is not known")
        return _day(found)

    return read


def month_reader(pattern: str) -> Callable[[str], str]:
    """Reads a month, as ``MM/yyyy``, to ``yyyy-MM``; raises ``BadFormat``, the reader ``Unfit``."""
    shape = _compile(pattern, frozenset({"year", "month"}), frozenset())

    def read(text: str) -> str:
        found = _match(shape, text)
        year, month = int(found["year"]), int(found["month"])
        if not (1 <= month <= 12 and year):
            raise Unfit("is no month")
        return f"{year:04d}-{month:02d}"

    return read


def moment_reader(pattern: str, zone: tzinfo) -> Callable[[str], datetime]:
    """Reads a moment, as ``dd/MM/yyyy HH:mm:ss``, by the clock of ``zone`` unless it says its own (``XXX``)."""
    shape = _compile(pattern, _DAY | {"hour", "minute"}, _CLOCK)

    def read(text: str) -> datetime:
        parts = _match(shape, text).groupdict()
        hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
        micro = int((parts.get("fraction") or "0").ljust(6, "0"))
        try:
            return datetime.combine(_day(parts), time(hour, minute, second, micro), _zone(parts.get("zone"), zone))
        except ValueError as problem:
            raise Unfit("is no moment") from problem

    return read


def day_writer(pattern: str) -> Callable[[date], str]:
    """Writes a day as the pattern says; raises ``BadFormat``."""
    _compile(pattern, _DAY, frozenset())
    tokens = _TOKEN.findall(pattern)

    def write(day: date) -> str:
        parts = {
            "yyyy": f"{day.year:04d}",
            "MM": f"{day.month:02d}",
            "M": str(day.month),
            "dd": f"{day.day:02d}",
            "d": str(day.day),
        }
        return "".join(parts.get(token, token) for token in tokens)

    return write


def _compile(pattern: str, needed: frozenset[str], allowed: frozenset[str]) -> re.Pattern[str]:
    tokens = _TOKEN.findall(pattern)
    if len(pattern) > _LONGEST or "".join(tokens) != pattern:
        raise BadFormat
    try:
        shape = re.compile("".join(LETTERS.get(token) or re.escape(token) for token in tokens))
    except re.error as twice:
        raise BadFormat from twice
    if not needed <= set(shape.groupindex) <= needed | allowed:
        raise BadFormat
    return shape


def _match(shape: re.Pattern[str], text: str) -> re.Match[str]:
    found = shape.fullmatch(fold_digits(text)) if len(text) <= _LONGEST else None
    if found is None:
        raise Unfit("is not written as the pattern says")
    return found


def _possible_but_for_zeros(found: re.Match[str]) -> None:
    if int(found["month"]) > 12 or int(found["day"]) > 31:
        raise Unfit("is no day")


def _day(found: "re.Match[str] | dict[str, str]") -> date:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError as problem:
        raise Unfit("is no day") from problem


def _zone(written: str | None, home: tzinfo) -> tzinfo:
    if written is None:
        return home
    if written == "Z":
        return timezone(timedelta())
    hours, minutes = int(written[1:3]), int(written[4:6])
    if minutes > 59:
        raise Unfit("is no moment")
    return timezone((1 if written[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
