"""A file of Oman is believed whole or not at all, and its values are read as they are written there."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.oman import sandbox_files as files
from adapters.oman.batch_file import read_file
from adapters.oman.batches import Answer
from adapters.oman.commercial_registration import OmanCommercialRegistration
from adapters.oman.identity_verification import OmanIdentity
from adapters.oman.national import OmanSystem
from adapters.oman.pension_contributions import OmanPensionContributions
from adapters.oman.traffic_fines import OmanTrafficFines
from adapters.oman.values import day, moment, nationality, period, rials
from gateway.sdk import BackendError, BackendGarbled, Country, Lookup, fold_digits
from gateway.sdk.sandbox import population
from tests.support.oman import NOW, OMANI, ask

HEADING = "HDR;ROP-CS;24/11/2026 13:00:00;1.0"
ADAPTERS: tuple[type[Lookup[OmanSystem, Answer]], ...] = (
    OmanIdentity,
    OmanTrafficFines,
    OmanCommercialRegistration,
    OmanPensionContributions,
)
PEOPLE = population(Country.OM)


def text_of(*lines: str) -> bytes:
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


@pytest.mark.parametrize("end", ["END;1", "END;١", "END; 1 "])
def test_a_whole_file_is_read_with_its_moment_in_utc(end: str) -> None:
    file = read_file(text_of(HEADING, "COL;أ;ب", "ROW;1;2", end), "ROP-CS")

    assert file.as_of == NOW
    assert file.rows == ({"أ": "1", "ب": "2"},)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (HEADING,),
        (HEADING, "COL;أ", "ROW;1"),
        (HEADING, "COL;أ", "ROW;1", "END"),
        (HEADING, "COL;أ", "ROW;1", "END;2"),
        (HEADING, "COL;أ", "ROW;1", "END;-1"),
        (HEADING, "COL;أ", "ROW;1", "END;1", "END;1"),
        (HEADING, "ROW;1", "COL;أ", "END;1"),
        (HEADING, "COL;أ", "COL;أ", "END;0"),
        (HEADING, "COL;أ;أ", "ROW;1;2", "END;1"),
        (HEADING, "COL;أ", "ROW;1;2", "END;1"),
        (HEADING, "COL", "END;0"),
        (HEADING, "ERR;NF001;-", "END;1"),
        (HEADING, "ERR;NF001;-", "ROW;1", "END;1"),
        (HEADING, "ERR;NF001", "END;0"),
        (HEADING, "ERR;ZZ001;-", "END;0"),
        ("HDR;ROP-TR;24/11/2026 13:00:00;1.0", "COL;أ", "END;0"),
        ("HDR;ROP-CS;24/11/2026 13:00:00;2.0", "COL;أ", "END;0"),
        ("HDR;ROP-CS;2026-11-24T13:00:00;1.0", "COL;أ", "END;0"),
        ("HDR;ROP-CS;24/11/2026 13:00:00", "COL;أ", "END;0"),
    ],
)
def test_a_file_with_anything_out_of_place_is_not_believed(lines: tuple[str, ...]) -> None:
    with pytest.raises((BackendGarbled, ValueError)):
        read_file(text_of(*lines), "ROP-CS")


@given(st.integers(min_value=0, max_value=10_000))
def test_a_file_that_was_cut_anywhere_is_noticed(place: int) -> None:
    pen = files.Pen("0")
    whole = files.file("ROP-TR", NOW, files.fines(PEOPLE.fines(OMANI[1]), PEOPLE, pen), pen).rstrip()

    with pytest.raises((BackendGarbled, ValueError)):
        read_file(whole[: place % len(whole)], "ROP-TR")


@pytest.mark.parametrize("text", ["12.500", "12٫500", "١٢٫٥٠٠", "١٢.٥٠٠", "\u200f12٫500"])
def test_rials_are_read_in_every_writing(text: str) -> None:
    assert rials(text).amount == Decimal("12.500")


def test_arabic_separators_between_thousands_are_read() -> None:
    assert rials("١٬٢٣٤٬٥٦٧٫٨٩٠").amount == Decimal("1234567.890")


@pytest.mark.parametrize("text", ["12,500", "12.5", "12", "12٬500", "1,234.500", "", "-1.000", "1e3", "1٬23٫500"])
def test_rials_in_doubt_are_not_believed(text: str) -> None:
    with pytest.raises(ValueError, match="three decimals"):
        rials(text)


@given(st.decimals(min_value=0, max_value=10**9, places=3), st.sampled_from("012"))
def test_what_the_stand_in_writes_the_room_reads(amount: Decimal, style: str) -> None:
    pen = files.Pen(style)
    written = pen.finish(pen.money(amount)).decode("utf-8-sig")

    assert rials(written).amount == amount


@given(st.datetimes(min_value=NOW.replace(year=1000, tzinfo=None), timezones=st.just(NOW.tzinfo)))  # type: ignore[arg-type]
def test_moments_survive_the_way_there_and_back(at: object) -> None:
    with suppress(OverflowError):
        written = files.moment(at)  # type: ignore[arg-type]
        assert moment(written) == at.replace(microsecond=0)  # type: ignore[attr-defined]


def test_a_day_keeps_its_own_writing() -> None:
    found = day("٠٥/١١/٢٠٢٦")

    assert found is not None
    assert (found.date.isoformat(), found.original) == ("2026-11-05", "٠٥/١١/٢٠٢٦")


@pytest.mark.parametrize("text", ["31/09/2026", "5/11/2026", "2026-11-05", "00/01/2026", "05/11/26"])
def test_a_day_that_is_none_is_not_believed(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        day(text)


@pytest.mark.parametrize("text", ["", "لا يوجد", "غير متوفر", None])
def test_words_that_say_that_there_is_nothing_are_no_day(text: str | None) -> None:
    assert day(text) is None


def test_a_month_is_read_from_its_own_order() -> None:
    assert period("٠٩/٢٠٢٦") == "2026-09"


@pytest.mark.parametrize(("text", "found"), [("048", "BH"), ("48", "BH"), ("٥١٢", "OM"), ("", None)])
def test_a_nationality_is_known_by_its_number(text: str, found: str | None) -> None:
    notes: set[str] = set()

    assert nationality(text, notes) == found
    assert notes == set()


def test_no_letter_of_english_words_stands_in_a_person_s_file() -> None:
    for someone in PEOPLE.people:
        (row,) = files.person(someone, files.Pen(someone.identifier))
        assert not any(character.isascii() and character.isalpha() for value in row.values() for character in value)


def test_every_synthetic_file_is_read_back_whole() -> None:
    for someone in PEOPLE.people:
        pen, found = files.Pen(someone.identifier), PEOPLE.fines(someone.identifier)
        question = ask("traffic-fines", (someone.home, someone.identifier))
        file = read_file(files.file("ROP-TR", NOW, files.fines(found, PEOPLE, pen), pen), "ROP-TR")

        records = OmanTrafficFines.__new__(OmanTrafficFines).normalise(Answer(file.rows), question)

        assert [record.amount.amount for record in records] == [fine.amount for fine in found]
        assert [record.reference for record in records] == [fold_digits(fine.reference) for fine in found]


@given(st.data())
def test_whatever_the_rows_hold_is_records_or_a_failure_that_the_flow_knows(data: st.DataObject) -> None:
    pen = files.Pen(OMANI[1])
    someone = PEOPLE.person(OMANI[1])
    assert someone is not None
    whole = [
        files.person(someone, pen),
        files.fines(PEOPLE.fines(OMANI[1])[:2], PEOPLE, pen),
        files.entries(PEOPLE.companies(OMANI[1])[:2], PEOPLE, pen),
        files.months(PEOPLE.contributions(OMANI[1])[:2], PEOPLE, pen),
    ]
    place = data.draw(st.integers(0, 3))
    rows = [dict(row) for row in whole[place]]
    row = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from(sorted(row)))
    row[column] = data.draw(st.text(max_size=12) | st.sampled_from(["٫", "512", "لا يوجد", "99/99/9999", "1.000"]))
    if data.draw(st.booleans()):
        del row[column]
    adapter = ADAPTERS[place]

    with suppress(BackendError, ValueError, KeyError):
        assert adapter.__new__(adapter).normalise(Answer(tuple(rows)), ask()) is not None


@given(st.binary(max_size=200))
def test_whatever_bytes_come_are_a_file_or_a_failure_that_the_flow_knows(body: bytes) -> None:
    with suppress(BackendError, ValueError):
        read_file(body, "ROP-CS")
