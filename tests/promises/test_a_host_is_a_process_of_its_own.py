"""A host lives and dies by itself: what happens to it is its own state's answer and nobody else's."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.errors import BackendDown
from gateway.kit.beside import sandbox_class
from gateway.registry.manifest import Manifest
from gateway.sdk.asking import records_of
from gateway.sdk.sandbox import Behaviour, population
from tests.support.host_farm import Farm, endpoints_toml, farm, room_behind_host
from tests.support.hosts import Host, Sides, an_ask
from tests.support.house import ROOT, House, house
from tests.support.program import free_ports, running

OMANI, BAHRAINI = ("OM", "08123457"), ("BH", "010345570")
SERVICE = "traffic-fines"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with farm(tmp_path_factory.mktemp("farm") / "complaints") as found:
        yield found


@pytest_asyncio.fixture
async def street(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "street", rooms=("bahrain", "oman", "uae")) as running_house:
        yield running_house


async def statuses(street: House) -> dict[str, str]:
    """How each state answered one question to all three."""
    await street.awake()
    token = street.token(BAHRAINI, OMANI)
    status, document = await street.lookup(SERVICE, token, countries=["BH", "OM", "AE"])
    assert status == 200, document
    return {answer["country"]: answer["status"] for answer in document["answers"]}


async def test_a_host_that_is_killed_in_the_middle_of_a_call_is_down_and_the_others_answer(
    street: House, hosts: Farm, tmp_path: Path
) -> None:
    """By SIGKILL, while its national system thinks; a host begun again is up again."""
    async with room_behind_host(street, "bahrain", hosts, Sides(tmp_path / "one")) as (sandbox, number):
        before = await statuses(street)
        sandbox.behave(Behaviour(kind="slow", seconds=5))
        call = asyncio.create_task(statuses(street))
        await asyncio.sleep(0.3)
        os.kill(number, signal.SIGKILL)
        during = await call
    async with room_behind_host(street, "bahrain", hosts, Sides(tmp_path / "two")):
        after = await statuses(street)

    assert before == after
    assert before["BH"] == "ok"
    assert during == before | {"BH": "down"}


async def test_a_host_that_is_told_to_stop_finishes_what_it_began(tmp_path: Path) -> None:
    """``bawaba adapter serve`` itself: it drains, takes nothing new, and ends with 0; its log names nobody."""
    plate, kind = Manifest.load(ROOT / "adapters/oman"), sandbox_class(ROOT / "adapters", "oman")
    secrets = dict(kind.make_secrets())
    sandbox = kind(population=population(kind.country), secrets=secrets)
    sides, port = Sides(tmp_path), free_ports(1)
    async with sandbox.running() as url:
        known = {key: secrets[key] for key in plate.secrets}
        config = sides.write(port, rest=endpoints_toml(dict(sandbox.endpoints(url)), known))
        with running("adapter", "serve", "oman", "--config", str(config), "--listen", f"127.0.0.1:{port}") as program:
            await asyncio.to_thread(program.wait_for, "host.ready")
            async with Host(sides, port, tls=True).lookup(SERVICE) as lookup:
                sandbox.behave(Behaviour(kind="slow", seconds=0.7, times=1))
                call = asyncio.create_task(records_of(lookup, an_ask(service=SERVICE)))
                await asyncio.sleep(0.3)
                code = await asyncio.to_thread(program.end)
                records = await call
                with pytest.raises(BackendDown):
                    await records_of(lookup, an_ask(service=SERVICE))

    assert code == 0
    assert all(record.kind == "traffic_fine" for record in records)
    assert [each["event"] for each in program.events] == [
        "host.ready",
        "host.draining",
        "host.answered",
        "host.stopped",
    ]
    assert "08123457" not in "".join(program.lines)
