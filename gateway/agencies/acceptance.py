"""The acceptance kit, run by the gateway itself against an agency's sandbox, and its report kept with the version."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Row

from gateway.agencies.acting import AgencyGrant
from gateway.agencies.records import sealed_secrets, valid_keys, version_row
from gateway.agencies.version_view import VersionView, version_view
from gateway.agencies.versions import TRIED, stand
from gateway.errors import BawabaError, ConfigurationError, Conflict, Finding, TooManyRequests, UnfitSubmission
from gateway.identity.vault import Vault
from gateway.kit.report import Report
from gateway.registry.building import AgencyKey, Builder
from gateway.registry.rooms import Room
from gateway.registry.secrets import opened
from gateway.registry.store import RegistryStore
from gateway.registry.submission import Submission
from gateway.registry.version import close_room
from gateway.storage.engine import Storage

log = structlog.get_logger()

SECONDS: Final = 120.0
"""How long the whole may take; a sandbox that needs longer is not one."""

AT_ONCE: Final = 4
"""Runs of one worker; whoever comes more is asked to come again."""

OF_ONE: Final = 2
"""So many of them are one agency's at most: whoever has a slow sandbox keeps nobody else from being tried."""

HIDDEN: Final = "…"
SHORTEST_HIDDEN: Final = 6

RunKit = Callable[[Submission, Room], Awaitable[Report]]
"""Plays the cases of a submission against its room, which is open."""


@dataclass(frozen=True, slots=True)
class _Ready:
    row: Row[Any]
    submission: Submission
    secrets: Mapping[str, str]
    keys: Mapping[str, AgencyKey]


class Acceptance:
    """``clock`` gives seconds since 1970."""

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        store: RegistryStore,
        builder: Builder,
        run: RunKit,
        clock: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._store = store
        self._builder = builder
        self._run = run
        self._clock = clock
        self._running: dict[str, str] = {}

    async def run(self, grant: AgencyGrant, adapter: str, version: str) -> VersionView:
        """The version with the report; it stands ``passed`` from then on where the kit found nothing wrong.

        Raises ``NotFound``, ``UnfitSubmission`` where it cannot even be built, ``TooManyRequests``, and ``Conflict``
        where it was handed in already, is being tried just now, or takes too long.
        """
        ready = await self._ready(grant, adapter, version)
        if adapter in self._running:
            raise Conflict("acceptance_running")
        agency, running = grant.actor.agency, list(self._running.values())
        if len(running) >= AT_ONCE or running.count(agency) >= OF_ONE:
            raise TooManyRequests(retry_after=10)
        self._running[adapter] = agency
        try:
            report = await self._play(ready)
        finally:
            self._running.pop(adapter, None)
        kept = _without(report.as_json(), ready.secrets)
        async with self._storage.writing() as connection:
            await self._store.bump(connection)
            row = await version_row(connection, adapter, version)
            if row.standing not in TRIED:
                raise Conflict("version_handed_in")
            await stand(connection, row, "passed" if report.passed else "draft", int(self._clock()), report=kept)
            await self._store.note(
                connection, adapter, "tried", grant.actor.id, version, {"passed": "yes" if report.passed else "no"}
            )
            view = version_view(await version_row(connection, adapter, version))
        log.info("adapter_version.tried", adapter=adapter, version=version, passed=report.passed)
        return view

    async def _ready(self, grant: AgencyGrant, adapter: str, version: str) -> _Ready:
        async with self._storage.reading() as connection:
            row = await version_row(connection, adapter, version)
            if row.standing not in TRIED:
                raise Conflict("version_handed_in")
            sealed = await sealed_secrets(connection, adapter, "sandbox")
            keys = await valid_keys(connection, grant.actor.agency)
        submission = await asyncio.to_thread(Submission.model_validate_json, row.document)
        return _Ready(row, submission, opened(self._vault, adapter, "sandbox", sealed), keys)

    async def _play(self, ready: _Ready) -> Report:
        plate = ready.submission.plate
        defined = {service.id: service for service in ready.submission.definitions}
        try:
            # A hundred maps take a while, in which others are served.
            room = await asyncio.to_thread(self._builder.build, plate, "sandbox", ready.secrets, ready.keys, defined)
        except ConfigurationError as problem:
            detail = str(problem.facts["problem"])
            raise UnfitSubmission([Finding("/plate", "unfit", problem.field or "", {"detail": detail})]) from problem
        try:
            async with asyncio.timeout(SECONDS):
                await room.system.open()
                return await self._run(ready.submission, room)
        except TimeoutError as problem:
            raise Conflict("acceptance_too_long") from problem
        finally:
            try:
                await close_room(room)
            except BawabaError:
                # What cannot be closed has been judged all the same.
                log.warning("adapter_version.not_closed", adapter=plate.label)


def _without(report: bytes, secrets: Mapping[str, str]) -> bytes:
    """The report without what the sandbox may have said back of the secrets that it was shown."""
    text = report.decode()
    for value in secrets.values():
        if len(value) >= SHORTEST_HIDDEN:
            text = text.replace(orjson.dumps(value).decode()[1:-1], HIDDEN)
    return text.encode()
