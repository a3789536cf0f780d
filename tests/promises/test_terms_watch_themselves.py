"""An application past its expected day is marked once, told to the person and to the agency, and counted."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.deadlines import Deadlines
from gateway.applications.hooks import Happened
from gateway.applications.telling import AGENCY, Telling
from gateway.identity.vault import Vault
from gateway.notices.store import Choice, NoticeStore
from gateway.schema import Country
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import application_messages, applications, notices
from gateway.storage.engine import StorageDown
from tests.support.office import VAULT_KEY, Office, office

STORE = NoticeStore(Vault(VAULT_KEY))
CONTACT = "oman-room@bawaba.example"
DAY = timedelta(days=1)


def watcher(here: Office) -> Deadlines:
    return Deadlines(here.storage, here.parts.store, here.clock)


async def told(here: Office) -> list[tuple[str, str, str]]:
    """Who was told what by which channel, in the order of telling."""
    async with here.storage.reading() as connection:
        rows = await connection.execute(select(notices).order_by(notices.c.created_at, notices.c.channel))
        return [(row.person_id, row.status, row.channel) for row in rows]


async def test_what_is_late_is_marked_and_told_once(storage_url: str) -> None:
    async with office(storage_url, listeners=[Telling(STORE, {Country.OM: CONTACT})]) as here:
        here.orders(course="stall")
        view = await here.apply()
        await here.deliver()
        here.clock.now += 30 * DAY

        marked = [await watcher(here).look() for _ in range(2)]

        late = await here.read(view.id)
        assert marked == [1, 0]
        assert (late.overdue, late.status, late.timeline[-1].what) == (True, Status.accepted, "overdue")
        assert (late.timeline[-1].actor, late.timeline[-1].at) == ("gateway", here.clock.now)
        assert [each for each in await told(here) if "overdue" in each[1]] == [
            (f"agency {view.agency}", "overdue_agency", AGENCY),
            ("person-1", "overdue", "portal"),
        ]


async def test_the_last_day_is_still_in_time_where_it_is_decided(storage_url: str) -> None:
    """Expected on 10 November in Muscat, where midnight is at eight in the evening of UTC."""
    async with office(storage_url) as here:
        here.orders(course="stall")
        view = await here.apply()
        looks = []
        for hour, minute in ((19, 59), (20, 1)):
            here.clock.now = here.clock.now.replace(day=10, hour=hour, minute=minute)
            looks.append(await watcher(here).look())

        assert (view.expected_on or here.clock.now.date()).isoformat() == "2026-11-10"
        assert looks == [0, 1]


async def test_what_is_decided_or_not_sent_is_not_late(storage_url: str) -> None:
    async with office(storage_url) as here:
        await here.until_final((await here.apply()).id)
        await here.apply(draft=True)
        here.clock.now += 60 * DAY

        assert await watcher(here).look() == 0


async def test_two_that_look_at_once_mark_once(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="stall")
        view = await here.apply()
        here.clock.now += 30 * DAY

        marked = await asyncio.gather(*(watcher(here).look() for _ in range(4)))

        assert sum(marked) == 1
        assert [entry.what for entry in (await here.read(view.id)).timeline].count("overdue") == 1


async def test_it_is_counted_in_the_measures_of_its_agency_until_it_is_decided(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="approve")
        view = await here.apply()
        here.clock.now += 30 * DAY
        await watcher(here).look()
        late = (await here.parts.parking.counts()).overdue

        ended = await here.until_final(view.id)

        assert late == {view.agency: 1}
        assert (await here.parts.parking.counts()).overdue == {}
        assert (ended.overdue, ended.status) == (False, Status.approved)


async def test_every_new_status_is_told_and_nothing_else(storage_url: str) -> None:
    async with office(storage_url, listeners=[Telling(STORE, {})]) as here:
        here.orders(course="ask")
        draft = await here.apply(draft=True)
        before = await told(here)
        await here.act(draft.id, "submit")
        for _ in range(4):
            await here.deliver()
            await here.track()
            here.clock.advance(60)
        await here.act(draft.id, "supply", tenancy_number="T-1")
        await here.until_final(draft.id)

        assert before == []
        assert [kind for _, kind, channel in await told(here) if channel == "portal"] == [
            "submitted",
            "accepted",
            "in_progress",
            "needs_citizen",
            "in_progress",
            "approved",
        ]


async def test_a_chosen_channel_is_told_as_well(storage_url: str) -> None:
    async with office(storage_url, listeners=[Telling(STORE, {})]) as here:
        view = await here.apply()
        async with here.storage.writing() as connection:
            await STORE.choose(connection, "person-1", Choice("", "email", "ar", "m@people.example"), here.clock())
        await here.until_final(view.id)

        sent = {(kind, channel) for _, kind, channel in await told(here)}
        assert sent >= {("approved", "email"), ("approved", "portal"), ("submitted", "portal")}
        assert ("submitted", "email") not in sent


class Deaf:
    """A listener that fails."""

    async def told(self, connection: AsyncConnection, happened: Happened) -> None:
        raise StorageDown


async def test_what_cannot_be_told_has_not_happened(storage_url: str) -> None:
    """The notice is written with the event that it tells of: both are durable, or neither."""
    async with office(storage_url, listeners=[Deaf()]) as here:
        with pytest.raises(StorageDown):
            await here.apply()

        assert await here.rows(applications) == []
        assert await here.rows(application_messages) == []
