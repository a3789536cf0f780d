"""The page of security decisions says what is so: its numbers, its ways in, its keys, its connections, its events."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.settings import Settings
from tests.check.source import modules

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/security-decisions.md").read_text("utf-8")
MEASURED = re.compile(r"^\| ([^|]+) \| (\d+) ?[a-z]* \| `([\w.:/]+)` \|$", re.MULTILINE)
WAY = re.compile(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \| ([a-z, ]+) \|$", re.MULTILINE)
WRITING = frozenset(
    f"{log}.{level}" for log in ("log", "self._log") for level in ("debug", "info", "warning", "error", "critical")
)


def settings_named(text: str) -> set[str]:
    sections = "|".join(Settings.model_fields)
    found = set(re.findall(rf"`((?:{sections})\.[a-z_]+)`", text))
    return {name for name in found if not name.endswith((".key", ".pem"))}


def value_of(place: str) -> Any:
    """The constant, the rule or the setting's default that a row is about."""
    where, _, name = place.partition(":")
    if where.endswith(".toml"):
        document: Mapping[str, Any] = tomllib.loads((ROOT / where).read_text("utf-8"))
        return reduce(lambda table, key: table[key], name.split("."), document)
    if name:
        return getattr(importlib.import_module(where), name)
    section, _, key = where.partition(".")
    return getattr(getattr(Settings(), section), key)


def events() -> Iterator[str]:
    """The name of each event that the gateway logs."""
    for module in modules(ROOT, "gateway"):
        if any(part.startswith("sandbox") for part in module.path.parts):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITING and node.args:
                yield from re.findall(r"'([a-z_]+\.[a-z_]+)'", ast.unparse(node.args[0]))


@pytest.mark.parametrize(("what", "number", "place"), MEASURED.findall(PAGE), ids=lambda text: text[:40])
def test_a_number_on_the_page_is_the_number_in_force(what: str, number: str, place: str) -> None:
    value = value_of(place)

    assert int(number) == (value.total_seconds() if isinstance(value, timedelta) else value), what


def test_no_row_that_says_where_its_number_stands_is_left_out() -> None:
    tables = re.findall(r"^\|[^\n]*\| where \|\n\|[-|]+\|\n((?:\|[^\n]*\|\n)+)", PAGE, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]

    assert len(rows) > 30
    assert len(rows) == len(MEASURED.findall(PAGE))


def test_every_way_in_is_on_the_page_with_its_levels_and_no_other_is() -> None:
    plates = [tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "config/providers").glob("*.toml"))]
    order = ["low", "substantial", "high"]

    told = {name: levels.split(", ") for name, levels in WAY.findall(PAGE)}

    assert told == {
        plate["id"]: sorted(set(plate["assurance"]["levels"].values()), key=order.index) for plate in plates
    }


def test_every_setting_on_the_page_exists() -> None:
    for name in settings_named(PAGE):
        section, _, key = name.partition(".")
        part = Settings.model_fields[section].annotation
        assert isinstance(part, type), name
        assert issubclass(part, BaseModel), name
        assert key in part.model_fields, name
    assert len(settings_named(PAGE)) > 12


def test_every_key_that_operators_make_is_on_the_page() -> None:
    handbook = (ROOT / "docs/operators.md").read_text("utf-8")
    keys = set(re.findall(r"^ *\| `([a-z/]+\.(?:key|pem))`", handbook, re.MULTILINE)) - {"tokens/current.pem"}

    assert len(keys) >= 5
    assert [key for key in keys if f"| `{key}` |" not in PAGE] == []
    assert "| `tokens/*.pem`" in PAGE


def test_the_first_word_of_every_event_is_on_the_page_and_no_other_is() -> None:
    logs = PAGE.partition("## Logs")[2].partition("\n## ")[0]
    told = {word for row in re.findall(r"^\| (`[^|]+`) \|", logs, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}

    written = {event.partition(".")[0] for event in events()}

    assert len(written) > 30
    assert told == written | {"library"}


def test_the_times_for_mending_packages_are_said_and_the_worst_is_mended_first() -> None:
    packages = PAGE.partition("## Packages")[2]
    days = [int(found) for found in re.findall(r"^\| [^|]+ \| (\d+) \|$", packages, re.MULTILINE)]

    assert len(days) == 4
    assert days == sorted(days)
