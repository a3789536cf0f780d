"""Applications go through a host as they go at home: files before them, documents back, nothing twice."""

from pathlib import Path

import pytest

from tests.support.application_cases import Case, application_cases, keeps, play
from tests.support.hosts import from_afar
from tests.support.procedures import counter

ROOMS = ("bahrain", "oman")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in application_cases() if case.room in ROOMS])
async def test_a_room_carries_an_application_from_afar(case: Case, tmp_path: Path) -> None:
    """It comes to stand as the case expects of the room at home."""
    async with counter(case.room) as here, from_afar(here, tmp_path):
        played = await play(case, here)

        keeps(case, played, here.books())
