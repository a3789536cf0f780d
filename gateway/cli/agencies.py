"""``bawaba agency``: invite agencies, list them, stop one and let it act again."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.agencies.invitations import Invitation, Invited
from gateway.app import now
from gateway.app.joining import AgencyDesk, agency_desk
from gateway.cli import ConfigOption, agency_verbs, settings_of
from gateway.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from gateway.toml_file import load_model

AgencyArgument = Annotated[str, typer.Argument(help="The agency's id, as `list` shows it.")]
COLUMNS = ("agency", "standing", "kind", "name", "adapters", "owners", "since")


@agency_verbs.command()
def invite(
    file: Annotated[Path, typer.Argument(help="Which agency, whom to call there and who owns it first, TOML.")],
    config: ConfigOption = None,
) -> None:
    """Make an agency, and print the address that makes its first owner: once, within 14 days."""
    invitation = load_model(file, Invitation)

    async def work(desk: AgencyDesk) -> Invited:
        try:
            return await desk.invitations.invite(None, invitation)
        except InvalidInput as problem:
            wanted = f"must begin with {invitation.country.value.lower()}-"
            raise ConfigurationError(field=f"{file}: agency", problem=wanted) from problem
        except Conflict as problem:
            raise ConfigurationError(field=f"{file}: agency", problem="is that of another agency") from problem

    _show(config, _run(config, "invite-agency", invitation.agency, work))


@agency_verbs.command()
def again(
    agency: AgencyArgument,
    owner: Annotated[str, typer.Argument(help="The name of the owner.")],
    config: ConfigOption = None,
) -> None:
    """Print another address for an owner, in the place of one that was lost."""
    made = _run(config, "invite-agency", agency, lambda desk: desk.invitations.again(None, agency, owner))
    _show(config, made)


@agency_verbs.command("list")
def list_agencies(
    words: Annotated[str, typer.Argument(help="What is in the id or in a name.")] = "",
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    config: ConfigOption = None,
) -> None:
    """List the agencies, in the order of their ids."""

    async def look() -> None:
        async with agency_desk(settings_of(config), now) as desk:
            found = await desk.overseeing.page(None, words, page)
        if not found.agencies:
            typer.echo("There is no such agency; `bawaba agency invite FILE` makes one.")
            return
        table = Table(*COLUMNS, box=None, pad_edge=False)
        for each in found.agencies:
            since = datetime.fromtimestamp(each.created_at, UTC).date().isoformat()
            counts = str(each.adapters), str(each.owners)
            table.add_row(each.id, each.standing, each.kind, each.names.en, *counts, since)
        Console(soft_wrap=True).print(table)
        if found.pages > 1:
            typer.echo(f"Page {found.number} of {found.pages}.")

    asyncio.run(look())


@agency_verbs.command()
def suspend(agency: AgencyArgument, config: ConfigOption = None) -> None:
    """Send nothing to any adapter of an agency, and let its people only look, at once."""
    _run(config, "suspend-agency", agency, lambda desk: desk.overseeing.suspend(None, agency))
    typer.echo(f"Suspended: {agency}.")


@agency_verbs.command()
def resume(agency: AgencyArgument, config: ConfigOption = None) -> None:
    """Let a suspended agency, and its adapters, go on."""
    _run(config, "resume-agency", agency, lambda desk: desk.overseeing.resume(None, agency))
    typer.echo(f"May go on: {agency}.")


ResultT = Invited | None


def _run(config: Path | None, step: str, agency: str, work: Callable[[AgencyDesk], Awaitable[ResultT]]) -> ResultT:
    """Seals the step before it is done; what cannot be done is one line and exit 1."""

    async def run() -> ResultT:
        async with agency_desk(settings_of(config), now) as desk:
            number, about = f"command-{secrets.token_hex(8)}", {"agency": agency}
            await desk.acts.note("", step, number, about=about)
            try:
                return await work(desk)
            except (NotFound, Conflict) as problem:
                await desk.acts.note("", step, number, problem.code, about)
                raise

    try:
        return asyncio.run(run())
    except NotFound:
        complaint = "there is no agency of that id; `bawaba agency list` lists them"
    except Conflict as problem:
        complaint = f"the agency does not stand so that this can be done ({problem.code})"
    typer.echo(f"bawaba: {complaint}", err=True)
    raise typer.Exit(1)


def _show(config: Path | None, made: Invited | None) -> None:
    if made is not None:
        typer.echo(made.address(settings_of(config).server.public_url))
