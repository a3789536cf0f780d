"""Each state's applications are carried by a whole gateway, from the public API to the national system and back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.sdk.sandbox import Behaviour, Orders
from tests.support.application_cases import Case, application_cases, assert_passes
from tests.support.application_door import Applicant
from tests.support.fresh_rooms import fresh_room
from tests.support.house import STATES, House, house
from tests.support.procedures import attachment
from tests.support.services import PROCEDURES, implementations

SHOWN = ("asked", "paid", "lost")
"""The courses that are carried here, by the beginning of a case's file name: one of each for every implementation.

The rest is played at the rooms' own counters, where no time passes.
"""
FINAL = ("approved", "refused", "withdrawn", "failed")
WAITING = ("needs_citizen", "awaiting_payment")
AT_ONCE = {"track_seconds": 0.1, "retry_seconds": 0.05, "poll_seconds": 0.05}


def chosen() -> list[Case]:
    """The first case of each course of every implementation in the six states."""
    first: dict[tuple[str, str, str], Case] = {}
    for case in application_cases():
        if case.room in STATES and case.shows in SHOWN and _supplies_what_is_wanted(case.read()):
            first.setdefault((case.room, case.service, case.shows), case)
    return list(first.values())


def _supplies_what_is_wanted(said: dict[str, Any]) -> bool:
    """Whether the applicant brings no file that the state did not ask for: the gateway takes none."""
    brought = {name for act in said.get("acts", ()) for name in act.get("attachments", {})}
    return brought <= set(said["expect"].get("wanted", ()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One gateway for all cases of a worker; each case has a room and a national system of its own."""
    folder: Path = tmp_path_factory.mktemp("street")
    async with house(folder, rooms=STATES, applications=AT_ONCE) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen()])
async def test_an_application_is_carried_to_its_end(street: House, case: Case) -> None:
    """It ends as the room promises, is in the state's books once, and everything about it is in the ledger."""
    await street.awake()
    said = case.read()
    async with fresh_room(street, case.room) as sandbox:
        sandbox.desk.orders = Orders(**said.get("orders", {}))
        if behaviour := said.get("behaviour"):
            sandbox.behave(Behaviour(**behaviour))

        view, passed = await carry(street, case, sandbox.country.value)

        assert view["status"] == said["expect"]["status"], view["timeline"]
        assert_passes(passed, [status for status in said["expect"].get("passes", ()) if status in WAITING])
        assert len(sandbox.desk.books()) == 1
        assert all(entry["receipt"] for entry in view["timeline"] if entry["actor"] == "agency")


def test_every_implementation_is_carried_through_the_front_door() -> None:
    """Each of the thirty both where something is done on the way and where a reply is lost."""
    carried = {(case.room, case.service, case.shows == "lost") for case in chosen()}

    thirty = [pair for pair in implementations(PROCEDURES) if pair[0] in STATES]
    assert carried == {(room, service, lost) for room, service in thirty for lost in (True, False)}


async def carry(street: House, case: Case, country: str) -> tuple[dict[str, Any], list[str]]:
    """Applies, acts as the case says, fetches what was issued; the last view and every status that was waited for."""
    said = case.read()
    application, expected = said["application"], said["expect"]
    subject = (application["subject"]["country"], application["subject"]["value"])
    person = Applicant(street, street.token(subject), application["language"])
    files = [attachment(name, kind) for name, kind in application.get("attachments", {}).items()]
    view = await person.apply(case.service, country, application["inputs"], *files)
    acts, passed = list(said.get("acts", ())), list[str]()
    while acts:
        act = acts.pop(0)
        view = await person.until(view["id"], act["when"], *FINAL)
        passed.append(view["status"])
        await perform(person, view, act)
    view = await person.until(view["id"], *FINAL)
    documents = [await person.document(view["id"], each["id"]) for each in view["documents"]]
    assert [content[:5] for content in documents] == [b"%PDF-"] * expected.get("documents", 0)
    return view, passed


async def perform(person: Applicant, view: dict[str, Any], act: dict[str, Any]) -> None:
    """What the applicant does where the application waits."""
    if act["action"] == "pay":
        async with aiohttp.ClientSession() as session, session.post(view["payment"]["url"]) as paid:
            assert paid.status in (200, 204, 303)
        await person.confirm_payment(view["id"])
        return
    for name, kind in act.get("attachments", {}).items():
        await person.attach(view["id"], attachment(name, kind))
    await person.act(view["id"], act["action"], act.get("values"))
