"""The acceptance cases of two rooms are played once more with a field map in the place of the room's code."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.field_map import MappedLookup
from gateway.registry.manifest import Manifest
from gateway.toml_file import load_model
from tests.rooms.test_cases import Case, cases, keeps
from tests.support.fresh_rooms import fresh_room
from tests.support.house import ROOT, STATES, House, house

MAPS = ROOT / "docs/field-maps"
PLATES = {path.stem: load_model(path, Manifest) for path in sorted(MAPS.glob("*.toml"))}
"""The name plates with field maps that readers learn from, by file."""

CANNOT: dict[str, str] = {}
"""Cases that no field map keeps, each with the reason, which docs/field-maps.md tells too."""


def mapped_cases() -> list[tuple[str, Case]]:
    """Every case of a service that a name plate here has a map for, whatever its room's other services are."""
    return [
        (file, case)
        for file, plate in PLATES.items()
        for case in cases()
        if case.room == plate.name and case.service in plate.services
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house(tmp_path_factory.mktemp("street"), rooms=STATES) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("file", "case"), [pytest.param(file, case, id=case.id) for file, case in mapped_cases() if case.id not in CANNOT]
)
async def test_a_field_map_keeps_the_promise_of_a_room(street: House, file: str, case: Case) -> None:
    """The answer is the one the case expects of the room, which has code, and here is none."""
    await street.awake()
    async with fresh_room(street, case.room, PLATES[file]) as sandbox:
        rooms = {room.plate.name: room for room in street.doors.parts.registry.rooms}
        assert isinstance(rooms[case.room].adapters[case.service], MappedLookup)
        await keeps(case, street, sandbox)


def test_all_lookups_of_bahrain_and_the_register_of_wathq_are_carried() -> None:
    carried = {(plate.name, service) for plate in PLATES.values() for service in plate.services}

    assert {("bahrain", service) for service in ("commercial-registration", "identity-verification")} < carried
    assert {("bahrain", service) for service in ("pension-contributions", "traffic-fines")} < carried
    assert ("saudi_arabia", "commercial-registration") in carried


def test_a_case_that_cannot_be_kept_is_told_with_its_reason() -> None:
    page = Path(ROOT / "docs/field-maps.md").read_text("utf-8")

    assert f"{'none' if not CANNOT else len(CANNOT)} of those {len(mapped_cases())}" in page
    for case, reason in CANNOT.items():
        assert case in page
        assert reason in page
