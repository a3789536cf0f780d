"""Gregorian days in the Umm al-Qura calendar, which the Saudi bus expects them in."""

from datetime import date
from functools import cache, lru_cache

from gateway.sdk import hijri_to_gregorian

FIRST_YEAR, LAST_YEAR = 1343, 1500
"""The Hijri years that the calendar is known for."""

FIRST_DAY, LAST_DAY = date(1924, 8, 1), date(2077, 11, 16)
"""The first day of the first of them, and the last day of the last."""

_EPOCH = date(622, 7, 16)
_MEAN_YEAR = 354.36708


def written_hijri(day: date) -> str | None:
    """The day as ``dd-MM-yyyy``, ``None`` where it lies outside the calendar."""
    try:
        return "{2:02d}-{1:02d}-{0}".format(*hijri(day))
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def hijri(day: date) -> tuple[int, int, int]:
    """Year, month and day, found from the first days of the months; raises ``ValueError`` outside the calendar."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("the day lies outside 1343 to 1500 AH")
    year = int((day - _EPOCH).days / _MEAN_YEAR) + 1
    near = range(max(year - 1, FIRST_YEAR), min(year + 1, LAST_YEAR) + 1)
    first, found, month = max(each for one in near for each in _first_days(one) if each[0] <= day)
    return found, month, (day - first).days + 1


@cache
def _first_days(year: int) -> tuple[tuple[date, int, int], ...]:
    """The first day of each month of a Hijri year, with year and month."""
    return tuple((hijri_to_gregorian(year, month, 1), year, month) for month in range(1, 13))
