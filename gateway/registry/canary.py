"""Whether a version that is tried does worse than the one that it is to replace."""

from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal

from gateway.registry.version import Tally

SURE: Final = 2.33
"""Standard deviations: one time in a hundred a version no worse than the other would be taken for worse."""

TOLERATED: Final = 0.02
"""More failures than the other version's are not minded up to this part of all calls."""

SLOWER: Final = 1.5
SLACK: Final = 0.025
"""How much slower nine of ten calls may be: one and a half times and 25 ms."""

FEWEST: Final = 3
"""Failures below which nothing is said: anybody may have bad luck twice."""

ENOUGH: Final = 20
"""Calls of each version before their times are compared."""


@dataclass(frozen=True, slots=True)
class Worse:
    """Why a version is withdrawn: how often it failed, or how slow it was, in milliseconds, and the other's."""

    why: Literal["failures", "latency"]
    calls: int
    tried: int
    other: int


def judge(tried: Tally, other: Tally | None, budget: float) -> Worse | None:
    """What speaks against the version ``tried``; ``None`` while nothing does for sure.

    Where there is no other version to compare with, none of its calls should fail, and it should keep its own
    latency budget, ``budget`` seconds.
    """
    known = other if other is not None and other.calls else None
    expected = known.failures / known.calls if known else 0.0
    if tried.failures >= FEWEST and _at_least(tried.failures, tried.calls) > expected + TOLERATED:
        return Worse("failures", tried.calls, _percent(tried), _percent(known) if known else 0)
    if tried.calls < ENOUGH or (slow := tried.slowest_tenth()) is None:
        return None
    usual = known.slowest_tenth() if known and known.calls >= ENOUGH else None
    limit = budget if usual is None else usual * SLOWER + SLACK
    if slow > limit:
        return Worse("latency", tried.calls, round(slow * 1000), round((usual or budget) * 1000))
    return None


def _at_least(failures: int, calls: int) -> float:
    """The part of all calls that surely fails: the lower end of Wilson's interval."""
    if not failures:
        return 0.0
    part, square = failures / calls, SURE * SURE
    middle = part + square / (2 * calls)
    spread = SURE * sqrt(part * (1 - part) / calls + square / (4 * calls * calls))
    return (middle - spread) / (1 + square / calls)


def _percent(tally: Tally) -> int:
    return round(100 * tally.failures / tally.calls)
