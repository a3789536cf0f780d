"""Attachments are kept sealed, part by part, for as long as somebody will still send them and no longer."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from gateway.applications.attachments import Arriving, AttachmentStore
from gateway.identity.vault import BrokenVaultError, Vault
from gateway.storage.application_tables import application_attachments, application_messages, attachment_parts
from gateway.storage.engine import Storage
from tests.support.files import SECRET, joined, long_pdf, pieces

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE = long_pdf(200_000)


class Kept:
    """A store, and the few steps that tests take over and over."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.store = AttachmentStore(storage, Vault(bytes(32)))

    async def begin(self, name: str = "contract", now: datetime = NOW) -> Arriving:
        async with self.storage.writing() as connection:
            return await self.store.begin(connection, "app", name, "application/pdf", now)

    async def keep(self, name: str = "contract", data: bytes = FILE, now: datetime = NOW) -> Arriving:
        arriving = await self.begin(name, now)
        await self.store.add(arriving, 0, pieces(data))
        async with self.storage.writing() as connection:
            await self.store.finish(connection, arriving, len(data), hashlib.sha256(data).hexdigest())
        return arriving

    async def assign(self, message: str = "m1") -> None:
        async with self.storage.writing() as connection:
            await self.store.assign(connection, "app", message)

    async def waits(self, message: str = "m1") -> None:
        """The message itself, as the queue keeps it."""
        row = {"message_id": message, "application_id": "app", "country": "OM", "position": 1, "kind": "submit"}
        async with self.storage.writing() as connection:
            await connection.execute(insert(application_messages).values(**row, created_at=0, due_at=0, attempts=0))

    async def sweep(self, after: timedelta) -> int:
        async with self.storage.writing() as connection:
            return await self.store.sweep(connection, NOW + after)

    async def present(self) -> set[str]:
        async with self.storage.reading() as connection:
            return await self.store.present(connection, "app")

    async def part(self, attachment: str, number: int) -> bytes:
        wanted = select(attachment_parts.c.sealed).where(_is(attachment, number))
        async with self.storage.reading() as connection:
            return bytes((await connection.execute(wanted)).scalar_one())

    async def spoil(self, attachment: str, number: int, sealed: bytes | None) -> None:
        """Puts other bytes in the place of a part, or takes it out."""
        where = _is(attachment, number)
        change = update(attachment_parts).where(where).values(sealed=sealed) if sealed else None
        async with self.storage.writing() as connection:
            await connection.execute(delete(attachment_parts).where(where) if change is None else change)

    async def rows(self) -> tuple[int, int]:
        """How many attachments there are, and how many parts."""
        async with self.storage.reading() as connection:
            tables = application_attachments, attachment_parts
            counts = [await connection.scalar(select(func.count()).select_from(table)) for table in tables]
            return int(counts[0] or 0), int(counts[1] or 0)


def _is(attachment: str, number: int) -> ColumnElement[bool]:
    return and_(attachment_parts.c.attachment_id == attachment, attachment_parts.c.number == number)


@pytest.fixture
async def kept(storage_url: str) -> AsyncIterator[Kept]:
    async with Storage.open(storage_url) as storage:
        yield Kept(storage)


async def test_what_was_kept_is_what_is_sent(kept: Kept) -> None:
    await kept.keep()
    await kept.assign()

    (attachment,) = await kept.store.of("m1")
    parts = [part async for part in attachment.read()]

    assert (attachment.name, attachment.media_type, attachment.size) == ("contract", "application/pdf", len(FILE))
    assert attachment.digest == hashlib.sha256(FILE).hexdigest()
    assert b"".join(parts) == FILE
    assert max(map(len, parts)) <= 65_536


async def test_it_can_be_read_again_for_every_try(kept: Kept) -> None:
    await kept.keep()
    await kept.assign()
    (attachment,) = await kept.store.of("m1")

    assert await joined(attachment.read()) == await joined(attachment.read()) == FILE


async def test_no_part_is_kept_in_plain(kept: Kept) -> None:
    await kept.keep()

    async with kept.storage.reading() as connection:
        sealed = b"".join((await connection.execute(select(attachment_parts.c.sealed))).scalars())

    assert len(sealed) > len(FILE)
    assert SECRET not in sealed


async def test_one_that_is_still_arriving_does_not_count(kept: Kept) -> None:
    arriving = await kept.begin()
    await kept.store.add(arriving, 0, [b"x"])
    await kept.assign()

    assert await kept.present() == set()
    assert await kept.store.of("m1") == ()


async def test_a_second_one_of_a_name_takes_the_place_of_the_first(kept: Kept) -> None:
    await kept.keep(data=b"first")
    await kept.keep(data=b"second")
    await kept.assign()

    (attachment,) = await kept.store.of("m1")

    assert await joined(attachment.read()) == b"second"
    assert await kept.rows() == (1, 1)


async def test_the_first_counts_until_the_second_is_whole(kept: Kept) -> None:
    await kept.keep(data=b"first")
    arriving = await kept.begin()
    await kept.store.add(arriving, 0, [b"sec"])
    await kept.store.abandon(arriving)
    await kept.assign()

    (attachment,) = await kept.store.of("m1")

    assert await joined(attachment.read()) == b"first"


async def test_one_that_was_sent_is_not_replaced(kept: Kept) -> None:
    await kept.keep(data=b"first")
    await kept.assign("m1")
    await kept.keep(data=b"second")
    await kept.assign("m2")

    (first,), (second,) = await kept.store.of("m1"), await kept.store.of("m2")

    assert (await joined(first.read()), await joined(second.read())) == (b"first", b"second")


async def test_what_was_delivered_is_forgotten_but_for_its_digest(kept: Kept) -> None:
    await kept.keep()
    await kept.keep("payslip")
    await kept.assign()
    async with kept.storage.writing() as connection:
        await kept.store.delivered(connection, "m1")

    assert await kept.rows() == (2, 0)
    assert {each.name for each in await kept.store.of("m1")} == {"contract", "payslip"}
    assert await kept.present() == set()


async def test_what_is_forgotten_stays_if_the_transaction_fails(kept: Kept) -> None:
    """Delivered and forgotten are one: a worker that is killed between them has done neither."""

    async def fall_over() -> None:
        async with kept.storage.writing() as connection:
            await kept.store.delivered(connection, "m1")
            raise ZeroDivisionError

    await kept.keep(data=b"first")
    await kept.assign()
    with pytest.raises(ZeroDivisionError):
        await fall_over()

    assert await kept.rows() == (1, 1)


@pytest.mark.parametrize("spoil", ["flip", "swap", "drop", "move"])
async def test_a_part_that_was_tampered_with_is_not_sent(kept: Kept, spoil: str) -> None:
    arriving, other = await kept.keep(), await kept.keep("other")
    await kept.assign()
    first, last, foreign = [await kept.part(*each) for each in ((arriving.id, 0), (arriving.id, 3), (other.id, 0))]
    spoilt = {"flip": first[:-1] + bytes([first[-1] ^ 1]), "swap": last, "move": foreign, "drop": None}[spoil]

    await kept.spoil(arriving.id, 0 if spoilt else 3, spoilt)
    attachment = next(each for each in await kept.store.of("m1") if each.name == "contract")

    with pytest.raises(BrokenVaultError):
        await joined(attachment.read())


@pytest.mark.parametrize(("after", "swept"), [(timedelta(hours=23), 0), (timedelta(hours=25), 1)])
async def test_an_unsent_one_goes_after_a_day(kept: Kept, after: timedelta, swept: int) -> None:
    await kept.keep()

    assert await kept.sweep(after) == swept
    assert (await kept.rows() == (0, 0)) is bool(swept)


async def test_one_that_never_became_whole_goes_after_an_hour(kept: Kept) -> None:
    arriving = await kept.begin()
    await kept.store.add(arriving, 0, [b"x"])

    assert await kept.sweep(timedelta(minutes=59)) == 0
    assert await kept.sweep(timedelta(minutes=61)) == 1
    assert await kept.rows() == (0, 0)


async def test_one_that_waits_to_be_delivered_waits_as_long_as_its_message(kept: Kept) -> None:
    await kept.keep(data=b"first")
    await kept.assign("m1")
    await kept.waits("m1")
    await kept.keep("other", data=b"of a message that an operator gave up")
    await kept.assign("m2")

    swept = await kept.sweep(timedelta(days=30))

    assert swept == 1
    (attachment,) = await kept.store.of("m1")
    assert await joined(attachment.read()) == b"first"
    assert await kept.rows() == (2, 1)
