"""An application that no key opens is shown as one that cannot be read now, and takes nothing else along."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from gateway.applications.deadlines import Deadlines
from gateway.applications.telling import Telling
from gateway.applications.view import Filters
from gateway.errors import NotFound, Unavailable
from gateway.identity.vault import Vault
from gateway.notices.store import Choice, NoticeStore
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import application_events, applications, notice_choices, notices
from tests.support.office import VAULT_KEY, Office, applicant, office

NOTICES = NoticeStore(Vault(VAULT_KEY))
DAY = timedelta(days=1)


async def spoil(here: Office, table: Table, application: str, **values: Any) -> None:
    """Turns the row into one that cannot be read: sealed under a key that is lost, unless told otherwise."""
    lost = Vault(bytes(32)).seal(b"{}", f"application {application}")
    async with here.storage.writing() as connection:
        own = update(table).where(table.c.application_id == application)
        await connection.execute(own.values(values or {"sealed": lost}))


async def listed(here: Office, **how: Any) -> dict[str, str | None]:
    """The person's applications, the newest first: what is said to be wrong with each."""
    views, _ = await here.parts.applications.page(here.principal, Filters(), **how)
    return {view.id: view.problem for view in views}


async def three(here: Office) -> list[str]:
    """Three applications of one person, handed in one after the other."""
    made = []
    for _ in range(3):
        made.append((await here.apply()).id)
        here.clock.advance(1)
    return made


async def test_a_list_shows_what_cannot_be_read_among_all_the_others(storage_url: str) -> None:
    async with office(storage_url) as here:
        first, spoilt, last = await three(here)
        before = await here.read(spoilt)
        await spoil(here, applications, spoilt)

        after = await here.read(spoilt)

        assert await listed(here) == {last: None, spoilt: "application_unreadable", first: None}
        assert (after.problem, after.actions) == ("application_unreadable", ())
        unchanged = ("id", "service", "country", "agency", "status", "created_at", "submitted_at", "timeline")
        assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]


async def test_nothing_is_done_about_what_cannot_be_read_and_a_stranger_does_not_find_it(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()
        await spoil(here, applications, view.id)

        with pytest.raises(Unavailable) as raised:
            await here.act(view.id, "withdraw")
        with pytest.raises(NotFound):
            await here.parts.applications.read(applicant("person-2"), view.id)

        assert (raised.value.code, raised.value.status) == ("application_unreadable", 503)
        assert len(await here.rows(application_events)) == 1


@pytest.mark.parametrize("damage", [{"country": "??"}, {"status": "lost"}, {"expected_on": "soon", "country": "XX"}])
async def test_a_row_that_is_damaged_as_well_is_left_out_and_no_page_is_lost(
    storage_url: str, damage: dict[str, Any]
) -> None:
    async with office(storage_url) as here:
        first, spoilt, last = await three(here)
        await spoil(here, applications, spoilt, **damage)

        page, cursor = await here.parts.applications.page(here.principal, Filters(), limit=2)
        rest, end = await here.parts.applications.page(here.principal, Filters(), cursor, limit=2)

        assert ([view.id for view in page], [view.id for view in rest], end) == ([last], [first], None)


async def test_an_event_that_no_key_opens_is_shown_without_its_details(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()
        await spoil(here, application_events, view.id, detail=b"spoilt")

        (entry,) = (await here.read(view.id)).timeline

        assert (entry.status, entry.what, entry.action) == (Status.submitted, "status", None)


async def test_what_cannot_be_read_keeps_no_other_from_being_found_overdue(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="stall")
        spoilt, sound, _ = await three(here)
        await spoil(here, applications, spoilt)
        here.clock.now += 30 * DAY
        deadlines = Deadlines(here.storage, here.parts.store, here.clock)

        marked = [await deadlines.look() for _ in range(2)]

        assert marked == [2, 0]
        assert (await here.read(sound)).overdue
        assert sum((await here.parts.parking.counts()).overdue.values()) == 3


async def test_a_choice_that_no_key_opens_stops_no_event_and_the_portal_still_tells(storage_url: str) -> None:
    async with office(storage_url, listeners=[Telling(NOTICES, {})]) as here:
        async with here.storage.writing() as connection:
            await NOTICES.choose(connection, "person-1", Choice("", "email", "ar", "m@people.example"), here.clock())
            await NOTICES.choose(connection, "person-1", Choice("", "sms", "ar", "+96890000000"), here.clock())
            spoilt = notice_choices.c.channel == "email"
            await connection.execute(update(notice_choices).where(spoilt).values(target=b"spoilt"))

        await here.apply()

        async with here.storage.reading() as connection:
            told = (await connection.execute(select(notices.c.channel).order_by(notices.c.channel))).scalars().all()
            choices = await NOTICES.choices(connection, "person-1")
        assert list(told) == ["portal", "sms"]
        assert [choice.channel for choice in choices] == ["sms"]


async def test_operators_see_what_is_parked_beside_what_is_damaged(storage_url: str) -> None:
    async with office(storage_url) as here:
        spoilt, damaged, sound = await three(here)
        for each in (spoilt, damaged, sound):
            await spoil(here, applications, each)
        await here.deliver()
        await spoil(here, applications, damaged, country="??")

        stuck = [each.parked.application for each in await here.parts.parking.parked()]

        assert sorted(stuck) == sorted([spoilt, sound])
        for attempt in (here.parts.parking.resend, here.parts.parking.give_up):
            with pytest.raises(Unavailable) as raised:
                await attempt(spoilt)
            assert raised.value.code == "application_unreadable"
