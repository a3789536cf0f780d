"""Separated values are read in one encoding, within bounds, with whole quotations."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BackendGarbled
from gateway.sdk.readers import read_csv


def reason(body: bytes, **bounds: Any) -> object:
    with pytest.raises(BackendGarbled) as caught:
        read_csv(body, **bounds)
    return caught.value.facts["reason"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["without a mark", "with a byte order mark"])
def test_rows_are_read_with_their_heading(mark: bytes) -> None:
    body = mark + "الرقم;المبلغ\r\n00012345;١٢٫٥٠٠\r\n".encode()

    assert read_csv(body) == [["الرقم", "المبلغ"], ["00012345", "١٢٫٥٠٠"]]


def test_a_quotation_may_hold_the_delimiter_a_line_and_quotation_marks() -> None:
    assert read_csv(b'a;"b;c\r\nd ""e"""\r\n') == [["a", 'b;c\r\nd "e"']]


def test_the_delimiter_is_the_callers_choice() -> None:
    assert read_csv(b"a,b;c\n", delimiter=",") == [["a", "b;c"]]
    assert read_csv(b"a\tb\n", delimiter="\t") == [["a", "b"]]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_may_end_in_each_of_the_usual_ways(end: bytes) -> None:
    assert read_csv(end.join([b"a;b", b"1;2", b""])) == [["a", "b"], ["1", "2"]]


def test_blank_lines_are_left_out_and_empty_fields_are_not() -> None:
    assert read_csv(b"a;b\n\n;\n\n") == [["a", "b"], ["", ""]]


def test_nothing_is_no_rows() -> None:
    assert read_csv(b"") == read_csv(b"\xef\xbb\xbf") == read_csv(b"\r\n") == []


def test_rows_of_another_width_are_for_the_room_to_judge() -> None:
    """An error row may have a shape of its own."""
    assert read_csv(b"a;b;c\nERR;E17\n") == [["a", "b", "c"], ["ERR", "E17"]]


@pytest.mark.parametrize(
    "body",
    [
        "a;b".encode("utf-16"),
        "عمان".encode("cp1256"),
        b"a;\xff",
        b"a;\xed\xa0\x80",
        b"a;b\0c",
        b"\xef\xbb\xbf\xef\xbb\xbfa;b",
        b"a;\xef\xbb\xbfb",
    ],
    ids=["UTF-16", "Windows-1256", "bad UTF-8", "a surrogate", "NUL", "two marks", "a mark inside"],
)
def test_another_encoding_is_refused(body: bytes) -> None:
    assert reason(body) == "csv_encoding"


@pytest.mark.parametrize("body", [b'a;"b', b'a;"b"c\n', b'"a\n' * 5], ids=["open", "words after", "shifted"])
def test_a_quotation_that_is_not_whole_is_refused(body: bytes) -> None:
    assert reason(body) == "malformed_csv"


def test_a_field_beyond_its_bound_is_refused() -> None:
    assert reason(b"a;" + b"x" * 200_000) == "malformed_csv"


def test_rows_and_columns_are_bounded() -> None:
    assert reason(b"1;2\n" * 11, max_rows=10) == "csv_too_large"
    assert reason(b";" * 10, max_columns=10) == "csv_too_large"
    assert reason(b";" * 100_000) == "csv_too_large"
    assert len(read_csv(b"1;2\n" * 10, max_rows=10)) == 10
    assert len(read_csv(b";" * 9, max_columns=10)[0]) == 10


FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=12)


@given(st.lists(st.lists(FIELDS, min_size=2, max_size=4), max_size=5))
def test_every_table_comes_out_as_it_went_in(table: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL).writerows(table)

    assert read_csv(written.getvalue().encode()) == table


@given(st.binary(max_size=60))
def test_any_bytes_are_either_read_or_garbled(body: bytes) -> None:
    try:
        rows = read_csv(body)
    except BackendGarbled:
        return

    assert all(isinstance(field, str) for row in rows for field in row)
