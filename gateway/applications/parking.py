"""What operators see and do: messages that could not be delivered, sent again or given up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.hooks import Attachments
from gateway.applications.kept import Application, Detail
from gateway.applications.life import Standing
from gateway.applications.owned import UNREADABLE
from gateway.applications.queue import Parked, Queue
from gateway.applications.store import Store
from gateway.applications.terms import stop
from gateway.errors import NotFound, Unavailable
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.schema.answer import Outcome
from gateway.schema.application import ApplicationStatus
from gateway.schema.country import Country
from gateway.storage.application_tables import application_messages, applications
from gateway.storage.engine import Storage

log = structlog.get_logger()

CLIENT = "operator"


@dataclass(frozen=True, slots=True)
class Stuck:
    """A parked message, and whose it is to mend."""

    parked: Parked
    service: str
    country: str
    agency: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands where, by agency: messages that wait, messages that are parked, applications that are overdue."""

    waiting: Mapping[str, int]
    parked: Mapping[str, int]
    overdue: Mapping[str, int]


class Parking:
    """The operators' side. What they do is sealed as theirs, under the applicant's name."""

    def __init__(
        self,
        storage: Storage,
        store: Store,
        queue: Queue,
        attachments: Attachments,
        ledger: Ledger,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._store = store
        self._queue = queue
        self._attachments = attachments
        self._ledger = ledger
        self._clock = clock

    async def parked(self) -> Sequence[Stuck]:
        """What waits for an operator, the longest waiting first; what belongs to nothing that we know is left out."""
        columns = applications.c
        owners = select(columns.application_id, columns.service, columns.country, columns.agency)
        async with self._storage.reading() as connection:
            parked = await self._queue.parked(connection)
            wanted = columns.application_id.in_([each.application for each in parked])
            found = {row.application_id: row for row in await connection.execute(owners.where(wanted))}
        stuck = []
        for each in parked:
            owner = found.get(each.application)
            if owner is None or owner.country not in Country.__members__:
                log.error("message.ownerless", application=each.application, message=each.message)
            else:
                stuck.append(Stuck(each, owner.service, owner.country, owner.agency))
        return stuck

    async def resend(self, application: str) -> None:
        """Sends what is parked of the application again.

        Raises ``NotFound`` when nothing is, and ``Unavailable`` with ``application_unreadable``.
        """
        found = await self._stuck(application)
        await self._seal(found, "resend")
        async with self._storage.writing() as connection:
            await self._store.find(connection, application, to_change=True)
            if not await self._queue.resend(connection, application, self._clock()):
                raise NotFound

    async def give_up(self, application: str) -> None:
        """Gives up what is parked of the application; raises what ``resend`` raises.

        An application that never reached its state has failed, and all that waited behind it is dropped. Otherwise it
        stands as it did, without what was to be said.
        """
        found = await self._stuck(application)
        entry = await self._seal(found, "give-up")
        async with self._storage.writing() as connection:
            now, owner = self._clock(), await self._store.find(connection, application, to_change=True)
            parked = await self._queue.parked(connection, application)
            if owner is None or not parked:
                raise NotFound
            # What the applicant supplied is given up with it, so the state waits for the applicant again.
            after = stop(replace(owner, updated_at=now), now)
            if parked[0].kind == "submit":
                failed = Standing(ApplicationStatus.failed, progress=owner.standing.progress)
                after = replace(after, standing=failed, decided_at=now, track_at=None)
            for message in await self._queue.all_of(connection, application):
                if after.status.final or message == parked[0].message:
                    await self._attachments.delivered(connection, message)
                    await self._queue.remove(connection, message)
            await self._store.save(connection, after)
            detail = Detail(action=parked[0].kind)
            await self._store.record(connection, after, "operator", "given_up", now, detail, entry)

    async def counts(self) -> Counts:
        """How much waits, is parked and is overdue, by agency."""
        columns, messages = applications.c, application_messages.c
        joined = application_messages.join(applications, columns.application_id == messages.application_id)
        by_agency: Select[str, int] = select(columns.agency, func.count()).group_by(columns.agency)
        undecided = [status.value for status in ApplicationStatus if not status.final]
        async with self._storage.reading() as connection:
            return Counts(
                waiting=await _counted(connection, by_agency.select_from(joined).where(messages.parked_at.is_(None))),
                parked=await _counted(connection, by_agency.select_from(joined).where(messages.parked_at.is_not(None))),
                overdue=await _counted(
                    connection, by_agency.where(columns.overdue_at.is_not(None), columns.status.in_(undecided))
                ),
            )

    async def _stuck(self, application: str) -> Application:
        async with self._storage.reading() as connection:
            try:
                found = await self._store.find(connection, application)
            except ValueError as problem:
                raise Unavailable(UNREADABLE) from problem
            parked = await self._queue.parked(connection, application)
        if found is None or not parked:
            raise NotFound
        return found

    async def _seal(self, application: Application, step: str) -> str:
        applicant = application.particulars.applicant
        entry = Entry(
            at=self._clock(),
            request_id=f"{CLIENT}-{self._ledger.new_salt().hex()[:16]}",
            service=application.service,
            outcome=Outcome.ok,
            purpose=application.particulars.purpose,
            country=application.country,
            home=applicant.home,
            subject=self._ledger.pseudonym(applicant.subject),
            client=CLIENT,
            step=step,
            application=application.id,
        )
        return (await self._ledger.seal(entry, applicant.subject)).id


async def _counted(connection: AsyncConnection, wanted: Select[str, int]) -> Mapping[str, int]:
    return {name: count for name, count in await connection.execute(wanted)}  # noqa: C416 - a row is no pair to dict
