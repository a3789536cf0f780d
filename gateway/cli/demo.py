"""``bawaba demo``: everything on this machine, ready to click and to curl."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.console import Console

from gateway.app import now
from gateway.app.operators import operator_desk
from gateway.cli import app
from gateway.demo.check import ask_everything
from gateway.demo.joining import PORTS
from gateway.demo.people import DemoPerson, demo_people
from gateway.demo.prepare import Ports, prepare
from gateway.errors import ConfigurationError
from gateway.sandbox.identity import STAND_INS
from gateway.settings import Settings, load
from gateway.storage.schema import upgrade

START_SECONDS = 60.0
STOP_SECONDS = 15.0
TOKEN_MINUTES = 30
PUBLIC, OPERATORS, SANDBOXES, PROVIDERS, CARDS = 8080, 9090, 7101, 7201, 8443


@app.command()
def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Ask every service of every state, print a table, and end.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where keys and data of the demo are kept.")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="The public port.")] = PUBLIC,
    operators_port: Annotated[int, typer.Option(help="The operators' port.")] = OPERATORS,
    sandbox_port: Annotated[int, typer.Option(help="First of the six national systems' ports.")] = SANDBOXES,
    provider_port: Annotated[int, typer.Option(help="First of the identity providers' ports.")] = PROVIDERS,
    card_port: Annotated[int, typer.Option(help="The port that asks browsers for a card.")] = CARDS,
) -> None:
    """Run the gateway with stand-ins of all six states; with --check, prove that all of it answers."""
    ports = Ports(port, operators_port, sandbox_port, provider_port, card_port, provider_port + len(STAND_INS))
    config = prepare(folder, ports, console=True)
    settings = load(config)
    if check and _answers(settings):
        raise typer.Exit(_check(settings))
    _refuse_busy_ports(settings)
    asyncio.run(upgrade(settings.storage.url))
    with _running(config, folder):
        _wait_until_ready(settings)
        if check:
            raise typer.Exit(_check(settings))
        _introduce(settings, config)
        _wait_for_interrupt()


def _check(settings: Settings) -> int:
    return asyncio.run(ask_everything(settings, demo_people(settings, now(), TOKEN_MINUTES)))


@contextlib.contextmanager
def _running(config: Path, folder: Path) -> Iterator[None]:
    """The two processes of the demo; they also end when this one is killed, as its end of their pipes closes."""
    environment = {**os.environ, "BAWABA_CONFIG": str(config)}
    log = (folder / "demo.log").open("ab")
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "gateway", verb, "--tied"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            # Ctrl-C reaches this process alone, which then ends the others in order.
            start_new_session=True,
        )
        for verb in ("sandbox", "serve")
    ]
    try:
        yield
    finally:
        for child in reversed(children):
            child.terminate()
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)
            child.kill()
        log.close()


def _wait_until_ready(settings: Settings) -> None:
    until = time.monotonic() + START_SECONDS
    ports = [*_own_ports(settings), *_sandbox_ports(settings)]
    while time.monotonic() < until:
        if all(_listens(port) for port in ports) and _answers(settings):
            return
        time.sleep(0.1)
    raise ConfigurationError(field="demo", problem="did not become ready; see demo.log in its folder")


def _answers(settings: Settings) -> bool:
    async def ask() -> bool:
        url = f"http://127.0.0.1:{settings.server.operators_port}/readyz"
        try:
            async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            return False

    return asyncio.run(ask())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _own_ports(settings: Settings) -> list[int]:
    server = settings.server
    return [server.port, server.operators_port, *([server.card_port] if server.card_port else [])]


def _sandbox_ports(settings: Settings) -> list[int]:
    rooms = [address for wiring in settings.rooms.values() for address in wiring.endpoints.values()]
    wired = [*(wiring.endpoints for wiring in settings.providers.values()), settings.operators.endpoints]
    addresses = [*rooms, *(address for endpoints in wired for address in endpoints.values())]
    return sorted({int(address.split(":")[2].split("/")[0]) for address in addresses})


def _refuse_busy_ports(settings: Settings) -> None:
    for port in (*_own_ports(settings), *_sandbox_ports(settings)):
        if _listens(port):
            raise ConfigurationError(
                field=f"port {port}", problem="is taken; stop what listens there, or see bawaba demo --help"
            )


def _introduce(settings: Settings, config: Path) -> None:
    people = demo_people(settings, now(), TOKEN_MINUTES)
    url, operators = settings.server.public_url, f"http://127.0.0.1:{settings.server.operators_port}"
    console = Console(soft_wrap=True, highlight=False)
    console.print("\n[bold]Bawaba is ready.[/bold] Everybody and everything in it is invented.\n")
    console.print(f"  Click   {url}/  ·  {url}/signin  ·  {url}/docs  ·  {operators}/readyz  ·  {operators}/metrics\n")
    console.print(f"  Operate {asyncio.run(_invitation(settings))}")
    console.print("          good once; choose who you are there, then make a passkey or use an authenticator app\n")
    console.print(f"  Join    {url}/docs/join  ·  bawaba agency invite FILE --config {config}, or the console")
    console.print(f"          systems and hosts of agencies may be at 127.0.0.1, ports {PORTS[0]} to {PORTS[-1]}\n")
    for person in people:
        arabic, english = person.persona.label
        console.print(f"  [bold]{person.persona.id}[/bold]  {english}  ·  {arabic}")
        typer.echo(f"    {person.token}")
    console.print(f"\n  Each token lives {TOKEN_MINUTES} minutes. Paste to try:\n")
    for line in _curl_lines(url, people):
        typer.echo(f"  {line}\n")
    console.print("  Ctrl-C ends all of it.\n")


async def _invitation(settings: Settings) -> str:
    """Where somebody becomes an operator of the demo."""
    async with operator_desk(settings, now) as desk:
        secret = await desk.accounts.invite("Demo", frozenset())
    return f"{settings.operators.public_url}/console/invitation/{secret}"


def _curl_lines(url: str, people: Sequence[DemoPerson]) -> list[str]:
    tokens = {person.persona.id: person.token for person in people}

    def ask(service: str, person: str, body: str, language: str) -> str:
        return (
            f"curl -sS {url}/v1/lookups/{service} -H 'Authorization: Bearer {tokens[person]}'"
            f" -H 'Content-Type: application/json' -H 'Accept-Language: {language}' -d '{body}'"
        )

    return [
        ask("traffic-fines", "omani-citizen", '{"purpose": "self_service"}', "en"),
        ask("identity-verification", "resident", '{"purpose": "self_service", "countries": ["BH", "KW"]}', "ar"),
        f"curl -sS {url}/ledger/checkpoint",
    ]


def _wait_for_interrupt() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.pause()
