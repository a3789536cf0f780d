"""A national day is converted by the Umm al-Qura calendar, kept as written, flagged and never mended."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

import pytest
from hijridate import Gregorian
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.schema import CalendarDate, DayOrder, Moment, hijri_to_gregorian

FIRST, LAST = date(1924, 8, 1), date(2077, 11, 16)
CONVERTIBLE: Final = st.dates(FIRST, LAST)
MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(Moment)
ARABIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def hijri_of(day: date) -> str:
    year, month, number = Gregorian(day.year, day.month, day.day).to_hijri().datetuple()
    return f"{number:02}-{month:02}-{year}"


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("14-06-1448", "dd-MM-yyyy", date(2026, 11, 24)),
        ("28-07-1423", "dd-MM-yyyy", date(2002, 10, 5)),
        ("1423-07-28", "yyyy-MM-dd", date(2002, 10, 5)),
        ("28/07/1423", "dd-MM-yyyy", date(2002, 10, 5)),
        ("١٤٤٨/٠٦/١٤", "yyyy-MM-dd", date(2026, 11, 24)),
        ("\u200f١٤/٦/١٤٤٨\u200f", "dd-MM-yyyy", date(2026, 11, 24)),
        ("01-01-1343", "dd-MM-yyyy", FIRST),
        ("30-12-1500", "dd-MM-yyyy", LAST),
    ],
)
def test_a_hijri_day_is_converted_and_kept_as_written(written: str, order: DayOrder, day: date) -> None:
    converted = CalendarDate.hijri(written, order)

    assert converted == CalendarDate(date=day, original=written, calendar="hijri", agrees=None)


@given(CONVERTIBLE)
def test_every_day_of_the_calendar_comes_back_to_itself(day: date) -> None:
    written = hijri_of(day)

    assert CalendarDate.hijri(written).date == day
    assert CalendarDate.hijri("-".join(reversed(written.split("-"))), "yyyy-MM-dd").date == day
    assert CalendarDate.hijri(written.translate(ARABIC)).date == day
    assert type(CalendarDate.hijri(written).date) is date


@pytest.mark.parametrize(
    "written",
    ["30-02-1447", "31-01-1447", "00-01-1447", "01-13-1447", "01-00-1447", "31-12-1342", "01-01-1501", "01-01-0001",
     "01-01-0000", "1447-02-01", "01-02-47", "01-02/1447", "01 02 1447", "", "null", "01-02-1447T00:00", "0" * 10_000],
)  # fmt: skip
def test_a_day_that_is_none_or_out_of_reach_is_a_value_error(written: str) -> None:
    with pytest.raises(ValueError, match=r"Hijri|Umm al-Qura"):
        CalendarDate.hijri(written)


@given(st.text(st.characters(exclude_categories=())) | st.from_regex(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}"))
def test_any_text_is_a_hijri_day_or_a_value_error(text: str) -> None:
    try:
        converted = CalendarDate.hijri(text)
    except ValueError:
        return
    assert FIRST <= converted.date <= LAST


@given(st.integers(-1, 10_000), st.integers(-1, 14), st.integers(-1, 32))
def test_any_three_numbers_are_a_day_or_a_value_error(year: int, month: int, day: int) -> None:
    try:
        converted = hijri_to_gregorian(year, month, day)
    except ValueError:
        return
    assert hijri_of(converted) == f"{day:02}-{month:02}-{year}"


@given(CONVERTIBLE)
def test_a_pair_that_is_one_day_agrees(day: date) -> None:
    pair = CalendarDate.pair(gregorian=day, hijri=hijri_of(day))

    assert pair.agrees is True
    assert (pair.date, pair.calendar, pair.original) == (day, "hijri", hijri_of(day))


@given(CONVERTIBLE, CONVERTIBLE)
def test_a_pair_that_is_two_days_is_flagged_and_both_are_kept(gregorian: date, other: date) -> None:
    pair = CalendarDate.pair(gregorian=gregorian, hijri=hijri_of(other))

    assert pair.agrees is (gregorian == other)
    assert pair.date == gregorian
    assert pair.original == hijri_of(other)


@pytest.mark.parametrize(
    ("gregorian", "hijri", "agrees"),
    [
        (date(2003, 10, 5), "28-07-1424", False),
        (date(2027, 3, 24), "24-09-1446", False),
        (date(2025, 8, 23), "30-02-1447", False),
        (date(1920, 5, 1), "12-08-1338", None),
    ],
)
def test_pairs_as_national_systems_send_them(gregorian: date, hijri: str, agrees: bool | None) -> None:
    assert CalendarDate.pair(gregorian=gregorian, hijri=hijri).agrees is agrees


@pytest.mark.parametrize("hijri", ["", "null", "31-01-1447", "01-13-1447", "2003-10-05"])
def test_a_pair_whose_hijri_half_is_no_date_is_a_value_error(hijri: str) -> None:
    with pytest.raises(ValueError, match="Hijri"):
        CalendarDate.pair(gregorian=date(2003, 10, 5), hijri=hijri)


def test_a_gregorian_day_keeps_how_it_was_written() -> None:
    day = CalendarDate.gregorian(date(1980, 1, 2), "02/01/1980")

    assert day == CalendarDate(date=date(1980, 1, 2), original="02/01/1980", calendar="gregorian", agrees=None)
    assert CalendarDate.gregorian(date(1980, 1, 2)).original is None


@given(CONVERTIBLE, CONVERTIBLE)
def test_a_day_comes_back_from_json_equal(day: date, other: date) -> None:
    for value in (
        CalendarDate.gregorian(day, str(day)),
        CalendarDate.hijri(hijri_of(day)),
        CalendarDate.pair(gregorian=day, hijri=hijri_of(other)),
    ):
        assert CalendarDate.model_validate_json(value.model_dump_json()) == value


@pytest.mark.parametrize(
    "document",
    ['{"date": "2026-02-30"}', '{"date": "2026-11-24T00:00:00Z"}', '{"date": 0}', '{"date": "24/11/2026"}',
     '{"date": "2026-11-24", "calendar": "julian"}', '{"date": "2026-11-24", "agrees": "true"}', "{}"],
)  # fmt: skip
def test_json_that_is_no_day_is_refused(document: str) -> None:
    with pytest.raises(ValidationError):
        CalendarDate.model_validate_json(document)


def test_a_moment_is_told_in_utc() -> None:
    muscat = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=4)))

    moment = MOMENT.validate_python(muscat)

    assert moment == muscat
    assert MOMENT.dump_json(moment) == b'"2026-11-23T21:30:00Z"'
    assert MOMENT.validate_json('"2026-11-24T01:30:00+04:00"') == moment


@given(st.datetimes(timezones=st.timezones()))
def test_any_moment_with_a_zone_is_the_same_in_utc_or_a_value_error(moment: datetime) -> None:
    try:
        told = MOMENT.validate_python(moment)
    except ValueError:
        assert moment.year in (1, 9999)
    else:
        assert told == moment.astimezone(UTC)
        assert told.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "document",
    ['"2026-11-24T01:30:00"', '"2026-11-24T01:30:00+24:00"', '"2026-11-24T23:59:60Z"', '"0001-01-01T00:00:00+04:00"',
     '"2026-13-01T00:00:00Z"', '"null"', '""'],
)  # fmt: skip
def test_naive_and_impossible_moments_are_refused(document: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_json(document)
