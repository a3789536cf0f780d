"""``bawaba applications``: what could not be delivered, sent again or given up."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.app import now
from gateway.app.applications import operators_parking
from gateway.applications.parking import Stuck
from gateway.cli import ConfigOption, application_verbs, settings_of
from gateway.errors import NotFound
from gateway.settings import Settings

ApplicationArgument = Annotated[str, typer.Argument(help="The application's id, as `parked` lists it.")]
COLUMNS = ("application", "service", "country", "agency", "kind", "attempts", "since", "parked", "problem")


@application_verbs.command()
def parked(config: ConfigOption = None) -> None:
    """List the messages that wait for an operator, the longest waiting first, and why."""
    stuck = asyncio.run(_parked(settings_of(config)))
    if not stuck:
        typer.echo("Nothing is parked.")
        return
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for each in stuck:
        message = each.parked
        since, at = (moment.isoformat(timespec="seconds") for moment in (message.since, message.parked_at))
        table.add_row(
            message.application,
            each.service,
            each.country,
            each.agency,
            message.kind,
            str(message.attempts),
            since,
            at,
            message.problem,
        )
    Console(soft_wrap=True).print(table)


@application_verbs.command()
def resend(application: ApplicationArgument, config: ConfigOption = None) -> None:
    """Send what is parked of an application again, its time beginning anew; the record shows that you did."""
    _found(asyncio.run(_resend(settings_of(config), application)))
    typer.echo(f"On its way again: {application}.")


@application_verbs.command("give-up")
def give_up(application: ApplicationArgument, config: ConfigOption = None) -> None:
    """Give up what is parked of an application; one that never reached its state has failed, as the citizen sees."""
    _found(asyncio.run(_give_up(settings_of(config), application)))
    typer.echo(f"Given up: {application}.")


async def _parked(settings: Settings) -> Sequence[Stuck]:
    async with operators_parking(settings, now) as parking:
        return await parking.parked()


async def _resend(settings: Settings, application: str) -> bool:
    async with operators_parking(settings, now) as parking:
        try:
            await parking.resend(application)
        except NotFound:
            return False
    return True


async def _give_up(settings: Settings, application: str) -> bool:
    async with operators_parking(settings, now) as parking:
        try:
            await parking.give_up(application)
        except NotFound:
            return False
    return True


def _found(found: bool) -> None:
    if not found:
        typer.echo(
            "bawaba: nothing is parked of that application; `bawaba applications parked` lists what is", err=True
        )
        raise typer.Exit(1)
