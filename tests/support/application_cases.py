"""Acceptance cases of applications: read from their files, and played at a room's counter.

A case is ``{"promise", "application": {"subject", "inputs", "attachments": {name: media type}, "language"}, "orders",
"behaviour"?, "reply"?, "acts"?, "expect"}``. ``orders`` and ``behaviour`` are the stand-in's, told before the
application is handed in; ``reply`` primes the raw answers that it gives first. ``acts`` are what the applicant does
when it comes to stand so, each once: ``{"when", "action": "supply" | "withdraw" | "pay", "values"?, "attachments"?}``.
In ``expect`` every key that is given must hold:

==================  =====================================================================================
``status``          how it stands in the end
``passes``          statuses that it came to before, in this order; others may stand between them
``national_status`` the state's own word for the last one
``reasons``         the codes of the state's reasons
``wanted``          the names of what the state asked for on the way
``documents``       how many documents can be downloaded in the end
``trouble``         the code of the error with which the first try of handing it in ended
``submissions``     how often the application reached the state's books, where each is kept once
==================  =====================================================================================
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.kit.applying import Played, differences_of
from gateway.kit.applying import play as play_out
from gateway.kit.cases import ApplicationCase, read_case
from tests.support.house import ROOT
from tests.support.procedures import Counter


@dataclass(frozen=True)
class Case:
    """One promise of one room about applications."""

    room: str
    service: str
    path: Path

    @property
    def id(self) -> str:
        return f"{self.room}-{self.service}-{self.path.stem}"

    @property
    def shows(self) -> str:
        """What kind of course it shows, by the beginning of its file's name."""
        return self.path.stem.split("_")[0]

    def read(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return document

    def parsed(self) -> ApplicationCase:
        """The case as the kit reads it."""
        case, findings = read_case(self.service, self.path.name, self.read(), self.shows)
        assert case is not None and isinstance(case.said, ApplicationCase), findings  # noqa: PT018
        return case.said


def application_cases() -> list[Case]:
    """Every case file that is about an application, by path."""
    paths = sorted((ROOT / "adapters").glob("*/cases/*/*.json"))
    cases = [Case(path.parents[2].name, path.parent.name, path) for path in paths]
    return [case for case in cases if "application" in case.read()]


async def play(case: Case, here: Counter) -> Played:
    """Plays the case at the counter, whose clock moves as soon as nothing more happens by itself."""
    return await play_out(case.parsed(), case.service, here)


def keeps(case: Case, played: Played, books: Sequence[Mapping[str, Any]]) -> None:
    """Fails where what was played is not what the case expects."""
    assert not differences_of(played, case.parsed(), books), case.read()["promise"]


def assert_passes(statuses: Sequence[str | None], passes: Sequence[str]) -> None:
    """Each of ``passes`` is among ``statuses``, in the same order."""
    rest = iter(statuses)
    assert all(status in rest for status in passes), f"{statuses} does not pass through {passes}"
