"""The result file of a batch: a heading, the columns, the rows, and an end that says how many rows there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from adapters.oman.values import moment, plain
from gateway.sdk import BackendDown, BackendGarbled, BackendRefused, read_csv

Row: TypeAlias = Mapping[str, str]

_VERSION: Final = re.compile(r"1\.[0-9]{1,3}")
_COUNT: Final = re.compile(r"[0-9]{1,6}")
_ERROR: Final = re.compile(r"(NF|AC|SY)[0-9]{3}")


@dataclass(frozen=True, slots=True)
class BatchFile:
    """What a file tells: as of when, and its rows by column. A file that says "not found" has no rows."""

    as_of: datetime
    rows: tuple[Row, ...]


def read_file(body: bytes, agency: str) -> BatchFile:
    """The file in ``body``, which has to come from ``agency`` and to be whole.

    Raises ``BackendGarbled`` for another agency or version, a missing or wrong end, rows of another width and
    columns given twice; ``BackendRefused`` and ``BackendDown`` for the error row of each; ``ValueError`` for a
    moment that is none.
    """
    heading, *content, end = _whole(read_csv(body))
    as_of = _as_of(heading, agency)
    kinds = [row[0] for row in content]
    if kinds == ["ERR"]:
        _judge_error(content[0])
        _check_count(end, 0)
        return BatchFile(as_of, ())
    if kinds[:1] != ["COL"] or any(kind != "ROW" for kind in kinds[1:]):
        raise BackendGarbled(reason="file_order")
    _check_count(end, len(content) - 1)
    return BatchFile(as_of, _rows(content[0][1:], content[1:]))


def _whole(rows: list[list[str]]) -> list[list[str]]:
    """The rows, if the first and the last are the ones that show that nothing was cut off."""
    if len(rows) < 3 or rows[0][0] != "HDR" or rows[-1][0] != "END":
        raise BackendGarbled(reason="file_cut")
    return rows


def _as_of(heading: Sequence[str], agency: str) -> datetime:
    _, source, as_of, version = heading
    if source != agency or not _VERSION.fullmatch(plain(version)):
        raise BackendGarbled(reason="file_heading")
    return moment(as_of)


def _check_count(end: Sequence[str], rows: int) -> None:
    _, told = end
    count = plain(told)
    if not _COUNT.fullmatch(count) or int(count) != rows:
        raise BackendGarbled(reason="file_count")


def _judge_error(row: Sequence[str]) -> None:
    """Raises what the error row means, unless it is "not found"; its words stay behind, for they may name a person."""
    _, code, _ = row
    found = _ERROR.fullmatch(plain(code))
    match found and found[1]:
        case "NF":
            return
        case "AC":
            raise BackendRefused(reason=plain(code))
        case "SY":
            raise BackendDown(reason=plain(code))
    raise BackendGarbled(reason="file_error")


def _rows(columns: Sequence[str], content: Sequence[Sequence[str]]) -> tuple[Row, ...]:
    if not columns or len(set(columns)) != len(columns):
        raise BackendGarbled(reason="file_columns")
    if any(len(row) != len(columns) + 1 for row in content):
        raise BackendGarbled(reason="file_width")
    return tuple(dict(zip(columns, row[1:], strict=True)) for row in content)
