"""Hosts as processes of their own, each begun within a moment: a process that has loaded everything, and divides.

Run as a program it reads orders, a line each, and answers each with the number of the process in which ``bawaba
adapter serve`` runs from then on. Its children end with it.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room, gate_limits
from gateway.sandbox.systems import build_sandbox
from gateway.sdk.connection import Connection
from gateway.sdk.gate import Gate
from gateway.sdk.sandbox import Sandbox
from gateway.settings import secret
from tests.support.hosts import ENDPOINT, Sides, build, now
from tests.support.house import ROOT, House
from tests.support.program import environment, free_ports
from tests.support.services import LOOKUPS

PATIENCE = 30.0


@dataclass
class Farm:
    """Begins hosts."""

    process: "subprocess.Popen[str]"
    numbers: list[int] = field(default_factory=list)

    def begin(self, room: str, config: Path, port: int) -> int:
        """Runs a host; the number of its process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {"room": room, "config": str(config), "listen": f"127.0.0.1:{port}"}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        number = int(self.process.stdout.readline())
        self.numbers.append(number)
        return number

    @staticmethod
    async def ready(port: int) -> None:
        """Waits until something listens there."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    return
                await asyncio.sleep(0.02)


@contextlib.contextmanager
def farm(complaints: Path) -> Any:
    """A farm for as long as the context lasts; what its hosts say goes to the file ``complaints``."""
    with complaints.open("a") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.host_farm"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
        try:
            yield Farm(process)
        finally:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(PATIENCE)
            process.stdout.close()


def endpoints_toml(endpoints: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """The two sections of a host's settings that say where its national system is."""
    lines = ["[endpoints]", *(f"{key} = {json.dumps(value)}" for key, value in endpoints.items())]
    lines += ["[secrets]", *(f"{key} = {json.dumps(value)}" for key, value in secrets.items())]
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def room_behind_host(house: House, name: str, hosts: Farm, sides: Sides) -> AsyncIterator[tuple[Sandbox, int]]:
    """Puts a room whose adapter is in another process, beside a new stand-in, in the place of the house's own.

    Gives the stand-in, which only that process knows, and the number of the process.
    """
    settings, registry = house.settings, house.doors.parts.registry
    plate = Manifest.load(settings.paths.adapters / name)
    secrets = {key: secret(value) for key, value in settings.rooms[name].secrets.items()}
    sandbox = build_sandbox(settings.paths.adapters, name, settings.rooms[name])
    async with sandbox.running() as url:
        port = free_ports(1)
        config = sides.write(port, rest=endpoints_toml(dict(sandbox.endpoints(url)), secrets))
        number = await asyncio.to_thread(hosts.begin, name, config, port)
        await hosts.ready(port)
        gate = Gate(name, f"https://127.0.0.1:{port}", gate_limits(plate), endpoint=ENDPOINT, tls=sides.tls())
        rooms = {room.plate.name: room for room in registry.rooms}
        old = rooms[name].system
        connection = Connection({ENDPOINT: gate}, {}, old.connection.inbox, now)
        kinds = {each: "lookup" if each in LOOKUPS else "procedure" for each in plate.services}
        rooms[name] = Room(plate, *build(kinds, plate.country, connection, sides.gateway, [sides.host.jwk]))  # type: ignore[arg-type]
        Registry.__init__(registry, list(rooms.values()))
        await old.close()
        for each in old.connection.gates.values():
            await each.close()
        try:
            yield sandbox, number
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)


def _divide() -> None:
    """Obeys until standard input closes, and ends its children then."""
    from gateway.adapter_host.running import run
    from gateway.cli.adapters import planned
    from gateway.logs import configure_logs

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    for line in sys.stdin:
        order = json.loads(line)
        number = os.fork()
        if number == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            os.close(1)
            configure_logs()
            try:
                run(planned(order["room"], Path(order["config"]), order["listen"]))
            finally:
                os._exit(0)
        children.append(number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    for number in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    _divide()
