"""The rows of the registry that agencies ask for, read inside a transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFound
from gateway.registry.building import AgencyKey
from gateway.registry.mandates import MandateTerms
from gateway.storage.registry_tables import (
    registry_adapters,
    registry_definitions,
    registry_keys,
    registry_mandates,
    registry_secrets,
    registry_versions,
)

LONGEST_VERSION: Final = 32
"""Characters; no number of a version is longer."""


async def adapter_row(connection: AsyncConnection, adapter: str) -> Row[Any]:
    """The adapter; raises ``NotFound``."""
    found = await connection.execute(select(registry_adapters).where(registry_adapters.c.adapter_id == adapter))
    row: Row[Any] | None = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def version_row(connection: AsyncConnection, adapter: str, version: str) -> Row[Any]:
    """The version; raises ``NotFound``."""
    table = registry_versions
    if len(version) > LONGEST_VERSION or not version.isascii():
        raise NotFound
    found = await connection.execute(select(table).where(table.c.adapter_id == adapter, table.c.version == version))
    row: Row[Any] | None = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def newest_version(connection: AsyncConnection, adapter: str) -> Any:
    """The version registered last, its number and its ordinal alone; ``None`` where there is none."""
    table = registry_versions
    wanted = select(table.c.version, table.c.ordinal).where(table.c.adapter_id == adapter)
    found = await connection.execute(wanted.order_by(table.c.ordinal.desc()).limit(1))
    return found.one_or_none()


async def versions_below(
    connection: AsyncConnection, adapter: str, limit: int, ordinal: int | None = None
) -> Sequence[Row[Any]]:
    """So many versions without their documents, the newest first, those below an ordinal where one is given."""
    table = registry_versions
    columns = (table.c[name] for name in ("version", "standing", "digest", "made_by", "made_at", "changed_at"))
    wanted = select(*columns).where(table.c.adapter_id == adapter).order_by(table.c.ordinal.desc()).limit(limit)
    if ordinal is not None:
        wanted = wanted.where(table.c.ordinal < ordinal)
    return (await connection.execute(wanted)).all()


async def secret_names(connection: AsyncConnection, adapter: str) -> Mapping[str, frozenset[str]]:
    """The names of the secrets that are set, by environment."""
    table = registry_secrets
    found: dict[str, set[str]] = defaultdict(set)
    for row in await connection.execute(select(table.c.environment, table.c.name).where(table.c.adapter_id == adapter)):
        found[row.environment].add(row.name)
    return {environment: frozenset(names) for environment, names in found.items()}


async def sealed_secrets(connection: AsyncConnection, adapter: str, environment: str) -> Mapping[str, bytes]:
    """The secrets of an environment by name, sealed."""
    table = registry_secrets
    wanted = select(table.c.name, table.c.sealed).where(
        table.c.adapter_id == adapter, table.c.environment == environment
    )
    return {row.name: row.sealed for row in await connection.execute(wanted)}


async def valid_keys(connection: AsyncConnection, agency: str) -> Mapping[str, AgencyKey]:
    """The keys of an agency that were not revoked, by name."""
    table = registry_keys
    wanted = select(table).where(table.c.agency_id == agency, table.c.revoked_at.is_(None))
    return {row.name: AgencyKey(row.kind, row.document) for row in await connection.execute(wanted)}


async def claims(connection: AsyncConnection, services: Collection[str]) -> Mapping[str, str]:
    """Of those services that some version defines: whose versions may, adapter by service."""
    table = registry_definitions
    wanted = select(table).where(table.c.service_id.in_(services))
    return {row.service_id: row.adapter_id for row in await connection.execute(wanted)}


async def valid_mandates(connection: AsyncConnection, partner: str, at: int) -> tuple[MandateTerms, ...]:
    """The mandates of a partner that are in force at that moment, in seconds since 1970."""
    table = registry_mandates
    wanted = select(table).where(
        table.c.partner_id == partner,
        table.c.standing == "active",
        table.c.starts_at <= at,
        table.c.ends_at > at,
    )
    return tuple(MandateTerms.of(row) for row in await connection.execute(wanted))
