"""S01 to S07: an address that an agency gives leads to the public internet by TLS, or the version is not taken."""

import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from gateway.errors import BackendDown
from gateway.kit.beside import utc_now
from gateway.outward.addresses import Allowed, Outward
from gateway.registry.building import Builder
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.registry.version import close_room
from gateway.resilience.deadline import Deadline
from gateway.schema import Country, NationalIdentifier, Source
from gateway.sdk.adapter import Ask
from gateway.sdk.asking import records_of
from gateway.sdk.inbox import Inbox
from tests.support.fisheries import ADAPTER, HOLDER, KEY, SERVICE, Fisheries, definition, plate
from tests.support.registry_door import ONE, RegistryDoor, registry_door

INNER = (
    "https://127.0.0.1/",
    "https://127.1.2.3:8443/",
    "https://[::1]/",
    "https://0.0.0.0/",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00:ec2::254]/latest/meta-data",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://192.0.0.192/opc",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://１２７.０.０.１/",
    "https://localhost/",
    "https://metadata/",
    "https://127.0.0.1./",
)
ODD = (
    "http://api.fish.example/",
    "file:///etc/passwd",
    "gopher://api.fish.example/",
    "ftp://api.fish.example/",
    "unix:/run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/",
    "https://user:word@api.fish.example/",
    "https://api.fish.example@127.0.0.1/",
    "https://api.fish.example:22/",
    "https://api.fish.example:25/",
    "https://api.fish.example:6379/",
    "https://api.fish.example:0/",
    "https://api.fish.example/#part",
    "https://api.fish.example\\@127.0.0.1/",
    "https://api.fish.example/ x",
    "https://api.fish.example/\r\nHost: inner",
    "https:///nothing",
    "javascript:alert(1)",
    "",
    f"https://api.fish.example/{'x' * 2100}",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RegistryDoor]:
    async with registry_door(tmp_path_factory.mktemp("door")) as opened:
        await opened.adapter(await opened.joined())
        yield opened


async def _findings(door: RegistryDoor, version: Mapping[str, Any]) -> Any:
    told = await door.ask("PUT", f"{ONE}/versions/1.0.0", door.token(), version)
    assert (told.status, told.code) == (422, "submission_unfit"), told.text
    return [(each["field"], each["code"]) for each in told["findings"]]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("address", [*INNER, *ODD])
async def test_an_address_that_leads_inside_or_astray_is_refused_by_its_field(door: RegistryDoor, address: str) -> None:
    for environment in ("sandbox", "live"):
        version = door.version()
        version["plate"]["addresses"][environment]["main"] = address

        assert await _findings(door, version) == [(f"/plate/addresses/{environment}/main", "address")]


@pytest.mark.asyncio(loop_scope="module")
async def test_every_address_of_every_environment_is_told_at_once(door: RegistryDoor) -> None:
    version = door.version(endpoints=["main", "other"])
    version["plate"]["addresses"] = {
        "sandbox": {"main": door.fisheries.url, "other": "https://10.0.0.1/"},
        "live": {"main": "https://10.0.0.2/", "other": "https://10.0.0.3/"},
    }

    assert await _findings(door, version) == [
        ("/plate/addresses/sandbox/other", "address"),
        ("/plate/addresses/live/main", "address"),
        ("/plate/addresses/live/other", "address"),
    ]


@pytest.mark.asyncio(loop_scope="module")
async def test_another_port_of_the_allowed_machine_is_not_allowed(door: RegistryDoor) -> None:
    """S07: an exception is of one port."""
    port = int(door.fisheries.url.rpartition(":")[2])
    version = door.version()
    version["plate"]["addresses"]["live"]["main"] = f"http://127.0.0.1:{port + 1}"

    assert await _findings(door, version) == [("/plate/addresses/live/main", "address")]


@pytest.mark.asyncio(loop_scope="module")
async def test_an_address_that_citizens_are_shown_is_judged_too(door: RegistryDoor) -> None:
    """S06."""
    version = door.version()
    version["definitions"][0]["authorities"][0]["page"] = "https://10.0.0.1.nip.example:22/"

    assert await _findings(door, version) == [("/definitions/0/authorities/0/page", "address")]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_public_address_is_taken(door: RegistryDoor) -> None:
    version = door.version()
    version["plate"]["addresses"]["live"]["main"] = "https://api.fish.example:8443/v1"

    told = await door.ask("PUT", f"{ONE}/versions/1.0.0", door.token(), version)

    assert told.status == 200, told.text


@pytest.mark.parametrize("allowed", [True, False])
async def test_what_got_past_the_registration_is_judged_again_when_a_connection_is_made(allowed: bool) -> None:
    """S02: a name may lead elsewhere by then, so the very address that was found is what counts."""
    async with Fisheries().running() as fisheries:
        outward = Outward([Allowed.parse("127.0.0.1/32")] if allowed else [])
        builder = Builder(outward.may_connect, lambda _: None, Inbox("http://127.0.0.1:9"), utc_now)
        manifest = Manifest.model_validate_json(orjson.dumps(plate(fisheries.url)))
        service = Service.model_validate_json(orjson.dumps(definition()))
        room = builder.build(manifest, "sandbox", {"api_key": KEY}, {}, {SERVICE: service})
        await room.system.open()
        try:
            if allowed:
                assert len(await records_of(room.adapters[SERVICE], _ask())) == 2
            else:
                with pytest.raises(BackendDown):
                    await records_of(room.adapters[SERVICE], _ask())
        finally:
            await close_room(room)

        assert sum(fisheries.calls.values()) == (1 if allowed else 0)


def _ask() -> Ask:
    now = datetime.fromtimestamp(time.time(), UTC)
    return Ask(
        service=SERVICE,
        country=Country.OM,
        subject=NationalIdentifier.parse(Country.OM, HOLDER, today=now.date()),
        inputs={},
        purpose="self_service",
        language="en",
        reference="tests-1",
        deadline=Deadline.after(2),
        source=Source(
            country=Country.OM, agency="om-fisheries", adapter=f"{ADAPTER}@1.0.0", fetched_at=now, reference=None
        ),
    )
