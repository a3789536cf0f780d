"""Applications and their events in the database, sealed where they are personal."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import ColumnElement, Row, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.hooks import Happened, Listener
from gateway.applications.kept import Application, Detail, Entry, Event, Particulars, Unreadable, from_micros, to_micros
from gateway.applications.life import Standing
from gateway.applications.view import Actor, Filters, What
from gateway.identity.vault import Vault
from gateway.schema.application import ApplicationStatus, Progress
from gateway.schema.country import Country
from gateway.storage.application_tables import application_events, applications
from gateway.storage.together import put

log = structlog.get_logger()

Place = tuple[int, str]
"""Where a page of applications ends: the moment of the last one, in microseconds, and its id."""


class Page(NamedTuple):
    """Some of a person's applications; ``end`` is the place of the last one unless there are no more."""

    found: Sequence[Entry]
    end: Place | None


class Store:
    """The one reader and writer of both tables. Every method works inside the caller's transaction."""

    def __init__(self, vault: Vault, listeners: Sequence[Listener] = ()) -> None:
        self._vault = vault
        self._listeners = listeners

    async def add(self, connection: AsyncConnection, application: Application) -> None:
        """Writes a new one."""
        sealed = self._vault.seal(application.particulars.model_dump_json().encode(), f"application {application.id}")
        row = {
            "application_id": application.id,
            "person_id": application.person,
            "service": application.service,
            "country": application.country.value,
            "agency": application.agency,
            "wire_reference": application.reference,
            "sealed": sealed,
            **self._changing(application),
        }
        await put(connection, applications, row)

    async def save(self, connection: AsyncConnection, application: Application) -> None:
        """Writes what can change of one that was read for change in this transaction."""
        own = applications.c.application_id == application.id
        await connection.execute(update(applications).where(own).values(**self._changing(application)))

    async def touch(self, connection: AsyncConnection, application: str, now: datetime) -> None:
        """Writes down that the applicant has just changed something about it, and nothing else."""
        own = applications.c.application_id == application
        await connection.execute(update(applications).where(own).values(updated_at=to_micros(now)))

    async def mark_overdue(self, connection: AsyncConnection, application: str, now: datetime) -> None:
        """Writes down that it is overdue of one that cannot be read."""
        own = applications.c.application_id == application
        await connection.execute(update(applications).where(own).values(overdue_at=to_micros(now)))

    async def record(
        self,
        connection: AsyncConnection,
        application: Application,
        actor: Actor,
        what: What,
        at: datetime,
        detail: Detail | None = None,
        entry: str | None = None,
        *,
        first: bool = False,
    ) -> Event:
        """Writes the next event of an application that was read for change, or its ``first``, and tells the
        listeners."""
        number = 1 if first else await self._newest(connection, application.id) + 1
        event = Event(number, at, actor, what, application.status, detail or Detail(), entry)
        context = f"event {application.id} {number}"
        row = {
            "application_id": application.id,
            "number": number,
            "at": to_micros(at),
            "actor": actor,
            "what": what,
            "status": application.status.value,
            "detail": self._vault.seal(detail.model_dump_json().encode(), context) if detail else None,
            "entry_id": entry,
        }
        await put(connection, application_events, row)
        for listener in self._listeners:
            await listener.told(connection, Happened(application, event))
        return event

    async def find(
        self, connection: AsyncConnection, application: str, person: str | None = None, *, to_change: bool = False
    ) -> Application | None:
        """The application of that id, of that person where one is named; ``to_change`` holds it to the end.

        Raises ``ValueError`` where it cannot be read, as ``BrokenVaultError`` is one.
        """
        wanted = select(applications).where(applications.c.application_id == application)
        if person is not None:
            wanted = wanted.where(applications.c.person_id == person)
        return await self._one(connection, wanted.with_for_update() if to_change else wanted)

    async def look(self, connection: AsyncConnection, application: str, person: str) -> Entry | None:
        """The person's application of that id, or as much of it as can be read."""
        columns = applications.c
        own = select(applications).where(columns.application_id == application, columns.person_id == person)
        row = (await connection.execute(own)).one_or_none()
        return None if row is None else self._read_or_rest(row)

    async def find_all(self, connection: AsyncConnection, wanted: Collection[str]) -> Mapping[str, Application]:
        """The applications of those ids that can be read, by id: one that was spoilt must not stop the others."""
        rows = await connection.execute(select(applications).where(applications.c.application_id.in_(wanted)))
        found = {}
        for row in rows:
            try:
                found[row.application_id] = self._read(row)
            except ValueError:
                _say_unreadable(row)
        return found

    async def by_reference(self, connection: AsyncConnection, reference: str, country: Country) -> Application | None:
        """The application that the state knows by that reference of ours."""
        wanted = select(applications).where(
            applications.c.wire_reference == reference, applications.c.country == country.value
        )
        return await self._one(connection, wanted)

    async def page(
        self,
        connection: AsyncConnection,
        person: str,
        filters: Filters,
        after: Place | None,
        limit: int,
        countries: Collection[Country] | None = None,
    ) -> Page:
        """The person's applications to ``countries``, all unless told, the newest first, from behind ``after`` on.

        One that was spoilt does not keep the others from being seen.
        """
        columns = applications.c
        rules: list[ColumnElement[bool]] = [columns.person_id == person]
        rules += [
            columns[name] == value for name, value in filters.model_dump(mode="json").items() if value is not None
        ]
        if countries is not None:
            rules.append(columns.country.in_(country.value for country in countries))
        if after is not None:
            rules.append(tuple_(columns.created_at, columns.application_id) < after)
        newest_first = columns.created_at.desc(), columns.application_id.desc()
        wanted = select(applications).where(*rules).order_by(*newest_first).limit(limit + 1)
        rows = (await connection.execute(wanted)).all()
        end = (rows[limit - 1].created_at, rows[limit - 1].application_id) if len(rows) > limit else None
        return Page([each for row in rows[:limit] if (each := self._read_or_rest(row))], end)

    async def events(self, connection: AsyncConnection, wanted: Collection[str]) -> Mapping[str, Sequence[Event]]:
        """Everything that happened to each of the applications, the oldest first."""
        columns = application_events.c
        rows = select(application_events).where(columns.application_id.in_(wanted)).order_by(columns.number)
        found: dict[str, list[Event]] = defaultdict(list)
        for row in await connection.execute(rows):
            if event := self._event(row):
                found[row.application_id].append(event)
        return found

    async def _newest(self, connection: AsyncConnection, application: str) -> int:
        columns = application_events.c
        newest = select(func.max(columns.number)).where(columns.application_id == application)
        return (await connection.execute(newest)).scalar_one() or 0

    async def _one(self, connection: AsyncConnection, wanted: Any) -> Application | None:
        row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else self._read(row)

    def _changing(self, application: Application) -> dict[str, Any]:
        standing = application.standing
        progress = standing.progress
        sealed = progress and self._vault.seal(progress.model_dump_json().encode(), f"standing {application.id}")
        return {
            "status": standing.status.value,
            "status_known": int(standing.known),
            "standing": sealed,
            "national_reference": application.national_reference,
            "national_at": _micros(progress.changed_at if progress else None),
            "created_at": to_micros(application.created_at),
            "updated_at": to_micros(application.updated_at),
            "submitted_at": _micros(application.submitted_at),
            "expected_on": application.expected_on.isoformat() if application.expected_on else None,
            "overdue_at": _micros(application.overdue_at),
            "stopped_at": _micros(application.stopped_at),
            "decided_at": _micros(application.decided_at),
            "track_at": _micros(application.track_at),
            "track_failures": application.track_failures,
        }

    def _read(self, row: Row[Any]) -> Application:
        key = row.application_id
        standing = row.standing and Progress.model_validate_json(self._vault.open(row.standing, f"standing {key}"))
        return Application(
            id=key,
            person=row.person_id,
            service=row.service,
            country=Country(row.country),
            agency=row.agency,
            reference=row.wire_reference,
            particulars=Particulars.model_validate_json(self._vault.open(row.sealed, f"application {key}")),
            standing=Standing(ApplicationStatus(row.status), bool(row.status_known), standing),
            created_at=from_micros(row.created_at),
            updated_at=from_micros(row.updated_at),
            national_reference=row.national_reference,
            submitted_at=_moment(row.submitted_at),
            expected_on=date.fromisoformat(row.expected_on) if row.expected_on else None,
            overdue_at=_moment(row.overdue_at),
            stopped_at=_moment(row.stopped_at),
            decided_at=_moment(row.decided_at),
            track_at=_moment(row.track_at),
            track_failures=row.track_failures,
        )

    def _read_or_rest(self, row: Row[Any]) -> Entry | None:
        """The application, else what stands beside its seals, else nothing."""
        try:
            return self._read(row)
        except ValueError:
            _say_unreadable(row)
        try:
            return _rest(row)
        except ValueError:
            return None

    def _event(self, row: Row[Any]) -> Event | None:
        """The event, without its details where no key opens them, or nothing where all of it is spoilt."""
        if row.status not in ApplicationStatus.__members__:
            _say_event_unreadable(row)
            return None
        detail, status = Detail(), ApplicationStatus(row.status)
        if row.detail:
            try:
                opened = self._vault.open(row.detail, f"event {row.application_id} {row.number}")
                detail = Detail.model_validate_json(opened)
            except ValueError:
                _say_event_unreadable(row)
        return Event(row.number, from_micros(row.at), row.actor, row.what, status, detail, row.entry_id)


def _rest(row: Row[Any]) -> Unreadable:
    return Unreadable(
        id=row.application_id,
        service=row.service,
        country=Country(row.country),
        agency=row.agency,
        status=ApplicationStatus(row.status),
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
        submitted_at=_moment(row.submitted_at),
        expected_on=date.fromisoformat(row.expected_on) if row.expected_on else None,
        national_reference=row.national_reference,
    )


def _say_unreadable(row: Row[Any]) -> None:
    log.error("application.unreadable", application=row.application_id)


def _say_event_unreadable(row: Row[Any]) -> None:
    log.error("application.event_unreadable", application=row.application_id, number=row.number)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
