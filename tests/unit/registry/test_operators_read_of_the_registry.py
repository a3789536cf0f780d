"""What the operators' page says of agencies that join is so: its numbers are the code's, and every event is on it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapter_host.keys import MOST_KEYS as MOST_OF_A_HOST
from gateway.agencies.acceptance import AT_ONCE
from gateway.agencies.adapters import MOST_ADAPTERS
from gateway.agencies.invitations import INVITED_SECONDS
from gateway.agencies.keys import MOST_KEYS
from gateway.agencies.life import NOTICE_DAYS
from gateway.agencies.mandate_notices import DAYS
from gateway.agencies.mandates import MOST_MANDATES
from gateway.agencies.members import MOST_MEMBERS
from gateway.agencies.versions import MOST_VERSIONS
from gateway.app.registry import PER_MINUTE
from gateway.kit.acceptance import MOST_CASES, SECONDS
from gateway.registry.canary import ENOUGH, FEWEST, SLACK, SLOWER, TOLERATED
from gateway.registry.mandate_quota import PARTS
from gateway.registry.registry import MOST_BUILT
from gateway.registry.submission import LARGEST
from gateway.registry.version import KEPT
from tests.support.house import ROOT

PAGE = (ROOT / "docs/operators.md").read_text("utf-8")
SECTION = PAGE.partition("## Agencies that join")[2].partition("\n## ")[0]
WORDS = " ".join(SECTION.split())
_LOGGED = re.compile(r'\blog\.(?:info|warning|error)\(\s*"([a-z_.]+)"')


def logged() -> Iterator[str]:
    """Every event that the registry and the agencies' parts write."""
    for part in ("registry", "agencies"):
        for path in sorted(Path(ROOT, "gateway", part).glob("*.py")):
            yield from _LOGGED.findall(path.read_text("utf-8"))


def test_every_event_of_the_registry_is_on_the_page() -> None:
    events = set(logged())

    assert len(events) > 20
    assert sorted(event for event in events if f"`{event}`" not in SECTION) == []


@pytest.mark.parametrize(
    "words",
    [
        f"the newest {KEPT} calls of both",
        f"there are {FEWEST} or more, and",
        f"more than {TOLERATED * 100:.0f} in 100 above the other's",
        f"of {ENOUGH} calls or more, nine in ten are not answered within {SLOWER:g} times",
        f"time and {SLACK * 1000:.0f} ms",
        f"until the other has had {ENOUGH} calls",
        f"{NOTICE_DAYS} days ahead or more",
        f"mail {DAYS[0]} and {DAYS[1]} days before the end",
        f"good once and for {INVITED_SECONDS // 86_400} days",
        f"holds up to {MOST_OF_A_HOST};",
        f"| members of an agency | {MOST_MEMBERS} |",
        f"| keys of an agency that are not revoked | {MOST_KEYS} |",
        f"| mandates that an agency proposed | {MOST_MANDATES} |",
        f"| a version, as JSON | {LARGEST:,} bytes |",
        f"| acceptance cases of a version, and the time of a run | {MOST_CASES}, {SECONDS:.0f} seconds |",
        f"| runs of the kit at once | {AT_ONCE} on each worker |",
        f"| {PER_MINUTE} a minute on each worker |",
        f"| adapters that a worker keeps ready | {MOST_BUILT};",
    ],
)
def test_its_numbers_are_those_of_the_code(words: str) -> None:
    assert words in WORDS


def test_limits_that_are_alike_are_told_together() -> None:
    assert f"| adapters of an agency, and versions of an adapter | {MOST_ADAPTERS:,} |" in SECTION
    assert MOST_ADAPTERS == MOST_VERSIONS
    assert (PARTS, "a worker takes a hundredth of them at once" in WORDS) == (100, True)
