"""``bawaba clients``: take in the registrations of programs, approve them, stop them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.app.oauth import operators_clients
from gateway.cli import ConfigOption, client_verbs, settings_of
from gateway.errors import ConfigurationError, InvalidInput, NotFound
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.registering import OUTWARD
from gateway.oauth.scopes import may_be_registered
from gateway.outward.addresses import Outward
from gateway.toml_file import load_model

ClientArgument = Annotated[str, typer.Argument(help="The program's id, as `list` shows it.")]
COLUMNS = ("client", "standing", "agency", "name", "authentication", "scopes", "purposes")


@client_verbs.command()
def register(
    file: Annotated[Path, typer.Argument(help="The registration, TOML; its keys are those of RFC 7591.")],
    config: ConfigOption = None,
) -> None:
    """Take a registration in, or a change of one; either waits until it is approved."""
    client = load_model(file, Client)

    async def keep(clients: Clients, outward: Outward) -> None:
        _check(client, file, outward)
        await clients.register(client)

    _run(config, keep)
    typer.echo(f"Registered, and waiting for `bawaba clients approve {client.client_id}`: {client.name.en}.")


@client_verbs.command()
def approve(client: ClientArgument, config: ConfigOption = None) -> None:
    """Let a program in."""
    _run(config, lambda clients, _: clients.approve(client))
    typer.echo(f"Approved: {client}.")


@client_verbs.command()
def suspend(
    client: Annotated[str | None, typer.Argument(help="The program's id, as `list` shows it.")] = None,
    agency: Annotated[str | None, typer.Option(help="Every program of this agency.")] = None,
    config: ConfigOption = None,
) -> None:
    """Stop a program, or all of an agency, at once; their tokens are refused on every worker within a second."""
    if (client is None) == (agency is None):
        raise typer.BadParameter("give the id of one program, or `--agency` and its id")
    stopped: list[str] = []

    async def stop(clients: Clients, _: Outward) -> None:
        if client is not None:
            await clients.suspend(client)
            stopped.append(client)
        elif agency is not None:
            stopped.extend(await clients.suspend_agency(agency))

    _run(config, stop)
    typer.echo(f"Suspended: {', '.join(stopped)}.")


@client_verbs.command("list")
def show(
    agency: Annotated[str | None, typer.Option(help="Those of one agency alone.")] = None, config: ConfigOption = None
) -> None:
    """List the registered programs."""
    table = Table(*COLUMNS, box=None, pad_edge=False)

    async def read(clients: Clients, _: Outward) -> None:
        for each in await clients.all(agency):
            client = each.client
            table.add_row(
                client.client_id,
                each.standing,
                client.agency,
                client.name.en,
                client.auth_method,
                " ".join(client.scopes),
                " ".join(client.purposes),
            )

    _run(config, read)
    if not table.rows:
        typer.echo("No program is registered.")
        return
    Console(soft_wrap=True).print(table)


def _run(config: Path | None, work: Callable[[Clients, Outward], Awaitable[None]]) -> None:
    async def run() -> None:
        async with operators_clients(settings_of(config)) as (clients, outward):
            await work(clients, outward)

    try:
        asyncio.run(run())
    except NotFound:
        typer.echo(
            "bawaba: no program is registered under that id, or for that agency; `bawaba clients list` shows them",
            err=True,
        )
        raise typer.Exit(1) from None


def _check(client: Client, file: Path, outward: Outward) -> None:
    """What a registration alone cannot know: which addresses may be asked, and which scopes there are."""
    for name in OUTWARD:
        address = getattr(client, name)
        try:
            if address is not None:
                outward.check(address, name)
        except InvalidInput as problem:
            raise ConfigurationError(
                field=f"{file}: {name}", problem="must be a public address by https, on port 443 or 8443"
            ) from problem
    unknown = [scope for scope in client.scopes if not may_be_registered(scope)]
    if unknown:
        raise ConfigurationError(field=f"{file}: scopes", problem=f"{unknown[0]} is not a scope that there is")
