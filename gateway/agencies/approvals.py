"""A version is endorsed by the national programme of its state and approved by the joint committee: by two people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import structlog
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies import contexts
from gateway.errors import Conflict, Forbidden, InvalidInput, NotFound
from gateway.identity.vault import Vault
from gateway.policy.operators import OperatorAct, OperatorGrant
from gateway.registry.store import RegistryStore
from gateway.schema.country import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_approvals, registry_versions

log = structlog.get_logger()

LONGEST_REASON: Final = 2000
SHORTEST_REASON: Final = 10


class Stage(StrEnum):
    """Whose turn it is."""

    NATIONAL = "national"
    JOINT = "joint"


WAITS: Final[Mapping[str, Stage]] = {"submitted": Stage.NATIONAL, "endorsed": Stage.JOINT}
"""Whose judgement a version of that standing waits for."""

_BEFORE: Final = {stage: standing for standing, stage in WAITS.items()}
_AFTER: Final[Mapping[Stage, str]] = {Stage.NATIONAL: "endorsed", Stage.JOINT: "approved"}
_YES: Final[Mapping[OperatorAct, Stage]] = {
    OperatorAct.ENDORSE_ADAPTER: Stage.NATIONAL,
    OperatorAct.APPROVE_ADAPTER: Stage.JOINT,
}
_NO: Final[Mapping[OperatorAct, Stage]] = {
    OperatorAct.REFUSE_ADAPTER: Stage.NATIONAL,
    OperatorAct.REFUSE_ADAPTER_JOINTLY: Stage.JOINT,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that waits for a judgement; times in seconds since 1970."""

    adapter: str
    version: str
    agency: str
    country: Country
    stage: Stage
    digest: str
    made_by: str
    made_at: int
    changed_at: int

    @property
    def label(self) -> str:
        """As records and entries name it, ``fisheries@1.0.0``."""
        return f"{self.adapter}@{self.version}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one of the two said; ``reason`` is why it was refused."""

    stage: Stage
    verdict: str
    digest: str
    operator: str
    reason: str | None
    at: int


class Approvals:
    """Of two judgements of one version at once, one is taken; what was not shown is not judged.

    ``clock`` gives seconds since 1970. Every grant is of an act that is sealed already.
    """

    def __init__(self, storage: Storage, vault: Vault, store: RegistryStore, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._clock = clock

    async def waiting(self) -> Sequence[Waiting]:
        """Every version that waits, the longest waiting first."""
        wanted = _WAITING.order_by(registry_versions.c.changed_at, registry_versions.c.adapter_id)
        async with self._storage.reading() as connection:
            return [_waiting(row) for row in await connection.execute(wanted)]

    async def find(self, adapter: str, version: str) -> Waiting:
        """The version, where it waits; raises ``NotFound``, and ``Conflict`` where it has been judged, or is not yet
        submitted.
        """
        async with self._storage.reading() as connection:
            return await self._found(connection, adapter, version)

    async def verdicts(self, adapter: str, version: str) -> Sequence[Verdict]:
        """What was said about the version, the national programme first; raises ``NotFound``."""
        table, versions = registry_approvals, registry_versions
        there = select(versions.c.standing).where(versions.c.adapter_id == adapter, versions.c.version == version)
        wanted = select(table).where(table.c.adapter_id == adapter, table.c.version == version).order_by(table.c.at)
        async with self._storage.reading() as connection:
            if await connection.scalar(there) is None:
                raise NotFound
            found = [self._verdict(row) for row in await connection.execute(wanted)]
        return sorted(found, key=lambda each: list(Stage).index(each.stage))

    async def agree(self, grant: OperatorGrant, adapter: str, version: str, digest: str) -> None:
        """Endorses or approves, as the grant says, the document of that digest.

        Raises ``Forbidden`` (``approval_same_person``), ``NotFound``, and ``Conflict`` where it is another's turn, or
        where the digest is of something else than what stands there.
        """
        stage = _YES[grant.act]
        await self._judge(grant, stage, adapter, version, digest, _AFTER[stage], None)
        log.info("adapter_version.judged", adapter=adapter, version=version, stage=stage.value, verdict="approved")

    async def refuse(self, grant: OperatorGrant, adapter: str, version: str, digest: str, reason: str) -> None:
        """Refuses it for good, with a reason that its agency reads; raises as ``agree`` does, and ``InvalidInput``."""
        stage, words = _NO[grant.act], reason.strip()
        if len(words) < SHORTEST_REASON:
            raise InvalidInput("field_too_short", field="/reason", minimum=SHORTEST_REASON)
        if len(words) > LONGEST_REASON:
            raise InvalidInput("field_too_long", field="/reason", maximum=LONGEST_REASON)
        await self._judge(grant, stage, adapter, version, digest, "refused", words)
        log.info("adapter_version.judged", adapter=adapter, version=version, stage=stage.value, verdict="refused")

    async def _judge(
        self,
        grant: OperatorGrant,
        stage: Stage,
        adapter: str,
        version: str,
        digest: str,
        after: str,
        reason: str | None,
    ) -> None:
        now, operator = int(self._clock()), grant.operator.id
        async with self._storage.writing() as connection:
            # Whoever comes second waits here, and sees then that it has been judged.
            await self._store.bump(connection)
            found = await self._found(connection, adapter, version)
            if not grant.holds_in(found.country):
                raise NotFound
            if found.stage is not stage:
                raise Conflict("approval_not_your_turn")
            if found.digest != digest:
                raise Conflict("approval_other_document")
            if stage is Stage.JOINT and await _endorsed_by(connection, adapter, version) == operator:
                raise Forbidden("approval_same_person")
            await self._move(connection, found, after, now)
            row = {
                "adapter_id": adapter,
                "version": version,
                "stage": stage.value,
                "verdict": "approved" if reason is None else "refused",
                "digest": digest,
                "operator_id": operator,
                "reason": self._sealed(reason, adapter, version, stage),
                "at": now,
            }
            await connection.execute(insert(registry_approvals).values(row))
            actor, facts = f"operator:{operator}", {"stage": stage.value, "digest": digest}
            await self._store.note(connection, adapter, after, actor, version, facts)

    async def _found(self, connection: AsyncConnection, adapter: str, version: str) -> Waiting:
        own = registry_versions.c.adapter_id == adapter, registry_versions.c.version == version
        row = (await connection.execute(_WAITING.where(*own))).one_or_none()
        if row is not None:
            return _waiting(row)
        standing = await connection.scalar(select(registry_versions.c.standing).where(*own))
        if standing is None:
            raise NotFound
        raise Conflict("approval_over" if standing in ("approved", "refused", "withdrawn") else "approval_too_early")

    async def _move(self, connection: AsyncConnection, found: Waiting, after: str, now: int) -> None:
        table = registry_versions
        moved = update(table).where(
            table.c.adapter_id == found.adapter,
            table.c.version == found.version,
            table.c.standing == _BEFORE[found.stage],
            table.c.digest == found.digest,
        )
        if (await connection.execute(moved.values(standing=after, changed_at=now))).rowcount == 0:
            raise Conflict("approval_over")

    def _sealed(self, reason: str | None, adapter: str, version: str, stage: Stage) -> bytes | None:
        if reason is None:
            return None
        return self._vault.seal(reason.encode(), contexts.of_reason(adapter, version, stage.value))

    def _verdict(self, row: Row[Any]) -> Verdict:
        context = contexts.of_reason(row.adapter_id, row.version, row.stage)
        reason = None if row.reason is None else self._vault.open(row.reason, context).decode()
        return Verdict(Stage(row.stage), row.verdict, row.digest, row.operator_id, reason, row.at)


_WAITING: Final = (
    select(
        registry_versions.c.adapter_id,
        registry_versions.c.version,
        registry_versions.c.standing,
        registry_versions.c.digest,
        registry_versions.c.made_by,
        registry_versions.c.made_at,
        registry_versions.c.changed_at,
        registry_adapters.c.agency_id,
        registry_adapters.c.country,
    )
    .join(registry_adapters, registry_adapters.c.adapter_id == registry_versions.c.adapter_id)
    .where(registry_versions.c.standing.in_(list(WAITS)))
)


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row.adapter_id,
        row.version,
        row.agency_id,
        Country(row.country),
        WAITS[row.standing],
        row.digest,
        row.made_by,
        row.made_at,
        row.changed_at,
    )


async def _endorsed_by(connection: AsyncConnection, adapter: str, version: str) -> str | None:
    table = registry_approvals
    wanted = select(table.c.operator_id).where(
        table.c.adapter_id == adapter, table.c.version == version, table.c.stage == Stage.NATIONAL.value
    )
    found: str | None = await connection.scalar(wanted)
    return found
