"""The stand-ins of the national systems, run on loopback where the settings say that the systems are."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import uvloop

from gateway.errors import ConfigurationError
from gateway.kit.beside import sandbox_class
from gateway.sandbox.identity import build_stand_in
from gateway.sandbox.providers import operators_idp
from gateway.sdk.sandbox import Sandbox, population
from gateway.settings import RoomWiring, Settings, secret
from gateway.workers import stop_with_parent

log = structlog.get_logger()


def build_sandbox(adapters: Path, name: str, wiring: RoomWiring) -> Sandbox:
    """The stand-in, filled with its state's synthetic people; it knows the room's secrets and its own."""
    kind = sandbox_class(adapters, name)
    secrets = {key: secret(value) for key, value in (wiring.secrets | wiring.sandbox).items()}
    return kind(population=population(kind.country), secrets=secrets)


def run_sandboxes(settings: Settings, tied: bool) -> None:
    """Runs a stand-in for each wired room and provider until told to stop; ``tied``: until standard input closes."""
    if tied:
        stop_with_parent()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(settings))


async def _until_stopped(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        for name, wiring in settings.rooms.items():
            sandbox = build_sandbox(settings.paths.adapters, name, wiring)
            url = await stack.enter_async_context(sandbox.running(_port(name, list(wiring.endpoints.values()))))
            log.info("sandbox.ready", room=name, url=url)
        for name, provider in settings.providers.items():
            secrets = {key: secret(value) for key, value in provider.secrets.items()}
            stand_in = build_stand_in(name, secrets)
            url = await stack.enter_async_context(stand_in.running(_port(name, list(provider.endpoints.values()))))
            log.info("stand_in.ready", provider=name, url=url)
        if (staff := settings.operators).provider == operators_idp.StandIn.provider:
            idp = operators_idp.StandIn({key: secret(value) for key, value in staff.secrets.items()})
            url = await stack.enter_async_context(idp.running(_port(idp.provider, list(staff.endpoints.values()))))
            log.info("stand_in.ready", provider=idp.provider, url=url)
        await stop.wait()


def _port(name: str, addresses: Sequence[str]) -> int:
    """The one loopback port that all endpoints of a stand-in share."""
    parts = {(urlsplit(address).hostname, urlsplit(address).port) for address in addresses}
    host, port = next(iter(parts))
    if len(parts) != 1 or host != "127.0.0.1" or port is None:
        raise ConfigurationError(field=f"{name}.endpoints", problem="a sandbox needs one port on 127.0.0.1")
    return port
