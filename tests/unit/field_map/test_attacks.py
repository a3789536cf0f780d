"""A hostile answer or a hostile map costs a bounded amount of work, and the refusal is quick."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.errors import BackendGarbled
from gateway.field_map.fetching import Fetched
from gateway.field_map.paths import BadPath, parse
from gateway.field_map.scope import FUEL, MOST_ITEMS, MOST_PARTS, MOST_VALUES, Unfit
from gateway.schema.evidence import MOST_DETAILS
from gateway.sdk import Response
from tests.support.mapped import PERMIT, PERMITS, ask, changed, compiled, findings, played, read, reply

MEBIBYTE = 1 << 20
SOON = 0.05
"""Seconds within which a bomb is stopped, of the processor's own time."""

DETAILS = {
    "each": "gear",
    "fields": {"label": {"value": {"ar": "عدة", "en": "Gear"}}, "value": {"either": ["name", "code"]}},
}
GEAR = changed(PERMITS, answer__fields__details=DETAILS)


def spent(work: Callable[[], Any]) -> float:
    """Seconds of the processor, the best of three: other programs run here too."""
    times = []
    for _ in range(3):
        began = time.process_time()
        with pytest.raises((BackendGarbled, Unfit)):
            work()
        times.append(time.process_time() - began)
    return min(times)


def judged(body: bytes) -> Any:
    return compiled(GEAR).judge.document(Response(200, {"content-type": "application/json"}, body))


BOMBS = {
    "a million lists": b'{"permits":[' + b",".join([b"[]"] * 600_000) + b"]}",
    "a million objects": b'{"permits":[' + b",".join([b"{}"] * 600_000) + b"]}",
    "a million names": b"{" + b",".join(b'"%d":0' % number for number in range(200_000)) + b"}",
    "a million fractions": b'{"permits":[' + b",".join([b"1.5"] * 500_000) + b"]}",
    "a hundred thousand deep": b"[" * 100_000,
    "objects a hundred thousand deep": b'{"a":' * 100_000,
    "just as deep as the bound lets through": b"[" * (MOST_VALUES - 1),
    "a number of a million digits": b'{"permits":' + b"9" * MEBIBYTE + b"}",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_it_is_read(bomb: bytes) -> None:
    assert spent(lambda: judged(bomb)) < SOON


@pytest.mark.parametrize(
    "item",
    [
        {**PERMIT, "gear": [{"name": "n"}] * (MOST_PARTS + 1)},
        {**PERMIT, "number": "9" * MEBIBYTE},
        {**PERMIT, "number": "\u202e" * MEBIBYTE},
        {**PERMIT, "ends": "0" * MEBIBYTE},
        {**PERMIT, "civil_number": "0" * MEBIBYTE},
        {**PERMIT, "number": [[[[]]]]},
    ],
    ids=lambda item: next(iter(item)),
)
def test_a_huge_value_is_refused(item: dict[str, Any]) -> None:
    assert spent(lambda: read(GEAR, item)) < SOON


async def test_many_items_with_many_parts_run_out_of_fuel() -> None:
    many = {**PERMIT, "gear": [{"name": "n"}] * MOST_DETAILS}
    async with played(GEAR, reply({})) as adapter:
        answer = Fetched((many,) * MOST_ITEMS)

        assert spent(lambda: adapter.lookup.normalise(answer, ask())) < SOON * 3

        with pytest.raises(BackendGarbled) as refusal:
            adapter.lookup.normalise(answer, ask())
    assert str(refusal.value.facts["reason"]).startswith("details")


async def test_the_most_that_is_allowed_is_allowed() -> None:
    """Without the good case the refusals above would mean nothing."""
    async with played(GEAR, reply({})) as adapter:
        full = {**PERMIT, "gear": [{"name": "n"}] * MOST_DETAILS}

        records = adapter.lookup.normalise(Fetched((full,) * 50), ask())

    assert len(records) == 50
    assert FUEL > 480 * 20, "the months of forty years are an answer"


@pytest.mark.parametrize(
    "path",
    [
        "a.__class__.__init__[x]",
        "a[?b=='c']",
        "a[-1]",
        "a[0:1]",
        "a | b",
        "length(a)",
        "a.*",
        "a[99999]",
        "..",
        "a.",
        ".a",
        "$",
        "$a",
        "a.$.b",
        "a[*].b[*].c",
        "a.b.c.d.e.f.g.h.i",
        '"a',
        '"a\\"b"',
        "`1`",
        "{{7*7}}",
        "a\n",
        "a\x00b",
    ],
)
def test_a_path_is_a_path_and_no_program(path: str) -> None:
    if path == "$":
        assert parse(path).rooted
        return
    with pytest.raises(BadPath):
        parse(path)


def test_a_path_reads_members_and_never_attributes() -> None:
    record = read(changed(PERMITS, answer__fields__source_reference="__class__.__name__"), dict(PERMIT))

    assert record.source.reference is None


def test_a_map_of_nothing_but_braces_is_told_quickly() -> None:
    began = time.process_time()
    findings(changed(PERMITS, requests__0__path="/" + "{" * 499))
    findings(changed(PERMITS, requests__0__path="/" + "{a|" * 160))
    findings(changed(PERMITS, answer__fields__reference='"' * 200))
    findings(changed(PERMITS, answer__fields__valid_until__convert=["date:" + "d" * 5000]))

    assert time.process_time() - began < SOON * 2


@pytest.mark.parametrize("name", ["__proto__", "constructor", "$ref", "", "a.b"])
async def test_strange_names_of_members_are_only_names(name: str) -> None:
    body = json.dumps({"permits": [{**PERMIT, name: {"$ref": "http://169.254.169.254/"}}]}).encode()
    async with played(PERMITS, reply(body)) as adapter:
        assert len(await adapter.ask(ask())) == 1

    assert len(adapter.requests) == 1
