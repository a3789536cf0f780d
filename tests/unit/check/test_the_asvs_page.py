"""The page about OWASP ASVS leaves no requirement out, names no test that is not there, and counts rightly."""

import ast
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/asvs.md").read_text("utf-8")
ROW = re.compile(r"\| `v5\.0\.0-(\d+\.\d+\.\d+)` \| ([12]) \| ([^|]+) \| ([^|]+) \|")
NAMED = re.compile(r"`((?:browser|promises|rooms|unit)/[\w/]+\.py)(?:::(\w+))?`")
COUNTS = re.compile(r"^\| (V\d+|together)[^|]*\| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One requirement as the page has it."""

    id: str
    level: int
    asks: str
    answer: str

    @property
    def standing(self) -> str:
        if self.answer.startswith(("**open**: ", "not applicable: ")):
            return self.answer.partition(":")[0].strip("*")
        return "held"

    @property
    def chapter(self) -> str:
        return f"V{self.id.partition('.')[0]}"


ROWS = [Row(found[1], int(found[2]), found[3], found[4]) for found in ROW.finditer(PAGE)]


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def missing(text: str) -> Iterator[str]:
    for path, name in NAMED.findall(text):
        if not (ROOT / "tests" / path).is_file() or (name and name not in names_in(path)):
            yield f"{path}::{name}"


def test_every_requirement_of_levels_1_and_2_is_on_the_page_once_with_its_level() -> None:
    with (ROOT / "tests/data/asvs/requirements.csv").open(encoding="utf-8", newline="") as file:
        known = [(each["id"], int(each["level"])) for each in csv.DictReader(file)]

    assert Counter(level for _, level in known) == {1: 70, 2: 183}
    assert [(row.id, row.level) for row in ROWS] == known
    assert PAGE.count("\n| `v") == len(known)


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED.findall(PAGE)) > 300
    assert list(missing(PAGE)) == []


@pytest.mark.parametrize(
    "name", ["unit/check/test_the_asvs_page.py::test_of_nothing", "promises/test_of_nobody.py::test_x", "unit/x.py"]
)
def test_a_test_that_is_not_there_would_be_found(name: str) -> None:
    assert list(missing(f"`{name}`")) == [name if "::" in name else f"{name}::"]


def test_what_is_held_names_a_test_and_everything_else_a_reason() -> None:
    for row in ROWS:
        if row.standing == "held":
            assert NAMED.match(row.answer), row.id
            assert all(name for _, name in NAMED.findall(row.answer.partition("<br>")[0])), row.id
        else:
            assert len(row.answer.partition(": ")[2]) > 5, row.id
        assert row.asks.strip(), row.id


def test_the_counts_are_those_of_the_rows() -> None:
    counted = {name: tuple(map(int, found)) for name, *found in COUNTS.findall(PAGE)}
    kinds = ("held", "not applicable", "open")
    real = {row.chapter: Counter(each.standing for each in ROWS if each.chapter == row.chapter) for row in ROWS}

    assert counted.pop("together") == tuple(sum(count[kind] for count in real.values()) for kind in kinds)
    assert counted == {chapter: tuple(count[kind] for kind in kinds) for chapter, count in real.items()}
