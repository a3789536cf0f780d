"""Days and moments, with the national writing of a day kept beside the converted one."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal, Self

from hijridate import Hijri
from pydantic import AfterValidator, AwareDatetime, Field

from gateway.schema.base import Frozen
from gateway.schema.digits import fold_digits, strip_marks
from gateway.schema.text import Words

Day = date
"""A Gregorian day, under a name that a field called `date` does not hide."""

DayOrder = Literal["dd-MM-yyyy", "yyyy-MM-dd"]
"""In which order a Hijri date is written; ``-``, ``/`` or ``.`` may stand between the parts."""

_SHAPES: Final[dict[DayOrder, re.Pattern[str]]] = {
    "dd-MM-yyyy": re.compile(r"(?P<day>[0-9]{1,2})([-/.])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{4})"),
    "yyyy-MM-dd": re.compile(r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})"),
}
_LONGEST: Final = 40


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the moment is outside the years 1 to 9999") from error


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment that knows its zone, brought to UTC; RFC 3339 in JSON. A naive one is refused."""


class CalendarDate(Frozen):
    """A day in the Gregorian calendar, with the national system's own writing of it.

    `calendar` is the calendar of `original`. Hijri days are converted by the Umm al-Qura calendar (hijridate),
    which reaches from 1343 to 1500 AH (1 August 1924 to 16 November 2077). Where the national system gave both
    days, `date` is its Gregorian one and `agrees` says whether its Hijri day is the same; neither is mended.
    """

    date: Day = Field(description="Gregorian day, ISO 8601")
    original: Words | None = Field(default=None, description="The day as the national system wrote it")
    calendar: Literal["gregorian", "hijri"] = Field(default="gregorian", description="Calendar of `original`")
    agrees: bool | None = Field(
        default=None,
        description="Whether the two days that the national system gave are the same; null when it gave one, or "
        "when the Hijri day is outside 1343 to 1500 AH",
    )

    @classmethod
    def gregorian(cls, day: Day, original: str | None = None) -> Self:
        """The Gregorian ``day``, written ``original`` by the national system."""
        return cls(date=day, original=original)

    @classmethod
    def hijri(cls, original: str, order: DayOrder = "dd-MM-yyyy") -> Self:
        """The day that ``original`` writes in the Umm al-Qura calendar, in Arabic or Latin digits.

        Raises ``ValueError`` when it is not a date of that shape, no such day exists or it is outside 1343 to
        1500 AH.
        """
        return cls(date=hijri_to_gregorian(*_parts(original, order)), original=original, calendar="hijri")

    @classmethod
    def pair(cls, *, gregorian: Day, hijri: str, order: DayOrder = "dd-MM-yyyy") -> Self:
        """The day that a national system gave twice; ``gregorian`` counts, ``hijri`` is kept as its original.

        ``agrees`` is False when the Hijri day is another one or does not exist in the Umm al-Qura calendar, None
        when it is outside 1343 to 1500 AH. Raises ``ValueError`` when ``hijri`` is not a date of that shape.
        """
        return cls(date=gregorian, original=hijri, calendar="hijri", agrees=_agrees(gregorian, *_parts(hijri, order)))


def hijri_to_gregorian(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Hijri one, by the Umm al-Qura calendar; ``ValueError`` when there is none."""
    try:
        return date(*Hijri(year, month, day).to_gregorian().datetuple())
    except OverflowError as error:
        raise ValueError("the Hijri date is outside 1343 to 1500 AH") from error
    except ValueError as error:
        raise ValueError("there is no such day in the Umm al-Qura calendar") from error


def _parts(text: str, order: DayOrder) -> tuple[int, int, int]:
    found = _SHAPES[order].fullmatch(strip_marks(fold_digits(text)).strip()) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"the Hijri date is not written as {order}")
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError("no Hijri date has such a month or day")
    return year, month, day


def _agrees(gregorian: date, year: int, month: int, day: int) -> bool | None:
    if not 1343 <= year <= 1500:
        return None
    try:
        return hijri_to_gregorian(year, month, day) == gregorian
    except ValueError:
        return False
