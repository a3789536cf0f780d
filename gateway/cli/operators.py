"""``bawaba operator``: who runs the gateway; the first of them has nobody else to be invited by."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.app import now
from gateway.app.operators import operator_desk
from gateway.cli import ConfigOption, operator_verbs, settings_of
from gateway.errors import ConfigurationError, NotFound
from gateway.identity.operators.accounts import Account
from gateway.identity.operators.operator import WANTED, Post, Posts, write_posts
from gateway.settings import Settings

OperatorArgument = Annotated[str, typer.Argument(help="The operator's id, as `list` shows it.")]
RoleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="The most that they may be given, `operator` or `operator:BH`; else all that the claim gives."
    ),
]


@operator_verbs.command()
def invite(
    name: Annotated[str, typer.Argument(help="Their name, for the other operators to know them by.")],
    role: RoleOption = None,
    config: ConfigOption = None,
) -> None:
    """Print the address that makes somebody an operator, or gives one a new second factor: once, within 24 hours."""
    settings = settings_of(config)
    if not settings.operators.provider:
        raise ConfigurationError(field="operators.provider", problem="is not set, so nobody can sign in")
    secret = asyncio.run(_invite(settings, name, _posts(role or [])))
    typer.echo(f"{settings.operators.public_url}/console/invitation/{secret}")


@operator_verbs.command("list")
def list_operators(config: ConfigOption = None) -> None:
    """List the operators, the oldest first."""
    found = asyncio.run(_all(settings_of(config)))
    if not found:
        typer.echo("There is no operator yet; `bawaba operator invite NAME` makes the first.")
        return
    table = Table("operator", "name", "standing", "roles at most", "signed in last", box=None, pad_edge=False)
    for each in found:
        seen = datetime.fromtimestamp(each.seen_at, UTC).isoformat(timespec="seconds")
        table.add_row(each.id, each.name, each.standing, write_posts(each.posts) or "as claimed", seen)
    Console(soft_wrap=True).print(table)


@operator_verbs.command()
def suspend(operator: OperatorArgument, config: ConfigOption = None) -> None:
    """Sign an operator out everywhere, at once, and let them in no more."""
    _found(asyncio.run(_stand(settings_of(config), operator, "suspend")))
    typer.echo(f"Suspended: {operator}.")


@operator_verbs.command()
def resume(operator: OperatorArgument, config: ConfigOption = None) -> None:
    """Let a suspended operator sign in again."""
    _found(asyncio.run(_stand(settings_of(config), operator, "resume")))
    typer.echo(f"May sign in again: {operator}.")


async def _invite(settings: Settings, name: str, posts: Posts) -> str:
    async with operator_desk(settings, now) as desk:
        await desk.acts.note("", "invite-operator", _number(), about={"posts": write_posts(posts)})
        return await desk.accounts.invite(name, posts)


async def _all(settings: Settings) -> Sequence[Account]:
    async with operator_desk(settings, now) as desk:
        return await desk.accounts.all()


async def _stand(settings: Settings, operator: str, verb: str) -> bool:
    async with operator_desk(settings, now) as desk:
        try:
            await desk.accounts.find(operator)
            await desk.acts.note("", f"{verb}-operator", _number(), about={"operator": operator})
            await (desk.accounts.suspend if verb == "suspend" else desk.accounts.resume)(operator)
        except NotFound:
            return False
    return True


def _posts(texts: Sequence[str]) -> Posts:
    try:
        return frozenset(map(Post.parse, texts))
    except ValueError as problem:
        raise ConfigurationError(field="--role", problem=WANTED) from problem


def _number() -> str:
    return f"command-{secrets.token_hex(8)}"


def _found(found: bool) -> None:
    if not found:
        typer.echo("bawaba: there is no operator of that id; `bawaba operator list` lists them", err=True)
        raise typer.Exit(1)
