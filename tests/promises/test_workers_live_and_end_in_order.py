"""The processes of the gateway: a dead one is replaced, a stopping one drains, an orphan ends by itself."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from gateway.demo.prepare import Ports, prepare
from gateway.sandbox.systems import build_sandbox
from gateway.sdk.sandbox import Behaviour, Sandbox
from gateway.settings import Settings, load
from gateway.storage.schema import upgrade
from tests.support.program import ROOT, Program, all_gone, free_ports, running
from tests.support.tokens import token_of

LOOKUP = "/v1/lookups/traffic-fines"


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    """Settings with one room, Bahrain's, on ports of their own, and a database with tables."""
    first = free_ports(3)
    path = prepare(tmp_path, Ports(first, first + 1, first + 2), ROOT / "adapters", rooms=["bahrain"], providers=[])
    await upgrade(load(path).storage.url)
    return path


@contextmanager
def gateway(config: Path, *arguments: str) -> Iterator[Program]:
    variables = {"BAWABA_CONFIG": str(config), "BAWABA_SERVER__DRAIN_SECONDS": "8"}
    with running("serve", *arguments, variables=variables) as program:
        yield program


def sandbox(settings: Settings) -> Sandbox:
    return build_sandbox(settings.paths.adapters, "bahrain", settings.rooms["bahrain"])


def port_of(settings: Settings) -> int:
    return int(next(iter(settings.rooms["bahrain"].endpoints.values())).split(":")[2].split("/")[0])


async def ask(session: aiohttp.ClientSession, settings: Settings) -> int:
    """The status of a question that Bahrain answers."""
    headers = {"Authorization": f"Bearer {token_of(settings, 'bahraini-citizen')}"}
    url = f"http://127.0.0.1:{settings.server.port}{LOOKUP}"
    async with session.post(url, json={"purpose": "self_service"}, headers=headers) as response:
        document = await response.json(content_type=None)
        assert [answer["status"] for answer in document["answers"]] == ["ok"], document
        return response.status


async def reached(stand_in: Sandbox, questions: int) -> None:
    """Waits until so many questions have come to the national system, and are open."""
    async with asyncio.timeout(20):
        while stand_in.requests.total() < questions:  # noqa: ASYNC110 - a counter of another part, not an event
            await asyncio.sleep(0.02)


async def test_a_worker_that_is_killed_is_started_again(config: Path) -> None:
    settings = load(config)
    with gateway(config, "--workers", "2") as program:
        await asyncio.to_thread(program.wait_for, "worker.ready", 2)
        before = workers_of(program)
        assert len(before) == 2
        victim = min(before)

        os.kill(victim, signal.SIGKILL)

        await asyncio.to_thread(program.wait_for, "worker.died")
        await asyncio.to_thread(program.wait_for, "worker.ready", 3)
        after = workers_of(program)
        assert len(after) == 2
        assert victim not in after
        async with sandbox(settings).running(port_of(settings)), aiohttp.ClientSession() as session:
            assert [await ask(session, settings) for _ in range(4)] == [200] * 4
        assert await asyncio.to_thread(program.end) == 0


def workers_of(program: Program) -> set[int]:
    """Its workers; a helper of the interpreter that tracks resources is none."""
    found = set()
    for number in program.children():
        words = Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace")
        if "spawn_main" in words:
            found.add(number)
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_lets_an_open_question_end_and_takes_no_new_one(config: Path, number: int) -> None:
    settings = load(config)
    stand_in = sandbox(settings)
    stand_in.behave(Behaviour("slow", seconds=1.5))
    with gateway(config) as program:
        await asyncio.to_thread(program.wait_for, "worker.ready")
        async with stand_in.running(port_of(settings)), aiohttp.ClientSession() as session:
            asked = asyncio.create_task(ask(session, settings))
            await reached(stand_in, 1)

            program.process.send_signal(number)
            await asyncio.to_thread(program.wait_for, "worker.draining")
            assert not asked.done()

            assert await asked == 200
            assert await asyncio.to_thread(program.process.wait, 20) == 0
            with pytest.raises(aiohttp.ClientConnectionError):
                await ask(session, settings)


async def test_several_workers_drain_together(config: Path) -> None:
    settings = load(config)
    stand_in = sandbox(settings)
    stand_in.behave(Behaviour("slow", seconds=1.5))
    with gateway(config, "--workers", "2") as program:
        await asyncio.to_thread(program.wait_for, "worker.ready", 2)
        async with stand_in.running(port_of(settings)):
            sessions = [aiohttp.ClientSession() for _ in range(6)]
            asked = [asyncio.create_task(ask(session, settings)) for session in sessions]
            await reached(stand_in, 6)

            program.process.send_signal(signal.SIGTERM)

            assert await asyncio.gather(*asked) == [200] * 6
            assert await asyncio.to_thread(program.process.wait, 20) == 0
            for session in sessions:
                await session.close()


def test_who_is_tied_ends_when_its_starter_is_gone(config: Path) -> None:
    with gateway(config, "--tied") as program:
        program.wait_for("worker.ready")
        assert program.process.stdin

        # The kernel closes this end when the starter is killed, whatever the signal.
        program.process.stdin.close()

        assert program.process.wait(20) == 0


def test_workers_end_when_their_parent_is_killed(config: Path) -> None:
    with gateway(config, "--workers", "2") as program:
        program.wait_for("worker.ready", 2)
        children = program.children()

        os.kill(program.process.pid, signal.SIGKILL)

        assert all_gone(children)


def test_every_line_of_the_log_is_json_with_an_event(config: Path) -> None:
    with gateway(config) as program:
        program.wait_for("worker.ready")
        program.end()

    assert program.lines
    assert all("event" in json.loads(line) for line in program.lines)
