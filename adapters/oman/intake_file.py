"""The files that go the other way: rows under their columns, between a heading and an end that counts them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

VERSION: Final = "1.0"
SENDER: Final = "BAWABA"


def intake_file(agency: str, rows: Sequence[Mapping[str, str]]) -> bytes:
    """The rows for that agency; a row that lacks a column has nothing in it.

    There is no moment in the heading, so that the same application is the same file at every try.
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [["ROW", *(row.get(column, "") for column in columns)] for row in rows]
    heading, end = ["HDR", SENDER, agency, VERSION], ["END", str(len(rows))]
    return written([heading, ["COL", *columns], *lines, end])


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as the batch system takes them, with a byte order mark; what a field holds cannot leave its field."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")
