"""A folder whose name plate has field maps is a room like any other, without a line of code."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room, Wiring, build_room
from gateway.sdk import Inbox
from gateway.sdk.asking import records_of
from tests.support.backend import backend
from tests.support.mapped import PERMIT, ask, reply

PAGE = Path("docs/field-maps.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def folder(adapters: Path, plate: str = EXAMPLE) -> Manifest:
    """Writes the name plate, and nothing else, into a folder of its own and reads it."""
    room = adapters / "om_fisheries"
    room.mkdir()
    (room / "manifest.toml").write_text(plate, "utf-8")
    return Manifest.load(room)


def opened(plate: Manifest, adapters: Path, url: str = "http://127.0.0.1:9") -> Room:
    wiring = Wiring({"permits": url}, {"key": "k-1"})
    return build_room(plate, adapters, wiring, Inbox("http://127.0.0.1"), lambda: datetime.now(UTC))


async def test_the_room_answers(tmp_path: Path) -> None:
    async with backend(reply({"permits": [{**PERMIT, "state": "ACTIVE"}]})) as system:
        room = opened(folder(tmp_path), tmp_path, system.url)
        lookup = room.adapters["fishing-permits"]

        (record,) = await records_of(lookup, ask())

        await room.system.close()
        for gate in room.system.connection.gates.values():
            await gate.close()
    assert lookup.service == "fishing-permits"
    assert record.kind == "evidence"
    assert dict(room.procedures) == {}


@pytest.mark.parametrize(
    ("written", "instead", "key"),
    [
        ('record = "evidence"', "", "services.fishing-permits.map.record"),
        ('reference = "number"', 'reference = "a..b"', "services.fishing-permits.map.answer.fields.reference.path"),
        ('endpoint = "permits"', 'endpoint = "permit"', "services.fishing-permits.map.requests[0].endpoint"),
    ],
)
async def test_a_name_plate_that_is_wrong_names_the_key(tmp_path: Path, written: str, instead: str, key: str) -> None:
    assert EXAMPLE.count(written) == 1
    with pytest.raises(ConfigurationError) as refusal:
        opened(folder(tmp_path, EXAMPLE.replace(written, instead)), tmp_path)

    assert str(refusal.value.field).endswith(key)


async def test_a_service_without_a_map_has_no_code_either(tmp_path: Path) -> None:
    plate = folder(tmp_path)
    bare = plate.model_copy(
        update={"services": {name: offer.model_copy(update={"map": None}) for name, offer in plate.services.items()}}
    )

    with pytest.raises(ConfigurationError):
        opened(bare, tmp_path)
