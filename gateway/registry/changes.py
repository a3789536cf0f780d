"""What has changed in the registry since a worker looked last, read in one snapshot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.registry.building import AgencyKey
from gateway.registry.mandates import MandateTerms
from gateway.registry.manifest import Environment
from gateway.registry.store import AdapterState, state_of
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import (
    registry_adapters,
    registry_agencies,
    registry_clock,
    registry_keys,
    registry_mandates,
    registry_secrets,
    registry_versions,
)

log = structlog.get_logger()

ENVIRONMENT: Final[Environment] = "live"
"""Where calls of citizens go."""


@dataclass(frozen=True, slots=True)
class Plate:
    """What workers take of a version: its name plate as JSON, and what the catalogue takes of its definitions."""

    plate: bytes
    catalogue: bytes


@dataclass(frozen=True, slots=True)
class Agency:
    """What routing asks of an agency."""

    kind: str
    standing: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that carries a revision above the one asked from; ``revision`` is the newest there is.

    ``plates`` are those of the versions that answer or are tried, by adapter and version; ``secrets``, still sealed,
    are by adapter and name; ``keys`` by agency and name.
    """

    revision: int
    adapters: Sequence[AdapterState]
    plates: Mapping[tuple[str, str], Plate]
    secrets: Mapping[str, Mapping[str, bytes]]
    keys: Mapping[str, Mapping[str, AgencyKey]]
    agencies: Mapping[str, Agency]
    mandates: Sequence[MandateTerms]


async def revision(storage: Storage) -> int:
    """The newest revision; raises ``StorageDown``."""
    async with storage.glancing() as connection:
        return int((await connection.execute(select(registry_clock.c.revision))).scalar_one())


async def changes(storage: Storage, since: int) -> Changes:
    """What changed after ``since``; raises ``StorageDown``."""
    async with storage.reading() as connection:
        newest = int((await connection.execute(select(registry_clock.c.revision))).scalar_one())
        adapters = [
            state_of(row)
            for row in await connection.execute(
                # In one order for all workers: of two that give a service the first has it.
                select(registry_adapters)
                .where(registry_adapters.c.revision > since)
                .order_by(registry_adapters.c.created_at, registry_adapters.c.adapter_id)
            )
        ]
        return Changes(
            revision=newest,
            adapters=adapters,
            plates=await _plates(connection, since),
            secrets=await _secrets(connection, since),
            keys=await _keys(connection, since) if adapters else {},
            agencies={
                row.agency_id: Agency(row.kind, row.standing)
                for row in await connection.execute(
                    select(registry_agencies).where(registry_agencies.c.revision > since)
                )
            },
            mandates=[
                _terms(row)
                for row in await connection.execute(
                    select(registry_mandates).where(registry_mandates.c.revision > since)
                )
            ],
        )


def _terms(row: Row[Any]) -> MandateTerms:
    """Nothing goes by a mandate that nobody can read, and it keeps no other from being read."""
    try:
        return MandateTerms.of(row)
    except ValueError as problem:
        log.error("mandate.unreadable", mandate=row.mandate_id, error=type(problem).__name__)
        none = frozenset[str]()
        return MandateTerms(
            row.mandate_id, row.partner_id, row.agency_id, False, none, frozenset(), none, row.starts_at, row.ends_at, 0
        )


async def _plates(connection: AsyncConnection, since: int) -> Mapping[tuple[str, str], Plate]:
    adapters, versions = registry_adapters, registry_versions
    rows = await connection.execute(
        select(versions.c.adapter_id, versions.c.version, versions.c.plate, versions.c.catalogue)
        .join(adapters, adapters.c.adapter_id == versions.c.adapter_id)
        .where(
            adapters.c.revision > since,
            or_(versions.c.version == adapters.c.live_version, versions.c.version == adapters.c.canary_version),
        )
    )
    return {(row.adapter_id, row.version): Plate(row.plate, row.catalogue) for row in rows}


async def _secrets(connection: AsyncConnection, since: int) -> Mapping[str, Mapping[str, bytes]]:
    adapters, secrets = registry_adapters, registry_secrets
    rows = await connection.execute(
        select(secrets.c.adapter_id, secrets.c.name, secrets.c.sealed)
        .join(adapters, adapters.c.adapter_id == secrets.c.adapter_id)
        .where(adapters.c.revision > since, secrets.c.environment == ENVIRONMENT)
    )
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for row in rows:
        found[row.adapter_id][row.name] = row.sealed
    return found


async def _keys(connection: AsyncConnection, since: int) -> Mapping[str, Mapping[str, AgencyKey]]:
    """Of the agencies whose adapters changed, those that were not revoked."""
    adapters, keys = registry_adapters, registry_keys
    of = select(adapters.c.agency_id).where(adapters.c.revision > since)
    rows = await connection.execute(select(keys).where(keys.c.agency_id.in_(of), keys.c.revoked_at.is_(None)))
    found: dict[str, dict[str, AgencyKey]] = defaultdict(dict)
    for row in rows:
        found[row.agency_id][row.name] = AgencyKey(row.kind, row.document)
    return found
