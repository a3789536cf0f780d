"""Every acceptance case of an application is played: by each room, beside its stand-in, to its end."""

import pytest

from gateway.registry.manifest import Manifest
from tests.support.application_cases import Case, application_cases, keeps, play
from tests.support.house import ROOT
from tests.support.procedures import counter
from tests.support.services import PROCEDURES, implementations

NEEDED = ("refused", "lost", "garbled")
"""What every implementation shows, by the beginning of a case's file name, beside how it comes to be approved."""

PAID_FIRST = "fine-settlement"
"""The service that is paid for and asks for nothing else; the others ask for more on the way."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in application_cases()])
async def test_a_room_carries_an_application_as_it_promises(case: Case) -> None:
    """It comes to stand as the case expects, whatever the national system was made to do on the way."""
    async with counter(case.room) as here:
        played = await play(case, here)

        keeps(case, played, here.books())


@pytest.mark.parametrize(("room", "service"), implementations(PROCEDURES))
def test_an_implementation_shows_every_course_that_an_application_can_take(room: str, service: str) -> None:
    """Approved, refused, asked for more (or paid), lost and garbled each have a case, or the plate says why not."""
    exempt = {exemption.rule for exemption in Manifest.load(ROOT / "adapters" / room).exemptions}
    needed = {*NEEDED, "paid"} if service == PAID_FIRST else {*NEEDED, "approved", "asked"}

    shown = {case.shows for case in application_cases() if (case.room, case.service) == (room, service)}

    assert needed - exempt <= shown


@pytest.mark.parametrize(("room", "service"), implementations(PROCEDURES))
def test_an_application_is_shown_in_both_languages(room: str, service: str) -> None:
    """Somebody applies in Arabic and somebody in English."""
    cases = [case for case in application_cases() if (case.room, case.service) == (room, service)]

    assert {case.read()["application"]["language"] for case in cases} == {"ar", "en"}


def test_every_state_takes_every_application() -> None:
    """Five procedures in six states make thirty implementations."""
    given = implementations(PROCEDURES, stages=("sandbox", "live"))

    assert len(PROCEDURES) == 5
    assert sorted(service for _, service in given) == sorted(service for service in PROCEDURES for _ in range(6))
