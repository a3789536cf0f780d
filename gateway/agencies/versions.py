"""The versions of an adapter: each judged whole, kept as it was handed in, tried, and submitted for approval."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import Actor, AgencyGrant
from gateway.agencies.diff import Say, VersionDiff, compare
from gateway.agencies.finding import words_of
from gateway.agencies.members import Remember
from gateway.agencies.reading import MOST_FINDINGS, NewVersion, check_size, read_definitions, read_plate
from gateway.agencies.records import (
    adapter_row,
    claims,
    newest_version,
    secret_names,
    valid_keys,
    valid_mandates,
    version_row,
    versions_below,
)
from gateway.agencies.rules import Known, VersionRules, check_maps, missing_secrets, ordinal
from gateway.agencies.version_view import VersionPage, VersionView, version_summary, version_view
from gateway.errors import Conflict, Finding, UnfitSubmission
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.registry.store import RegistryStore
from gateway.registry.submission import Submission
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_definitions, registry_versions

log = structlog.get_logger()

MOST_VERSIONS: Final = 1000
TRIED: Final = frozenset({"draft", "passed"})
"""The standings in which a version may be tried by the acceptance kit: it has not been handed in."""


class Versions:
    """``clock`` gives seconds since 1970. A version never changes once it is registered."""

    def __init__(self, storage: Storage, store: RegistryStore, rules: VersionRules, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._store = store
        self._rules = rules
        self._clock = clock

    async def find(self, adapter: str, version: str) -> VersionView:
        """The version whole; raises ``NotFound``. Whoever asks is of the adapter's agency."""
        async with self._storage.reading() as connection:
            return version_view(await version_row(connection, adapter, version))

    async def page(self, adapter: str, limit: int, after: str | None) -> VersionPage:
        """A page of the adapter's versions, from below the version ``after`` on; raises ``NotFound`` for that."""
        async with self._storage.reading() as connection:
            before = (await version_row(connection, adapter, after)).ordinal if after is not None else None
            rows = await versions_below(connection, adapter, limit + 1, before)
        shown = tuple(map(version_summary, rows[:limit]))
        return VersionPage(versions=shown, next=shown[-1].version if len(rows) > limit else None)

    async def compare(self, adapter: str, before: str, after: str, say: Say) -> VersionDiff:
        """What is different between two versions, ``say`` putting it into words; raises ``NotFound``."""
        async with self._storage.reading() as connection:
            rows = [await version_row(connection, adapter, each) for each in (before, after)]
        return await asyncio.to_thread(compare, rows[0], rows[1], say)

    async def register(self, grant: AgencyGrant, adapter: str, version: str, new: NewVersion) -> VersionView:
        """The version, judged and kept; the same one again is answered as it stands.

        Raises ``UnfitSubmission`` with everything that is wrong, and ``Conflict`` where another has that number.
        """
        findings: list[Finding] = []
        plate, definitions = await asyncio.to_thread(_parts, new, findings)
        if plate is None or findings:
            raise UnfitSubmission(findings[:MOST_FINDINGS])
        submission = Submission(plate=plate, definitions=tuple(definitions), cases=new.cases)
        columns = await asyncio.to_thread(submission.columns)
        async with self._storage.reading() as connection:
            if (kept := await _same(connection, adapter, version, submission)) is not None:
                return kept
            known = await self._known(connection, grant.actor, adapter, version, submission)
        found = list(self._rules.judge(plate, definitions, list(new.cases), known))
        services = self._rules.services_of(plate, definitions)
        found += await asyncio.to_thread(lambda: list(check_maps(plate, services)))
        if found:
            raise UnfitSubmission(found[:MOST_FINDINGS])
        async with self._storage.writing() as connection:
            return await self._keep(connection, grant.actor, adapter, submission, columns)

    async def submit(self, grant: AgencyGrant, adapter: str, version: str, remember: Remember) -> VersionView:
        """Hands a version that passed to the two who approve.

        Raises ``NotFound``, ``UnfitSubmission`` for what it has not got that it needs to go live, and ``Conflict``
        for one that did not pass or was handed in before.
        """
        async with self._storage.writing() as connection:
            await self._store.bump(connection)
            row = await version_row(connection, adapter, version)
            if row.standing != "passed":
                raise Conflict("version_not_passed")
            check_ready(Manifest.model_validate_json(row.plate), await secret_names(connection, adapter))
            await stand(connection, row, "submitted", int(self._clock()))
            await self._store.note(connection, adapter, "submitted", grant.actor.id, version)
            view = version_view(await version_row(connection, adapter, version))
            await remember(connection, view)
        log.info("adapter_version.submitted", adapter=adapter, version=version)
        return view

    async def _known(
        self, connection: AsyncConnection, actor: Actor, adapter: str, version: str, submission: Submission
    ) -> Known:
        newest = await newest_version(connection, adapter)
        return Known(
            actor=actor,
            adapter=adapter,
            version=version,
            newest=ordinal(newest.version) if newest else None,
            secrets=await secret_names(connection, adapter),
            keys=await valid_keys(connection, actor.agency),
            claimed=await claims(connection, [service.id for service in submission.definitions]),
            mandates=await valid_mandates(connection, actor.agency, int(self._clock())),
        )

    async def _keep(
        self,
        connection: AsyncConnection,
        actor: Actor,
        adapter: str,
        submission: Submission,
        columns: Mapping[str, Any],
    ) -> VersionView:
        """Puts it down; what was true when it was judged is looked at again, now that nobody else writes."""
        await self._store.bump(connection)
        plate = submission.plate
        if (await adapter_row(connection, adapter)).standing == "retired":
            raise Conflict("adapter_retired")
        if (kept := await _same(connection, adapter, plate.version, submission)) is not None:
            return kept
        newest = await newest_version(connection, adapter)
        number = newest.ordinal + 1 if newest else 1
        if newest and ordinal(newest.version) >= ordinal(plate.version):
            raise Conflict("version_overtaken")
        if number > MOST_VERSIONS:
            raise Conflict("versions_too_many")
        now = int(self._clock())
        await _claim(connection, adapter, submission.definitions)
        await connection.execute(
            insert(registry_versions).values(
                adapter_id=adapter,
                ordinal=number,
                standing="draft",
                report=None,
                made_by=actor.id,
                made_at=now,
                changed_at=now,
                **columns,
            )
        )
        title = orjson.dumps(plate.title.model_dump())
        words = words_of(plate.name, plate.title.ar, plate.title.en)
        own = registry_adapters.c.adapter_id == adapter
        await connection.execute(update(registry_adapters).where(own).values(title=title, words=words))
        await self._store.note(
            connection, adapter, "registered", actor.id, plate.version, {"digest": submission.digest}
        )
        log.info("adapter_version.registered", adapter=adapter, version=plate.version)
        return version_view(await version_row(connection, adapter, plate.version))


def check_ready(plate: Manifest, secrets: Any) -> None:
    """Raises ``UnfitSubmission`` where the version has not what it needs to go live: addresses there, and secrets."""
    findings = list(missing_secrets(plate, "live", secrets))
    if plate.endpoints and "live" not in plate.addresses:
        findings.insert(0, Finding("/plate/addresses/live", "missing"))
    if findings:
        raise UnfitSubmission(findings)


async def stand(connection: AsyncConnection, row: Row[Any], standing: str, now: int, **values: Any) -> None:
    """The version stands otherwise from now on."""
    table = registry_versions
    own = table.c.adapter_id == row.adapter_id, table.c.version == row.version
    await connection.execute(update(table).where(*own).values(standing=standing, changed_at=now, **values))


def _parts(new: NewVersion, findings: list[Finding]) -> tuple[Manifest | None, Sequence[Service]]:
    """What can be read of it; half a megabyte of schemas takes a while, in which others are served."""
    check_size(new, findings)
    if findings:
        return None, ()
    return read_plate(new, findings), read_definitions(new, findings)


async def _same(connection: AsyncConnection, adapter: str, version: str, submission: Submission) -> VersionView | None:
    """The version where it is there already, ``None`` where there is none; raises ``Conflict`` for another one."""
    table = registry_versions
    wanted = select(table).where(table.c.adapter_id == adapter, table.c.version == version)
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        return None
    if row.digest != submission.digest:
        raise Conflict("version_taken")
    return version_view(row)


async def _claim(connection: AsyncConnection, adapter: str, definitions: Sequence[Service]) -> None:
    """Nobody else may define these services from now on; raises ``Conflict`` where somebody was quicker."""
    ids = [service.id for service in definitions]
    claimed = await claims(connection, ids)
    if taken := sorted(service for service, owner in claimed.items() if owner != adapter):
        raise Conflict("service_taken", service=taken[0])
    if new := [{"service_id": each, "adapter_id": adapter} for each in ids if each not in claimed]:
        await connection.execute(insert(registry_definitions), new)
