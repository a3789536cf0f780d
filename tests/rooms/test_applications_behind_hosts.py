"""Applications go through a host as they go at home: files before them, documents back, nothing twice."""

from pathlib import Path

import pytest

from tests.support.application_cases import Case, application_cases, keeps, play
from tests.support.hosts import from_afar
from tests.support.procedures import counter

ROOMS = ("bahrain", "oman")
"""Every case of theirs is played; of the other rooms, some of which are called back, one of each course."""


def chosen() -> list[Case]:
    first = {(case.room, case.shows): case for case in reversed(application_cases()) if case.room not in ROOMS}
    return [*(case for case in application_cases() if case.room in ROOMS), *first.values()]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen()])
async def test_a_room_carries_an_application_from_afar(case: Case, tmp_path: Path) -> None:
    """It comes to stand as the case expects of the room at home."""
    async with counter(case.room) as here, from_afar(here, tmp_path):
        played = await play(case, here)

        keeps(case, played, here.books())
