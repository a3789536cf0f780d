"""Separated values read strictly: one encoding, whole quotations, bounded rows and columns."""

import csv
import io
from typing import Final

from gateway.errors import BackendGarbled

MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 128
_BOM: Final = "\ufeff"


def read_csv(
    body: bytes, *, delimiter: str = ";", max_rows: int = MAX_ROWS, max_columns: int = MAX_COLUMNS
) -> list[list[str]]:
    """The rows, the heading included, of UTF-8 text with or without a byte order mark; blank lines are left out.

    Rows may differ in width. Raises ``BackendGarbled`` on another encoding, NUL, a quotation mark out of place,
    a field beyond 128 KiB, or more rows or columns than the bounds.
    """
    text = _text(body)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(row) > max_columns or len(rows) >= max_rows:
                raise BackendGarbled(reason="csv_too_large")
            if row:
                rows.append(row)
    except csv.Error as problem:
        raise BackendGarbled(reason="malformed_csv") from problem
    return rows


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as problem:
        raise BackendGarbled(reason="csv_encoding") from problem
    if "\0" in text or _BOM in text:
        raise BackendGarbled(reason="csv_encoding")
    return text
