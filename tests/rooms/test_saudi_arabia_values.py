"""Saudi writings of dates, flags and codes are read as they are, noted where they are doubtful, and never guessed."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.saudi_arabia.hijri import hijri
from adapters.saudi_arabia.operations import VIOLATION
from adapters.saudi_arabia.sandbox_writing import hijri_dmy, hijri_ymd
from adapters.saudi_arabia.soap import Result
from adapters.saudi_arabia.values import counted, day, gregorian_day, nationality, nationality_code, subject_of
from gateway.sdk import BackendGarbled, Country, hijri_to_gregorian
from tests.support.saudi import ABDULLAH, KHALID, MARYAM, ask

HIJRI_DAYS = st.dates(date(1924, 8, 1), date(2077, 11, 16))


@given(HIJRI_DAYS)
def test_the_stand_in_finds_the_hijri_day_of_every_day(which: date) -> None:
    """The way back leads to the same day."""
    assert hijri_to_gregorian(*hijri(which)) == which


@given(HIJRI_DAYS)
def test_a_day_written_in_both_calendars_agrees_in_either_order(which: date) -> None:
    """``dd-MM-yyyy`` on the bus and in ``issueDateHijri``, ``yyyy-MM-dd`` in the other objects of Wathq's answer."""
    notes = set[str]()

    bus = day(which.strftime("%d-%m-%Y"), hijri_dmy(which), notes)
    register = day(which.isoformat(), hijri_ymd(which), notes, order="yyyy-MM-dd", iso=True)

    assert bus
    assert register
    assert (bus.date, bus.agrees, register.date, register.agrees) == (which, True, which, True)
    assert notes == set()


@given(HIJRI_DAYS, st.integers(1, 400))
def test_days_that_differ_are_both_kept_and_noted(which: date, apart: int) -> None:
    """The Gregorian day counts; the Hijri one is kept as it was written."""
    other, notes = min(which + timedelta(days=apart), date(2077, 11, 16)), set[str]()

    read = day(which.strftime("%d-%m-%Y"), hijri_dmy(other), notes)

    assert read
    assert (read.date, read.original, read.agrees) == (which, hijri_dmy(other), which == other)
    assert notes == ({"dates_disagree"} if which != other else set())


@pytest.mark.parametrize(
    ("gregorian", "written", "read", "notes"),
    [
        (None, None, None, set()),
        ("null", "null", None, set()),
        ("", "", None, set()),
        ("05-10-2003", None, date(2003, 10, 5), set()),
        (None, "09-08-1424", date(2003, 10, 5), set()),
        (None, "٠٩-٠٨-١٤٢٤", date(2003, 10, 5), set()),
        ("05-10-2003", "28-07-1424", date(2003, 10, 5), {"dates_disagree"}),
        (None, "30-02-1447", None, {"date_not_converted"}),
        (None, "01-01-1342", None, {"date_not_converted"}),
        (None, "12-13-1424", None, {"date_not_converted"}),
        ("05-10-2003", "12-13-1424", date(2003, 10, 5), {"date_not_converted"}),
        ("05-10-2003", "30-02-1447", date(2003, 10, 5), {"dates_disagree"}),
    ],
)
def test_a_day_is_read_as_far_as_it_is_written(
    gregorian: str | None, written: str | None, read: date | None, notes: set[str]
) -> None:
    """A Hijri day that cannot be converted costs the day and not the record."""
    noted = set[str]()

    found = day(gregorian, written, noted)

    assert (found.date if found else None, noted) == (read, notes)


@pytest.mark.parametrize(
    ("gregorian", "written"),
    [
        ("2003-10-05", None), ("5-10-2003", None), ("31-02-2003", None), ("05-10-03", None), ("05-10", None),
        ("05-10-2003-1", None), ("yesterday", None), (None, "1424-08-09"), (None, "09081424"), (None, "today"),
        ("05-10-2003", "1424-08-09"), ("05-10-2003", "soon"),
    ],
)  # fmt: skip
def test_what_is_not_written_as_a_date_is_an_error(gregorian: str | None, written: str | None) -> None:
    """The other order is another date for one day in three: it is refused and not tried."""
    with pytest.raises(ValueError, match=r"."):
        day(gregorian, written, set())


def test_a_gregorian_day_may_be_in_arabic_digits() -> None:
    """They are folded, as everywhere."""
    assert gregorian_day("٠٥-١٠-٢٠٠٣") == date(2003, 10, 5)


@pytest.mark.parametrize(
    ("country", "code"),
    [("BH", "48"), ("KW", "414"), ("OM", "512"), ("QA", "634"), ("SA", "682"), ("AE", "784")],
)
def test_a_nationality_is_sent_as_a_short_number_and_understood_again(country: str, code: str) -> None:
    """``xs:short`` loses the leading zero of Bahrain, and it is put back."""
    notes = set[str]()

    assert nationality_code(Country(country)) == code
    assert nationality(code, notes) == country
    assert notes == set()


@pytest.mark.parametrize("code", ["999", "0", "-1", "Kuwaiti"])
def test_a_nationality_that_nobody_has_is_noted(code: str) -> None:
    """It is left out, and the record says so."""
    notes = set[str]()

    assert (nationality(code, notes), notes) == (None, {"nationality_unknown"})


@pytest.mark.parametrize("code", [None, "null", ""])
def test_no_nationality_is_nothing_to_note(code: str | None) -> None:
    """The system said that it does not say."""
    notes = set[str]()

    assert (nationality(code, notes), notes) == (None, set())


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"id": KHALID[1]}, KHALID),
        ({"id": "١٠٨٤٢٦٠٢٨٨"}, KHALID),
        ({"id": "1000000016"}, (Country.SA, "1000000016")),
        ({"id": "2190267266"}, (Country.SA, "2190267266")),
        ({"id": ABDULLAH[1], "state": "414"}, ABDULLAH),
        ({"id": MARYAM[1], "state": "48"}, MARYAM),
    ],
)
def test_whom_an_answer_is_about_is_read_out_of_the_answer(fields: dict[str, str], found: tuple[Country, str]) -> None:
    """The number, and the state that issued it where that is not Saudi Arabia."""
    subject = subject_of(fields, "id", "state", ask(KHALID))

    assert (subject.country, subject.value) == found


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"state": "414"},
        {"id": "1000000017"},
        {"id": ABDULLAH[1]},
        {"id": ABDULLAH[1], "state": "48"},
        {"id": ABDULLAH[1], "state": "356"},
        {"id": ABDULLAH[1], "state": "99999"},
        {"id": "108426<!-- -->0288"},
    ],
)
def test_a_number_that_its_state_cannot_have_issued_is_an_error(fields: dict[str, str]) -> None:
    """Neither the check digit nor the state is mended."""
    with pytest.raises((ValueError, KeyError)):
        subject_of(fields, "id", "state", ask(KHALID))


def test_the_kind_that_is_known_of_a_person_is_kept() -> None:
    """Outside Saudi Arabia the number does not say whether it is a citizen's or a resident's; the ask does."""
    asked = ask(ABDULLAH)

    assert subject_of({"id": ABDULLAH[1], "state": "414"}, "id", "state", asked) is asked.subject


def _list(count: str, rows: int, **about: str) -> Result:
    row: Any = {"violationNumber": "1"}
    return Result({"id": KHALID[1], "violationCount": count, **about}, {VIOLATION: (row,) * rows})


def test_a_list_is_believed_when_it_holds_as_many_rows_as_it_says() -> None:
    """An empty one too."""
    for rows in (0, 1, 5):
        assert len(counted(_list(str(rows), rows), VIOLATION, "violationCount", ask(KHALID))) == rows


@pytest.mark.parametrize("count", ["0", "3", "-2", "two", "2.0"])
def test_a_list_of_another_length_than_it_says_is_an_error(count: str) -> None:
    """Something was lost, or was put in."""
    with pytest.raises(ValueError, match=r"."):
        counted(_list(count, 2), VIOLATION, "violationCount", ask(KHALID))


def test_an_empty_list_about_somebody_else_is_not_an_empty_answer() -> None:
    """No record is in it that could be seen to be another person's."""
    with pytest.raises(BackendGarbled) as caught:
        counted(_list("0", 0, id="1000000016"), VIOLATION, "violationCount", ask(KHALID))

    assert caught.value.code == "backend_wrong_subject"
