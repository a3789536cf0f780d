"""What people are to be told waits in the database until it went out, and what went out is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from gateway.i18n import Catalogue
from gateway.identity.vault import KEY_BYTES, Vault
from gateway.notices.channel import NotDelivered, Undeliverable
from gateway.notices.message import Message
from gateway.notices.postman import GIVE_UP_AFTER, LEASE, TOGETHER, Postman
from gateway.notices.store import Choice, Happening, NoticeStore
from gateway.resilience.retry import Backoff
from gateway.storage.application_tables import notice_choices, notices
from gateway.storage.engine import Storage
from tests.unit.notices.conftest import AT, REFERENCE

TARGET = "maryam@people.example"
SETTLED = 0.3
"""Seconds in which what went out is written down, so that no test ends in the middle of it."""
HAPPENED = Happening("p1", REFERENCE, 3, "residence-certificate", "approved", AT, "ar")
BY_MAIL = Choice("", "email", "en", TARGET)


@dataclass
class Clock:
    """Moved by hand."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Recorder:
    """A channel that keeps what it is handed, and fails as it is told."""

    name: str = "email"
    sent: list[tuple[Message, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    closed: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self, target: str) -> str:
        return target

    async def send(self, message: Message, target: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append((message, target))
        self.heard.set()

    async def close(self) -> None:
        self.closed = True


@dataclass
class Office:
    """A postman with one channel, and his papers."""

    storage: Storage
    clock: Clock
    channel: Recorder
    store: NoticeStore
    postman: Postman

    async def choose(self, *choices: Choice, person: str = "p1") -> None:
        async with self.storage.writing() as connection:
            for choice in choices:
                await self.store.choose(connection, person, choice, self.clock())

    async def happen(self, happening: Happening = HAPPENED) -> None:
        async with self.storage.writing() as connection:
            await self.store.add(connection, happening)


@dataclass
class Hanging(Recorder):
    """A channel that hangs with one receiver, and with nobody else; ``enough`` says that all others have theirs."""

    with_whom: str = TARGET
    others: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message, target: str) -> None:
        if target == self.with_whom:
            await asyncio.sleep(3600)
        await super().send(message, target)
        if len(self.sent) == self.others:
            self.enough.set()


def open_office(storage: Storage, *others: Recorder) -> Office:
    clock, channel, store = Clock(), Recorder(), NoticeStore(Vault(bytes(KEY_BYTES)))
    steady = Backoff(10, 10, lambda _, most: most)
    channels = {each.name: each for each in (channel, *others)}
    postman = Postman(storage, store, channels, Catalogue.load(), "https://bawaba.example", clock, steady)
    return Office(storage, clock, channel, store, postman)


@pytest_asyncio.fixture
async def office(storage_url: str) -> AsyncIterator[Office]:
    async with Storage.open(storage_url) as storage:
        yield open_office(storage)


async def test_a_notice_goes_out_once_in_the_chosen_language(office: Office) -> None:
    await office.choose(BY_MAIL)
    await office.happen()

    rounds = [await office.postman.round() for _ in range(2)]

    assert rounds == [1, 0]
    message, target = office.channel.sent[0]
    assert (target, message.notice.language, message.notice.kind) == (TARGET, "en", "approved")


async def test_who_chose_nothing_is_told_in_the_portal_alone(office: Office) -> None:
    await office.happen()

    assert await office.postman.round() == 0
    async with office.storage.reading() as connection:
        (shown,) = await office.store.shown(connection, "p1", 10)
        others = await office.store.shown(connection, "p2", 10)
    assert (shown.notice.language, shown.notice.kind, shown.read_at, others) == ("ar", "approved", None, [])


async def test_what_is_chosen_for_a_service_goes_before_what_is_chosen_for_all(office: Office) -> None:
    other = replace(BY_MAIL, service="residence-certificate", target="work@people.example", language="ar")
    await office.choose(BY_MAIL, other)
    await office.happen()
    await office.happen(replace(HAPPENED, about="aaaaaaaaaaaaaaaa", service="fine-settlement"))

    await office.postman.round()

    assert {target: message.notice.language for message, target in office.channel.sent} == {
        "work@people.example": "ar",
        TARGET: "en",
    }


async def test_a_choice_is_replaced_and_taken_away(office: Office) -> None:
    await office.choose(BY_MAIL, replace(BY_MAIL, target="new@people.example"))

    async with office.storage.writing() as connection:
        before = await office.store.choices(connection, "p1")
        gone = await office.store.unchoose(connection, "p1", "", "email")
        again = await office.store.unchoose(connection, "p1", "", "email")
        after = await office.store.choices(connection, "p1")

    assert ([choice.target for choice in before], gone, again, after) == (["new@people.example"], True, False, [])


async def test_what_did_not_go_through_is_tried_again(office: Office) -> None:
    office.channel.fails = [NotDelivered("busy"), ValueError("a fault of ours")]
    await office.choose(BY_MAIL)
    await office.happen()

    sent = []
    for _ in range(3):
        await office.postman.round()
        sent.append(len(office.channel.sent))
        office.clock.now += timedelta(seconds=10)

    assert sent == [0, 0, 1]


@pytest.mark.parametrize("late", [False, True])
async def test_what_will_never_go_through_is_left(office: Office, late: bool) -> None:
    office.channel.fails = [NotDelivered("busy") if late else Undeliverable("no such user")]
    await office.choose(BY_MAIL)
    await office.happen()
    office.clock.now += GIVE_UP_AFTER + timedelta(seconds=1) if late else timedelta()

    await office.postman.round()
    office.clock.now += timedelta(days=30)

    assert await office.postman.round() == 0
    async with office.storage.reading() as connection:
        row = (await connection.execute(select(notices).where(notices.c.channel == "email"))).one()
    assert (row.sent_at, row.given_up_at is None, row.target) == (None, False, None)


async def test_a_channel_that_is_closed_waits_to_be_opened(office: Office) -> None:
    await office.choose(replace(BY_MAIL, channel="sms"))
    await office.happen()

    await office.postman.round()

    async with office.storage.reading() as connection:
        row = (await connection.execute(select(notices).where(notices.c.channel == "sms"))).one()
    assert (row.sent_at, row.given_up_at, row.attempts) == (None, None, 1)


async def test_where_a_notice_goes_is_sealed_and_then_forgotten(office: Office) -> None:
    await office.choose(BY_MAIL)
    await office.happen()

    async with office.storage.reading() as connection:
        kept = [*(await connection.execute(select(notices.c.target))).scalars()]
        chosen = [*(await connection.execute(select(notice_choices.c.target))).scalars()]
    await office.postman.round()
    async with office.storage.reading() as connection:
        after = [*(await connection.execute(select(notices.c.target))).scalars()]

    assert all(TARGET.encode() not in sealed for sealed in [*kept, *chosen] if sealed)
    assert after == [None, None]


async def test_two_postmen_do_not_send_the_same(office: Office) -> None:
    await office.choose(BY_MAIL)
    for number in range(TOGETHER):
        await office.happen(replace(HAPPENED, number=number))
    other = open_office(office.storage)

    await asyncio.gather(office.postman.round(), other.postman.round())
    await asyncio.gather(office.postman.round(), other.postman.round())

    assert len(office.channel.sent) + len(other.channel.sent) == TOGETHER


async def test_a_channel_that_hangs_keeps_no_other_waiting(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        office = open_office(storage, Hanging("sms"))
        for number in range(2 * TOGETHER):
            await office.choose(replace(BY_MAIL, channel="sms"), person="p2")
            await office.happen(replace(HAPPENED, person="p2", number=number))
        await office.choose(BY_MAIL)
        await office.happen(replace(HAPPENED, number=99))

        async with asyncio.timeout(30), office.postman.walking(60, drain=0.5):
            await office.channel.heard.wait()
            await asyncio.sleep(SETTLED)

        assert [message.notice.channel for message, _ in office.channel.sent] == ["email"]


async def test_a_receiver_that_hangs_keeps_nobody_of_its_channel_waiting(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        slow = Hanging("sms", others=2 * TOGETHER - 1)
        office = open_office(storage, slow)
        await office.choose(replace(BY_MAIL, channel="sms"), person="p2")
        await office.happen(replace(HAPPENED, person="p2", number=0))
        await office.choose(replace(BY_MAIL, channel="sms", target="+96550000000"))
        for number in range(1, 2 * TOGETHER):
            await office.happen(replace(HAPPENED, number=number))

        async with asyncio.timeout(30), office.postman.walking(60, drain=0.5):
            await slow.enough.wait()
            await asyncio.sleep(SETTLED)


async def test_a_notice_that_no_key_opens_keeps_no_other_waiting(office: Office) -> None:
    await office.choose(BY_MAIL)
    for number in (1, 2):
        await office.happen(replace(HAPPENED, number=number))
    spoilt = update(notices).where(notices.c.channel == "email", notices.c.event_number == 1)
    async with office.storage.writing() as connection:
        await connection.execute(spoilt.values(target=bytes(40)))

    await office.postman.round()

    assert len(office.channel.sent) == 1
    async with office.storage.reading() as connection:
        row = (await connection.execute(select(notices).where(notices.c.given_up_at.is_not(None)))).one()
    assert (row.event_number, row.target) == (1, None)


async def test_what_a_postman_dropped_is_taken_up_by_another(office: Office) -> None:
    await office.choose(BY_MAIL)
    await office.happen()
    async with office.storage.writing() as connection:
        await office.store.claim(connection, 1, "dropped", AT + LEASE, AT, ["email"])

    during = await office.postman.round()
    office.clock.now += LEASE

    assert (during, await office.postman.round()) == (0, 1)
    assert len(office.channel.sent) == 1


async def test_what_a_late_postman_settles_is_not_his_any_more(office: Office) -> None:
    await office.choose(BY_MAIL)
    await office.happen()
    async with office.storage.writing() as connection:
        (due,) = await office.store.claim(connection, 1, "dropped", AT + LEASE, AT, ["email"])
        await office.store.claim(connection, 1, "other", AT + 3 * LEASE, AT + LEASE, ["email"])

        await office.store.give_up(connection, due.notice.id, "dropped", AT)

        row = (await connection.execute(select(notices).where(notices.c.channel == "email"))).one()
    assert (row.lease, row.given_up_at) == ("other", None)


async def test_one_event_is_told_once_by_one_channel(office: Office) -> None:
    await office.happen()

    with pytest.raises(IntegrityError):
        await office.happen()


async def test_a_notice_is_read_once_by_whom_it_is_for(office: Office) -> None:
    for number in (1, 2):
        await office.happen(replace(HAPPENED, number=number))

    async with office.storage.writing() as connection:
        first, other = await office.store.shown(connection, "p1", 10)
        read = [
            await office.store.read(connection, "p1", first.notice.id, AT + passed) for passed in (LEASE, 2 * LEASE)
        ]
        strangers = await office.store.read(connection, "p2", other.notice.id, AT)
        shown = await office.store.shown(connection, "p1", 10)

    assert [each and each.read_at for each in read] == [AT + LEASE, AT + LEASE]
    assert strangers is None
    assert {each.notice.id: each.read_at for each in shown} == {first.notice.id: AT + LEASE, other.notice.id: None}


async def test_a_message_that_was_sent_is_no_notice_to_be_read(office: Office) -> None:
    await office.choose(BY_MAIL)
    await office.happen()

    async with office.storage.writing() as connection:
        sent = (await connection.execute(select(notices.c.notice_id).where(notices.c.channel == "email"))).scalar_one()

        assert await office.store.read(connection, "p1", sent, AT) is None


async def test_a_postman_walks_until_he_is_sent_home(office: Office) -> None:
    await office.choose(BY_MAIL)
    async with office.postman.walking(0.01), asyncio.timeout(10):
        await office.happen()
        await office.channel.heard.wait()

    assert office.channel.closed
