"""What waits for somebody in their agencies: versions whose next step is theirs, and mandates to be accepted."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, func, or_, select

from gateway.agencies.acting import Actor, Role
from gateway.agencies.version_view import VersionStanding
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_mandates, registry_versions

MOST: Final = 50
"""So many of each kind are told; whoever has done with them sees the next."""

_INTEGRATION: Final = ("draft", "passed", "refused")


class WaitingVersion(Frozen):
    """The newest version of an adapter, whose next step is its agency's."""

    agency: str
    adapter: str
    version: str
    standing: VersionStanding
    is_tried: bool


class WaitingMandate(Frozen):
    """A mandate that its partner has not answered."""

    agency: str
    by: str


class WaitingThings(Frozen):
    """Everything that waits, adapters in the order of their names."""

    versions: tuple[WaitingVersion, ...]
    mandates: tuple[WaitingMandate, ...]


class Waiting:
    """Asked in the database every time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of(self, actors: Sequence[Actor], now: float) -> WaitingThings:
        """What the actors, each in an agency of theirs, may do next: by their roles, and in no suspended agency.

        ``now`` is in seconds since 1970.
        """
        active = [actor for actor in actors if actor.standing != "suspended"]
        making = [actor.agency for actor in active if actor.role is not Role.VIEWER]
        owning = [actor.agency for actor in active if actor.role is Role.OWNER]
        return WaitingThings(
            versions=await self._versions(making, owning), mandates=await self._mandates(owning, int(now))
        )

    async def _versions(self, making: Sequence[str], owning: Sequence[str]) -> tuple[WaitingVersion, ...]:
        adapters, versions = registry_adapters, registry_versions
        others = versions.alias()
        newest = select(func.max(others.c.ordinal)).where(others.c.adapter_id == adapters.c.adapter_id)
        is_tried = adapters.c.canary_version == versions.c.version
        answers = or_(adapters.c.live_version == versions.c.version, adapters.c.former_version == versions.c.version)
        theirs = or_(
            and_(adapters.c.agency_id.in_(making), versions.c.standing.in_(_INTEGRATION)),
            # Null where nothing answers yet, which is no yes.
            and_(adapters.c.agency_id.in_(owning), versions.c.standing == "approved", func.coalesce(~answers, True)),
        )
        wanted = (
            select(
                adapters.c.agency_id,
                versions.c.adapter_id,
                versions.c.version,
                versions.c.standing,
                func.coalesce(is_tried, False).label("is_tried"),
            )
            .join(versions, versions.c.adapter_id == adapters.c.adapter_id)
            .where(adapters.c.standing != "retired", versions.c.ordinal == newest.scalar_subquery(), theirs)
            .order_by(adapters.c.adapter_id)
            .limit(MOST)
        )
        async with self._storage.reading() as connection:
            return tuple(
                WaitingVersion(
                    agency=row.agency_id,
                    adapter=row.adapter_id,
                    version=row.version,
                    standing=row.standing,
                    is_tried=bool(row.is_tried),
                )
                for row in await connection.execute(wanted)
            )

    async def _mandates(self, owning: Sequence[str], now: int) -> tuple[WaitingMandate, ...]:
        table = registry_mandates
        wanted = select(table.c.partner_id, table.c.agency_id).where(
            table.c.partner_id.in_(owning), table.c.standing == "proposed", table.c.ends_at > now
        )
        async with self._storage.glancing() as connection:
            rows = await connection.execute(wanted.order_by(table.c.mandate_id).limit(MOST))
            return tuple(WaitingMandate(agency=row.partner_id, by=row.agency_id) for row in rows)
