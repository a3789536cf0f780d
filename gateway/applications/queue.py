"""The messages that wait to be delivered, in one table that many workers share."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, Select, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.kept import Application, Message, Supplied, from_micros, to_micros
from gateway.applications.view import ActionName
from gateway.identity.vault import Vault
from gateway.schema.country import Country
from gateway.storage.application_tables import application_messages as messages
from gateway.storage.together import put

log = structlog.get_logger()

NEVER: Final = 2**62
"""When a message is due that waits for an operator."""
UNREADABLE: Final = "unreadable"
"""Why a message is parked that no key opens."""

# Asked after every delivery. Each is the first of its index, however many wait.
_NEXT_DUE: Final = select(
    *(
        select(func.min(messages.c.due_at)).where(messages.c.country == country.value).scalar_subquery()
        for country in Country
    )
)


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that waits for an operator: what is needed to judge whether to send it again."""

    message: str
    application: str
    kind: ActionName
    attempts: int
    problem: str
    since: datetime
    parked_at: datetime


class Queue:
    """Every method works inside the caller's transaction. A message is there until it is delivered or given up."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def put(
        self,
        connection: AsyncConnection,
        application: Application,
        kind: ActionName,
        supplied: Supplied,
        now: datetime,
        *,
        first: bool = False,
    ) -> str:
        """Puts a message behind those of its application, which was read for change, or its ``first``; its id."""
        message, moment = secrets.token_hex(16), to_micros(now)
        row = {
            "message_id": message,
            "application_id": application.id,
            "country": application.country.value,
            "position": 1 if first else await self._last(connection, application.id) + 1,
            "kind": kind,
            "sealed": self._vault.seal(supplied.model_dump_json().encode(), f"message {message}"),
            "created_at": moment,
            "due_at": moment,
            "attempts": 0,
        }
        await put(connection, messages, row)
        return message

    async def waiting(self, connection: AsyncConnection, applications: Collection[str]) -> Mapping[str, set[str]]:
        """The kinds of messages on their way, of each application that has any."""
        found: dict[str, set[str]] = {}
        rows = select(messages.c.application_id, messages.c.kind).where(messages.c.application_id.in_(applications))
        for application, kind in await connection.execute(rows):
            found.setdefault(application, set()).add(kind)
        return found

    async def next_due(self, connection: AsyncConnection) -> Mapping[Country, datetime]:
        """When the earliest message of each state is due; those that wait for an operator do not count."""
        row = (await connection.execute(_NEXT_DUE)).one()
        return {
            country: from_micros(due) for country, due in zip(Country, row, strict=True) if due not in (None, NEVER)
        }

    async def claim(
        self, connection: AsyncConnection, country: Country, most: int, lease: str, now: datetime, until: datetime
    ) -> Sequence[Message]:
        """Takes messages that are due, the first of each application only, for as long as the lease lasts.

        The transaction must be a writing one. Others pass over what is taken; after ``until`` they may take it. What
        cannot be opened is parked.
        """
        found = (await connection.execute(_due(country, to_micros(now), most))).all()
        if found:
            values = {"lease": lease, "leased_until": to_micros(until), "due_at": to_micros(until)}
            taken = messages.c.message_id.in_([row.message_id for row in found])
            await connection.execute(update(messages).where(taken).values(attempts=messages.c.attempts + 1, **values))
        readable = [message for row in found if (message := self._read(row))]
        for spoilt in {row.message_id for row in found} - {message.id for message in readable}:
            await self.park(connection, spoilt, now, UNREADABLE)
        return readable

    async def is_held(self, connection: AsyncConnection, message: str, lease: str) -> bool:
        """Whether the message is still ours to settle; if so it is held to the end of the transaction."""
        own = and_(messages.c.message_id == message, messages.c.lease == lease)
        return (
            await connection.execute(select(messages.c.position).where(own).with_for_update())
        ).one_or_none() is not None

    async def remove(self, connection: AsyncConnection, message: str) -> None:
        """Takes a message away: it was delivered, or given up."""
        await connection.execute(delete(messages).where(messages.c.message_id == message))

    async def all_of(self, connection: AsyncConnection, application: str) -> Sequence[str]:
        """The ids of the application's messages, in the order of delivery."""
        wanted = select(messages.c.message_id).where(messages.c.application_id == application)
        return (await connection.execute(wanted.order_by(messages.c.position))).scalars().all()

    async def put_off(self, connection: AsyncConnection, message: str, due: datetime, problem: str) -> None:
        """Gives the message back, to be tried again when it is due."""
        await self._give_back(connection, message, due_at=to_micros(due), problem=problem)

    async def park(self, connection: AsyncConnection, message: str, now: datetime, problem: str) -> None:
        """Lets the message wait for an operator, and those behind it with it."""
        await self._give_back(connection, message, due_at=NEVER, parked_at=to_micros(now), problem=problem)

    async def resend(self, connection: AsyncConnection, application: str, now: datetime) -> bool:
        """Sends what is parked of the application again, its time beginning anew; whether there was anything."""
        moment = to_micros(now)
        parked = and_(messages.c.application_id == application, messages.c.parked_at.is_not(None))
        values = {"parked_at": None, "due_at": moment, "created_at": moment, "attempts": 0}
        return bool((await connection.execute(update(messages).where(parked).values(**values))).rowcount)

    async def parked(self, connection: AsyncConnection, application: str | None = None) -> Sequence[Parked]:
        """What waits for an operator, the longest waiting first."""
        wanted = select(messages).where(messages.c.parked_at.is_not(None)).order_by(messages.c.parked_at)
        if application is not None:
            wanted = wanted.where(messages.c.application_id == application)
        return [
            Parked(
                message=row.message_id,
                application=row.application_id,
                kind=row.kind,
                attempts=row.attempts,
                problem=row.problem or "",
                since=from_micros(row.created_at),
                parked_at=from_micros(row.parked_at),
            )
            for row in await connection.execute(wanted)
        ]

    async def _last(self, connection: AsyncConnection, application: str) -> int:
        last = select(func.max(messages.c.position)).where(messages.c.application_id == application)
        return (await connection.execute(last)).scalar_one() or 0

    async def _give_back(self, connection: AsyncConnection, message: str, **values: Any) -> None:
        given = update(messages).where(messages.c.message_id == message).values(lease=None, leased_until=None, **values)
        await connection.execute(given)

    def _read(self, row: Row[Any]) -> Message | None:
        try:
            supplied = Supplied.model_validate_json(self._vault.open(row.sealed, f"message {row.message_id}"))
        except ValueError:
            log.error("message.unreadable", application=row.application_id, message=row.message_id)
            return None
        return Message(
            id=row.message_id,
            application=row.application_id,
            kind=row.kind,
            supplied=supplied,
            since=from_micros(row.created_at),
            attempts=row.attempts + 1,
        )


def lease_until(now: datetime, seconds: float) -> datetime:
    """The end of a lease that begins now."""
    return now + timedelta(seconds=seconds)


def _due(country: Country, now: int, most: int) -> Select[Any]:
    earlier = messages.alias("earlier")
    overtaking = exists().where(
        earlier.c.application_id == messages.c.application_id, earlier.c.position < messages.c.position
    )
    return (
        select(messages)
        .where(messages.c.country == country.value, messages.c.due_at <= now, ~overtaking)
        .order_by(messages.c.due_at)
        .limit(most)
        # SQLite has one writer at a time and no rows to lock; there this says nothing.
        .with_for_update(skip_locked=True, of=messages)
    )
