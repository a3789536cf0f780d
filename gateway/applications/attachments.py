"""What applicants attach, kept sealed and in parts until the state has it."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.kept import to_micros
from gateway.identity.vault import BrokenVaultError, Vault
from gateway.sdk.procedure import Attachment
from gateway.storage.application_tables import application_attachments as attachments
from gateway.storage.application_tables import application_messages as messages
from gateway.storage.application_tables import attachment_parts as parts
from gateway.storage.engine import Storage

PART_BYTES: Final = 65_536
KEPT_UNSENT: Final = timedelta(days=1)
KEPT_UNFINISHED: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Arriving:
    """An attachment that is on its way in: its row's id, whose it is, what it is called and declared to be."""

    id: str
    application: str
    name: str
    media_type: str


class AttachmentStore:
    """The one reader and writer of both tables. An attachment counts once it is whole, and goes once it is delivered.

    Each part is sealed for its place, so one that was moved, taken out or put in does not open.
    """

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    # --- while it arrives

    async def begin(
        self, connection: AsyncConnection, application: str, name: str, media_type: str, now: datetime
    ) -> Arriving:
        """A place for an attachment; it does not count yet."""
        arriving = Arriving(secrets.token_hex(16), application, name, media_type)
        await connection.execute(
            insert(attachments).values(
                attachment_id=arriving.id,
                application_id=application,
                name=name,
                media_type=media_type,
                size=0,
                digest="",
                created_at=to_micros(now),
            )
        )
        return arriving

    async def add(self, arriving: Arriving, first: int, pieces: Sequence[bytes]) -> None:
        """Keeps the next parts of 64 KiB at most, the first of them with that number; in a transaction of its own."""
        rows = [
            {"attachment_id": arriving.id, "number": number, "sealed": self._seal(arriving.id, number, piece)}
            for number, piece in enumerate(pieces, first)
        ]
        async with self._storage.writing() as connection:
            await connection.execute(insert(parts), rows)

    async def finish(self, connection: AsyncConnection, arriving: Arriving, size: int, digest: str) -> None:
        """Makes it count, in the place of the one of that name that was there."""
        columns = attachments.c
        same = and_(columns.application_id == arriving.application, columns.name == arriving.name, _unsent())
        await self._remove(connection, and_(same, columns.attachment_id != arriving.id, columns.digest != ""))
        whole = update(attachments).where(columns.attachment_id == arriving.id).values(size=size, digest=digest)
        await connection.execute(whole)

    async def abandon(self, arriving: Arriving) -> None:
        """Takes away what has arrived of it."""
        async with self._storage.writing() as connection:
            await self._remove(connection, attachments.c.attachment_id == arriving.id)

    # --- what applications ask

    async def count(self, connection: AsyncConnection, application: str) -> int:
        """How many there are of the application: sent, waiting and arriving."""
        wanted = select(func.count()).where(attachments.c.application_id == application)
        return int((await connection.execute(wanted)).scalar_one())

    async def present(self, connection: AsyncConnection, application: str) -> set[str]:
        """The names of those that have arrived whole and were not sent yet."""
        return (await self.attached(connection, [application])).get(application, set())

    async def attached(self, connection: AsyncConnection, applications: Collection[str]) -> Mapping[str, set[str]]:
        """The same of many, for those that have any."""
        columns, found = attachments.c, dict[str, set[str]]()
        wanted = select(columns.application_id, columns.name).where(
            columns.application_id.in_(applications), columns.digest != "", _unsent()
        )
        for application, name in await connection.execute(wanted):
            found.setdefault(application, set()).add(name)
        return found

    async def assign(self, connection: AsyncConnection, application: str, message: str) -> None:
        """Has the message take along all that has arrived and was not sent yet."""
        columns = attachments.c
        waiting = and_(columns.application_id == application, columns.digest != "", _unsent())
        await connection.execute(update(attachments).where(waiting).values(message_id=message))

    async def of(self, message: str) -> tuple[Attachment, ...]:
        """What the message takes along; reading one raises ``BrokenVaultError`` where it is not what was kept."""
        columns = attachments.c
        async with self._storage.reading() as connection:
            rows = await connection.execute(
                select(attachments).where(columns.message_id == message).order_by(columns.name)
            )
            return tuple(
                Attachment(
                    name=row.name,
                    media_type=row.media_type,
                    size=row.size,
                    digest=row.digest,
                    read=partial(self._read, row.attachment_id, row.digest),
                )
                for row in rows
            )

    async def delivered(self, connection: AsyncConnection, message: str) -> None:
        """Forgets the contents of what the message took along; that it was sent stays known."""
        sent = select(attachments.c.attachment_id).where(attachments.c.message_id == message)
        await connection.execute(delete(parts).where(parts.c.attachment_id.in_(sent)))

    async def forget(self, connection: AsyncConnection, applications: Collection[str]) -> None:
        """Takes away everything that was attached to the applications."""
        await self._remove(connection, attachments.c.application_id.in_(applications))

    async def sweep(self, connection: AsyncConnection, now: datetime) -> int:
        """Takes away what nobody will send: unfinished for an hour, unsent for a day, of a message that is gone.

        Gives how many attachments lost their contents.
        """
        columns = attachments.c
        unfinished = and_(columns.digest == "", columns.created_at < to_micros(now - KEPT_UNFINISHED))
        unsent = and_(_unsent(), columns.created_at < to_micros(now - KEPT_UNSENT))
        swept = await self._remove(connection, or_(unfinished, unsent))
        left = select(parts.c.attachment_id).join(attachments, columns.attachment_id == parts.c.attachment_id)
        orphans = left.where(columns.message_id.is_not(None), columns.message_id.not_in(select(messages.c.message_id)))
        keys = set((await connection.execute(orphans)).scalars())
        await connection.execute(delete(parts).where(parts.c.attachment_id.in_(keys)))
        return swept + len(keys)

    # --- the parts

    async def _read(self, attachment: str, digest: str) -> AsyncIterator[bytes]:
        """The parts, opened one at a time, each read in a transaction of its own: a delivery may take minutes."""
        whole, number = hashlib.sha256(), 0
        while (sealed := await self._part(attachment, number)) is not None:
            piece = self._vault.open(sealed, _context(attachment, number))
            whole.update(piece)
            yield piece
            number += 1
        if whole.hexdigest() != digest:
            raise BrokenVaultError("attachment")

    async def _part(self, attachment: str, number: int) -> bytes | None:
        columns = parts.c
        wanted = select(columns.sealed).where(columns.attachment_id == attachment, columns.number == number)
        async with self._storage.reading() as connection:
            found: bytes | None = (await connection.execute(wanted)).scalar_one_or_none()
            return found

    def _seal(self, attachment: str, number: int, piece: bytes) -> bytes:
        return self._vault.seal(piece, _context(attachment, number))

    async def _remove(self, connection: AsyncConnection, which: ColumnElement[bool]) -> int:
        removed = select(attachments.c.attachment_id).where(which)
        await connection.execute(delete(parts).where(parts.c.attachment_id.in_(removed)))
        return int((await connection.execute(delete(attachments).where(which))).rowcount)


def _unsent() -> ColumnElement[bool]:
    return attachments.c.message_id.is_(None)


def _context(attachment: str, number: int) -> str:
    return f"attachment {attachment} {number}"
