"""The secrets that adapters show their national systems: set, replaced and deleted, and never shown again."""

import re
from collections.abc import Callable
from typing import Final, Literal

from pydantic import Field
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import Actor, AgencyGrant
from gateway.agencies.moments import Moment, moment
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.identity.vault import Vault
from gateway.registry.manifest import Environment
from gateway.registry.secrets import secret_context
from gateway.registry.store import RegistryStore
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_secrets
from gateway.storage.upsert import upsert

LONGEST_SECRET: Final = 16_384
MOST_SECRETS: Final = 64
ENVIRONMENTS: Final[tuple[Environment, ...]] = ("sandbox", "live")
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
Change = Literal["secret-set", "secret-deleted"]


class NewSecret(Frozen):
    """The value, which can be replaced and never be read again."""

    value: str = Field(min_length=1, max_length=LONGEST_SECRET, repr=False)


class SecretView(Frozen):
    """That a secret is set, and since when."""

    environment: Environment
    name: str
    set_at: Moment


class SecretList(Frozen):
    """The secrets that are set, without their values."""

    secrets: tuple[SecretView, ...]


class Secrets:
    """``clock`` gives seconds since 1970. Values are sealed for their adapter, environment and name."""

    def __init__(self, storage: Storage, vault: Vault, store: RegistryStore, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._clock = clock

    async def list(self, actor: Actor, adapter: str) -> SecretList:
        """Those of the adapter, which is of the actor's agency."""
        async with self._storage.glancing() as connection:
            return await _all(connection, adapter)

    async def put(self, grant: AgencyGrant, adapter: str, environment: str, name: str, new: NewSecret) -> SecretList:
        """Sets or replaces it; whoever holds a connection by the old one is built anew.

        Raises ``NotFound`` for an environment or a name that cannot be, and ``Conflict`` where there are too many.
        """
        place = _place(environment, name)
        if any(ord(letter) < 32 and letter not in "\r\n\t" for letter in new.value):
            raise InvalidInput("field_format", field="/value")
        sealed = self._vault.seal(new.value.encode(), secret_context(adapter, place, name))
        table, now = registry_secrets, int(self._clock())
        kept = {"sealed": sealed, "set_at": now}
        async with self._storage.writing() as connection:
            await self._touch(connection, grant, adapter, "secret-set", place, name)
            await connection.execute(
                upsert(self._storage, table)
                .values(adapter_id=adapter, environment=place, name=name, **kept)
                .on_conflict_do_update(index_elements=["adapter_id", "environment", "name"], set_=kept)
            )
            counted = select(func.count()).select_from(table).where(table.c.adapter_id == adapter)
            if int((await connection.execute(counted)).scalar_one()) > MOST_SECRETS:
                raise Conflict("secrets_too_many")
            return await _all(connection, adapter)

    async def delete(self, grant: AgencyGrant, adapter: str, environment: str, name: str) -> SecretList:
        """It is gone; raises ``NotFound`` where there is none."""
        place, table = _place(environment, name), registry_secrets
        own = table.c.adapter_id == adapter, table.c.environment == place, table.c.name == name
        async with self._storage.writing() as connection:
            await self._touch(connection, grant, adapter, "secret-deleted", place, name)
            if (await connection.execute(delete(table).where(*own))).rowcount == 0:
                raise NotFound
            return await _all(connection, adapter)

    async def _touch(
        self,
        connection: AsyncConnection,
        grant: AgencyGrant,
        adapter: str,
        what: Change,
        environment: Environment,
        name: str,
    ) -> None:
        facts = {"environment": environment, "name": name}
        await self._store.touch(connection, adapter, what, grant.actor.id, facts)


def _place(environment: str, name: str) -> Environment:
    found = next((each for each in ENVIRONMENTS if each == environment), None)
    if found is None or not NAME.fullmatch(name):
        raise NotFound
    return found


async def _all(connection: AsyncConnection, adapter: str) -> SecretList:
    table = registry_secrets
    wanted = select(table.c.environment, table.c.name, table.c.set_at).where(table.c.adapter_id == adapter)
    return SecretList(
        secrets=tuple(
            SecretView(environment=row.environment, name=row.name, set_at=moment(row.set_at))
            for row in await connection.execute(wanted.order_by(table.c.environment, table.c.name))
        )
    )
