"""What an applicant sees of an application, from what is kept of it."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.hooks import Attachments
from gateway.applications.kept import Application, Entry, Event, Unreadable
from gateway.applications.life import possible_actions
from gateway.applications.owned import UNREADABLE
from gateway.applications.queue import Queue
from gateway.applications.store import Store
from gateway.applications.view import ApplicationView, TimelineEntry


async def show(
    connection: AsyncConnection,
    store: Store,
    queue: Queue,
    attachments: Attachments,
    applications: Sequence[Entry],
) -> list[ApplicationView]:
    """The applications with everything that happened to them, in the order given."""
    keys = [application.id for application in applications]
    if not keys:
        return []
    events, waiting = await store.events(connection, keys), await queue.waiting(connection, keys)
    attached = await attachments.attached(connection, keys)
    return [
        _compose_rest(each, events.get(each.id, ()))
        if isinstance(each, Unreadable)
        else compose(each, events.get(each.id, ()), waiting.get(each.id, ()), attached.get(each.id, ()))
        for each in applications
    ]


def compose(
    application: Application, events: Sequence[Event], waiting: Collection[str], attached: Collection[str] = ()
) -> ApplicationView:
    """One application with its events; ``waiting`` are the kinds of messages on their way, ``attached`` the names of
    files that wait to be sent."""
    progress = application.standing.progress
    return ApplicationView(
        id=application.id,
        service=application.service,
        country=application.country,
        agency=application.agency,
        status=application.status,
        status_known=application.standing.known,
        created_at=application.created_at,
        updated_at=application.updated_at,
        submitted_at=application.submitted_at,
        expected_on=application.expected_on,
        paused_since=application.stopped_at,
        overdue=application.overdue_at is not None and not application.status.final,
        national_reference=application.national_reference,
        reasons=progress.reasons if progress else (),
        wanted=progress.wanted if progress else (),
        attached=tuple(sorted(attached)),
        payment=progress.payment if progress else None,
        documents=progress.documents if progress else (),
        timeline=tuple(_entry(event) for event in events),
        actions=possible_actions(application.status, waiting),
        receipt=next((event.entry for event in reversed(events) if event.entry), None),
    )


def _compose_rest(application: Unreadable, events: Sequence[Event]) -> ApplicationView:
    """What can be said of one that cannot be read: that it is there, since when, and how far it has come."""
    return ApplicationView(
        id=application.id,
        service=application.service,
        country=application.country,
        agency=application.agency,
        status=application.status,
        status_known=True,
        problem=UNREADABLE,
        created_at=application.created_at,
        updated_at=application.updated_at,
        submitted_at=application.submitted_at,
        expected_on=application.expected_on,
        national_reference=application.national_reference,
        timeline=tuple(_entry(event) for event in events),
        actions=(),
    )


def _entry(event: Event) -> TimelineEntry:
    return TimelineEntry(
        at=event.at,
        actor=event.actor,
        what=event.what,
        status=event.status,
        action=event.detail.action,
        national_status=event.detail.national_status,
        receipt=event.entry,
    )
