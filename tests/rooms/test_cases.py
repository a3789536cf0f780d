"""Every acceptance case of a lookup of every room is played through the front door of a whole gateway."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.kit.playing import differences
from gateway.registry.manifest import Manifest
from gateway.sdk.sandbox import Behaviour, Sandbox
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.fresh_rooms import fresh_room
from tests.support.house import ROOT, STATES, House, house
from tests.support.services import LOOKUPS, PROCEDURES, implementations

NEEDED = ("found", "absent", "refused", "garbled", "down", "late")
"""What every implementation shows, by the beginning of a case's file name."""


@dataclass(frozen=True)
class Case:
    """One promise of one room."""

    room: str
    service: str
    path: Path

    @property
    def id(self) -> str:
        return f"{self.room}-{self.service}-{self.path.stem}"

    def read(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return document


def cases() -> list[Case]:
    """Every case file of a lookup, by path."""
    paths = sorted((ROOT / "adapters").glob("*/cases/*/*.json"))
    return [Case(path.parents[2].name, path.parent.name, path) for path in paths if path.parent.name in LOOKUPS]


@dataclass
class Town:
    """Gateways for all cases of a worker; each case has a room and a national system of its own."""

    folders: pytest.TempPathFactory
    closing: AsyncExitStack
    streets: dict[tuple[str, ...], House] = field(default_factory=dict)

    async def street(self, room: str) -> House:
        """The gateway of that room and its neighbours, started when it is asked for first."""
        rooms = neighbours(room)
        if rooms not in self.streets:
            running = house(self.folders.mktemp("street"), rooms=rooms)
            self.streets[rooms] = await self.closing.enter_async_context(running)
        return self.streets[rooms]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with AsyncExitStack() as closing:
        yield Town(tmp_path_factory, closing)


def neighbours(room: str) -> tuple[str, ...]:
    """The rooms of the gateway in which a room is tried: the six states, or the example alone."""
    return STATES if room in STATES else (room,)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
async def test_a_room_keeps_its_promise(town: Town, case: Case) -> None:
    """The answer is the one the case expects, whatever the national system was made to do."""
    street = await town.street(case.room)
    await street.awake()
    async with fresh_room(street, case.room) as sandbox:
        await keeps(case, street, sandbox)


async def keeps(case: Case, street: House, sandbox: Sandbox) -> None:
    said = case.read()
    if behaviour := said.get("behaviour"):
        sandbox.behave(Behaviour(**behaviour))
    if reply := said.get("reply"):
        sandbox.prime(Reply.from_json(reply))
    ask = said["ask"]
    subject = (ask["subject"]["country"], ask["subject"]["value"])
    others = [(each["country"], each["value"]) for each in ask.get("also", [])]

    status, document = await street.lookup(
        case.service,
        street.token(subject, *others),
        language=ask["language"],
        countries=[sandbox.country.value],
        inputs=ask.get("inputs", {}),
        purpose=ask["purpose"],
    )

    assert status == 200, document
    answer = document["answers"][0]
    expected = said["expect"]
    assert answer["status"] == expected["status"], (answer["code"], said["promise"])
    assert answer["receipt"]["id"]
    assert answer["message"]["ar"] != answer["message"]["en"]
    if "code" in expected:
        assert answer["code"] == expected["code"]
    if "records" in expected:
        assert not differences(answer["records"], expected["records"], "records")


@pytest.mark.parametrize(("room", "service"), implementations(LOOKUPS))
def test_an_implementation_shows_everything_that_can_happen(room: str, service: str) -> None:
    """Found, absent, refused, garbled, down and late each have a case, unless the name plate says why not."""
    plate = Manifest.load(ROOT / "adapters" / room)
    exempt = {exemption.rule for exemption in plate.exemptions}

    shown = {case.path.stem.split("_")[0] for case in cases() if (case.room, case.service) == (room, service)}

    assert set(NEEDED) - exempt <= shown


@pytest.mark.parametrize(("room", "service"), implementations(LOOKUPS))
def test_an_implementation_is_shown_in_both_languages(room: str, service: str) -> None:
    """Somebody asks in Arabic and somebody in English."""
    languages = {case.read()["ask"]["language"] for case in cases() if (case.room, case.service) == (room, service)}

    assert languages == {"ar", "en"}


def test_every_state_answers_every_lookup() -> None:
    """Four lookups in six states make twenty-four implementations."""
    given = implementations(LOOKUPS, stages=("sandbox", "live"))

    assert len(LOOKUPS) == 4
    assert sorted(service for _, service in given) == sorted(service for service in LOOKUPS for _ in range(6))


def test_a_case_stands_under_a_service_that_its_room_gives() -> None:
    """A case of a service misspelt would be played by nobody."""
    given = set(implementations({*LOOKUPS, *PROCEDURES}))
    paths = (ROOT / "adapters").glob("*/cases/*/*.json")

    assert {(path.parents[2].name, path.parent.name) for path in paths} <= given
