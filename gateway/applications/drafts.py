"""Drafts: how many a person may hold, and when those end that nobody goes on with."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.attachments import AttachmentStore
from gateway.applications.kept import to_micros
from gateway.errors import Conflict
from gateway.storage.application_tables import application_events, applications
from gateway.storage.tables import persons

MOST_DRAFTS: Final = 20
"""Of one person."""
TOGETHER: Final = 50
"""Drafts that end in one transaction, so that nobody waits long for it."""


async def check_room(connection: AsyncConnection, person: str, *, held: bool = False) -> None:
    """Raises ``Conflict`` with ``drafts_too_many`` where the person holds as many drafts as they may.

    ``held`` has whoever else makes one for the person wait for the end of this transaction.
    """
    if held:
        await connection.execute(select(persons.c.person_id).where(persons.c.person_id == person).with_for_update())
    own = select(func.count()).where(applications.c.person_id == person, _is_draft())
    if (await connection.execute(own)).scalar_one() >= MOST_DRAFTS:
        raise Conflict("drafts_too_many", limit=MOST_DRAFTS)


async def end_drafts(
    connection: AsyncConnection, attachments: AttachmentStore, kept: timedelta, now: datetime, most: int = TOGETHER
) -> int:
    """Takes away drafts whose last change is longer ago than ``kept``, with all that belongs to them; how many.

    The transaction must be a writing one. A draft that somebody is changing is left alone.
    """
    columns = applications.c
    over = (
        select(columns.application_id)
        .where(_is_draft(), columns.updated_at < to_micros(now - kept))
        .order_by(columns.updated_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ended = (await connection.execute(over)).scalars().all()
    if ended:
        await attachments.forget(connection, ended)
        await connection.execute(delete(application_events).where(application_events.c.application_id.in_(ended)))
        await connection.execute(delete(applications).where(columns.application_id.in_(ended)))
    return len(ended)


def _is_draft() -> ColumnElement[bool]:
    # Spelled out, not a parameter: only so does a plan that is kept for later know that the index of drafts will do.
    return applications.c.status == literal_column("'draft'")
