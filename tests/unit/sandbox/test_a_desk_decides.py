"""The desk of a stand-in books each application once and decides it as time goes by."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.sdk.sandbox import Desk, Dossier, Orders
from gateway.sdk.sandbox.desk import PAID_FIRST, File

START = datetime(2026, 11, 24, 8, tzinfo=UTC)


class Clock:
    """Stands still until it is moved, in steps of the desk's pace of one second."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock, "KW-")


def hand_in(desk: Desk, service: str = "residence-certificate", **orders: Any) -> Dossier:
    desk.orders = Orders(**orders)
    return desk.submit("ref-1", service, "290010100018", {"use": "bank"})


def stages(dossier: Dossier, clock: Clock) -> list[str]:
    return [stage for stage, _ in dossier.history(clock())]


def test_an_application_is_received_reviewed_and_approved(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk)

    clock.move(2)

    assert stages(dossier, clock) == ["received", "review", "approved"]
    assert dossier.stage(clock())[1] == START + timedelta(seconds=2)


def test_a_reference_is_booked_once_however_often_it_is_handed_in(desk: Desk) -> None:
    first = hand_in(desk)

    second = desk.submit("ref-1", "residence-certificate", "290010100018", {"use": "bank"})

    assert second is first
    assert [(each["reference"], each["submissions"]) for each in desk.books()] == [("ref-1", 2)]


@pytest.mark.parametrize("course", ["refuse", "stall"])
def test_a_course_ends_as_it_was_ordered(desk: Desk, clock: Clock, course: str) -> None:
    dossier = hand_in(desk, course=course)

    clock.move(100)

    assert stages(dossier, clock)[2:] == (["rejected"] if course == "refuse" else [])


def test_what_is_asked_for_is_taken_once_and_reviewed_again(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk, course="ask")
    clock.move(50)
    assert stages(dossier, clock) == ["received", "review", "asks"]

    desk.supply(dossier, "act-1", {"lease": "L-7"})
    desk.supply(dossier, "act-1", {"lease": "L-8"})
    clock.move(1)

    assert stages(dossier, clock) == ["received", "review", "asks", "review", "approved"]
    assert dossier.supplied == {"lease": "L-7"}


def test_a_fine_waits_to_be_paid(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk, PAID_FIRST)
    clock.move(50)
    assert dossier.stage(clock())[0] == "unpaid"
    assert dossier.next_change(clock()) is None

    desk.pay(dossier)

    assert dossier.stage(clock())[0] == "approved"


def test_a_strange_status_passes(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk, course="strange")

    clock.move(3)

    assert stages(dossier, clock) == ["received", "review", "strange", "approved"]


def test_what_is_withdrawn_is_decided_no_more(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk)
    clock.move(1)

    desk.withdraw(dossier, "act-1")
    clock.move(100)

    assert stages(dossier, clock) == ["received", "review", "withdrawn"]
    assert dossier.next_change(clock()) is None


def test_what_is_decided_is_withdrawn_no_more(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk)
    clock.move(2)

    desk.withdraw(dossier, "act-1")

    assert dossier.stage(clock())[0] == "approved"


async def test_changes_are_told_as_they_come() -> None:
    desk = Desk(lambda: datetime.now(UTC), "KW-")
    desk.orders = Orders(course="ask", pace=0.01)
    dossier = desk.submit("ref-1", "residence-certificate", "290010100018", {})

    told = []
    async with asyncio.timeout(5):
        async for stage, _ in desk.changes(dossier):
            told.append(stage)
            if stage == "asks":
                desk.supply(dossier, "act-1", {})

    assert told == ["received", "review", "asks", "review", "approved"]


async def test_changes_that_come_while_one_is_told_are_told_after_it(desk: Desk, clock: Clock) -> None:
    dossier = hand_in(desk)

    told = []
    async with asyncio.timeout(5):
        async for stage, _ in desk.changes(dossier):
            told.append(stage)
            clock.move(10)

    assert told == ["received", "review", "approved"]


def test_the_books_tell_of_files_by_their_digest(desk: Desk) -> None:
    dossier = hand_in(desk)

    desk.attach(dossier, File("certificate", "application/pdf", 10, "ab" * 32))

    assert desk.books()[0]["files"] == {"certificate": "ab" * 32}


def test_a_cleared_desk_has_forgotten(desk: Desk) -> None:
    hand_in(desk, course="stall")

    desk.clear()

    assert desk.books() == []
    assert desk.find("ref-1") is None
    assert desk.orders == Orders()
