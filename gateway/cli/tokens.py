"""``bawaba keys`` and ``bawaba tokens``: rotate what signs and seals, revoke what was given."""

import asyncio
import time
from typing import Annotated

import typer

from gateway.app import signing_keys
from gateway.app.sealed import SEALED_COLUMNS
from gateway.app.signin import signin_keys
from gateway.cli import ConfigOption, key_verbs, settings_of, token_verbs
from gateway.identity.people import People
from gateway.identity.resealing import reseal as reseal_columns
from gateway.identity.revocation import Revocable, Revocations
from gateway.settings import Settings
from gateway.storage.engine import Storage


@key_verbs.command()
def rotate(config: ConfigOption = None) -> None:
    """Sign with the next key from now on; the present one goes on verifying until its tokens have expired."""
    signing_keys(settings_of(config)).rotate(now=time.time())
    typer.echo("Rotated: every worker signs with the new key within seconds.")


@key_verbs.command()
def reseal(config: ConfigOption = None) -> None:
    """Seal everything that is stored sealed anew under the vault's first key; after it the older keys may go."""
    typer.echo(f"Sealed anew: {asyncio.run(_reseal(settings_of(config)))}.")


@token_verbs.command()
def revoke(
    kind: Annotated[Revocable, typer.Argument(help="What to revoke.")],
    value: Annotated[str, typer.Argument(help="The token's jti, the session's sid or the client's id.")],
    config: ConfigOption = None,
) -> None:
    """Refuse a token, a session or a client on every worker, within a second."""
    asyncio.run(_revoke(settings_of(config), kind, value))
    typer.echo(f"Revoked {kind.value} {value}.")


async def _reseal(settings: Settings) -> int:
    async with Storage.open(settings.storage.url) as storage:
        vault, finder = signin_keys(settings)
        people = await People(storage, vault, finder, time.time).reseal()
        return people + await reseal_columns(storage, vault, SEALED_COLUMNS)


async def _revoke(settings: Settings, kind: Revocable, value: str) -> None:
    async with Storage.open(settings.storage.url) as storage, Revocations.open(storage) as revocations:
        await revocations.revoke(kind, value)
