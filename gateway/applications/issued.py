"""The documents that states issued, by application: to be fetched and checked once, then known by their digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.hooks import Happened
from gateway.applications.kept import from_micros, to_micros
from gateway.schema.country import Country
from gateway.storage.application_tables import application_documents as documents

Signature = Literal["waiting", "valid", "invalid", "unsigned"]


@dataclass(frozen=True, slots=True)
class Issued:
    """One document. Until it was fetched its signature is ``waiting``, its size 0 and its digest empty."""

    application: str
    document: str
    country: Country
    size: int
    digest: str
    signature: Signature
    attempts: int


class IssuedDocuments:
    """The one reader and writer of the table; told of events, it writes down what is to be fetched with them."""

    async def told(self, connection: AsyncConnection, happened: Happened) -> None:
        """Has the documents of an application fetched that was approved just now."""
        application, progress = happened.application, happened.application.standing.progress
        if happened.event.what == "status" and progress:
            for each in progress.documents:
                await self.expect(connection, application.id, each.id, application.country, happened.event.at)

    async def expect(
        self, connection: AsyncConnection, application: str, document: str, country: Country, now: datetime
    ) -> None:
        """Has a document fetched, unless it is known already; the application was read for change."""
        if await self.find(connection, application, document) is None:
            await connection.execute(
                insert(documents).values(
                    application_id=application,
                    document_id=document,
                    country=country.value,
                    size=0,
                    digest="",
                    signature="waiting",
                    attempts=0,
                    due_at=to_micros(now),
                )
            )

    async def find(self, connection: AsyncConnection, application: str, document: str) -> Issued | None:
        """What is known of it, ``None`` where it was never expected."""
        row = (await connection.execute(select(documents).where(_is(application, document)))).one_or_none()
        return None if row is None else _read(row)

    async def next_due(self, connection: AsyncConnection) -> Mapping[Country, datetime]:
        """When the first document of each state is to be fetched."""
        first = (
            select(documents.c.country, func.min(documents.c.due_at))
            .where(documents.c.due_at.is_not(None))
            .group_by(documents.c.country)
        )
        return {Country(country): from_micros(due) for country, due in await connection.execute(first)}

    async def claim(
        self, connection: AsyncConnection, country: Country, most: int, now: datetime, lease: timedelta
    ) -> Sequence[Issued]:
        """Takes documents that are due; they are due again, for whoever asks, when the lease has ended."""
        columns = documents.c
        wanted = (
            select(documents)
            .where(columns.country == country.value, columns.due_at <= to_micros(now))
            .order_by(columns.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        rows = (await connection.execute(wanted)).all()
        for row in rows:
            taken = update(documents).where(_is(row.application_id, row.document_id))
            values = {"due_at": to_micros(now + lease), "attempts": row.attempts + 1}
            await connection.execute(taken.values(**values))
        return [_read(row) for row in rows]

    async def put_off(self, connection: AsyncConnection, issued: Issued, due: datetime) -> None:
        """Has it fetched later, unless another worker has done so meanwhile."""
        waiting = and_(_is(issued.application, issued.document), documents.c.due_at.is_not(None))
        await connection.execute(update(documents).where(waiting).values(due_at=to_micros(due)))

    async def settle(
        self,
        connection: AsyncConnection,
        issued: Issued,
        size: int,
        digest: str,
        signature: Signature,
        now: datetime,
        entry: str,
    ) -> None:
        """Writes down what was found; the first worker that found something has said it."""
        waiting = and_(_is(issued.application, issued.document), documents.c.signature == "waiting")
        await connection.execute(
            update(documents)
            .where(waiting)
            .values(
                size=size,
                digest=digest,
                signature=signature,
                due_at=None,
                checked_at=to_micros(now),
                entry_id=entry,
            )
        )


def _is(application: str, document: str) -> ColumnElement[bool]:
    return and_(documents.c.application_id == application, documents.c.document_id == document)


def _read(row: Row[Any]) -> Issued:
    return Issued(
        application=row.application_id,
        document=row.document_id,
        country=Country(row.country),
        size=row.size,
        digest=row.digest,
        signature=row.signature,
        attempts=row.attempts,
    )
