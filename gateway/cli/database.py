"""``bawaba db``: bring the tables up to date, or say whether they are."""

import asyncio

import typer

from gateway.cli import ConfigOption, database_verbs, settings_of
from gateway.storage import schema


@database_verbs.command()
def upgrade(config: ConfigOption = None) -> None:
    """Bring the database to this version's tables; safe to run twice, and from several machines at once."""
    asyncio.run(schema.upgrade(settings_of(config).storage.url))
    typer.echo("The database is up to date.")


@database_verbs.command()
def check(config: ConfigOption = None) -> None:
    """Say whether the database has this version's tables; exit 1 when it has not."""
    state = asyncio.run(schema.check(settings_of(config).storage.url))
    if state.ok:
        typer.echo("The database is up to date.")
        return
    typer.echo(f"The database is at {state.current or 'nothing'}, {state.wanted} is wanted: run bawaba db upgrade.")
    for difference in state.differences:
        typer.echo(f"  {difference}")
    raise typer.Exit(1)
