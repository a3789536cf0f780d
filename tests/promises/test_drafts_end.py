"""A draft ends when nobody has gone on with it for so long, and nobody holds more of them than they may."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from gateway.applications.drafts import MOST_DRAFTS, TOGETHER
from gateway.applications.telling import Telling
from gateway.errors import Conflict, NotFound
from gateway.identity.vault import Vault
from gateway.notices.store import NoticeStore
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import (
    application_attachments,
    application_events,
    applications,
    attachment_parts,
    notices,
)
from gateway.storage.tables import persons
from tests.support.office import VAULT_KEY, Office, applicant, office, wanted

DAY = timedelta(days=1)
TELLING = Telling(NoticeStore(Vault(VAULT_KEY)), {})


async def ids(here: Office) -> set[str]:
    return {row.application_id for row in await here.rows(applications)}


async def attach(here: Office, application: str) -> None:
    """Puts a whole file of one part to the application."""
    kept = here.parts.sweeper._attachments
    async with here.storage.writing() as connection:
        arriving = await kept.begin(connection, application, "contract", "application/pdf", here.clock())
    await kept.add(arriving, 0, [b"file"])
    async with here.storage.writing() as connection:
        await kept.finish(connection, arriving, 4, "d" * 64)


async def test_a_draft_ends_thirty_days_after_its_last_change_with_all_that_belongs_to_it(storage_url: str) -> None:
    async with office(storage_url, listeners=[TELLING]) as here:
        draft = await here.apply(draft=True)
        await attach(here, draft.id)
        ended = []
        for passed in (30 * DAY, timedelta(seconds=1)):
            here.clock.now += passed
            ended.append(await here.parts.sweeper.end_drafts())

        assert ended == [0, 1]
        for table in (applications, application_events, application_attachments, attachment_parts, notices):
            assert await here.rows(table) == []
        with pytest.raises(NotFound):
            await here.read(draft.id)
        with pytest.raises(NotFound):
            await here.act(draft.id, "submit")


async def test_what_was_submitted_or_changed_meanwhile_stays(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="stall")
        sent, changed, withdrawn, old = [await here.apply(draft=True) for _ in range(4)]
        await here.act(sent.id, "submit")
        await here.act(withdrawn.id, "withdraw")
        here.clock.now += 20 * DAY
        async with here.storage.writing() as connection:
            await here.parts.store.touch(connection, changed.id, here.clock())
        here.clock.now += 20 * DAY

        assert await here.parts.sweeper.end_drafts() == 1
        assert await ids(here) == {sent.id, changed.id, withdrawn.id}
        assert old.id not in await ids(here)


async def test_how_long_is_a_setting(storage_url: str) -> None:
    async with office(storage_url, draft_days=2) as here:
        await here.apply(draft=True)
        here.clock.now += 3 * DAY

        assert await here.parts.sweeper.end_drafts() == 1


async def test_many_end_in_small_steps_and_two_workers_end_each_once(storage_url: str) -> None:
    async with office(storage_url) as here, here.another_worker() as other:
        people = [applicant(f"person-{number}") for number in range(TOGETHER // 10 + 1)]
        for person in people:
            for _ in range(10):
                await here.parts.applications.apply(person, wanted(draft=True), "request-1")
        here.clock.now += 31 * DAY

        first = await here.parts.sweeper.end_drafts()
        rest = await asyncio.gather(here.parts.sweeper.end_drafts(), other.sweeper.end_drafts())

        assert (first, sum(rest)) == (TOGETHER, 10)
        assert await ids(here) == set()


async def test_a_person_holds_so_many_drafts_and_no_more(storage_url: str) -> None:
    async with office(storage_url) as here:
        drafts = [await here.apply(draft=True) for _ in range(MOST_DRAFTS)]
        with pytest.raises(Conflict) as raised:
            await here.apply(draft=True)
        refused = (await here.steps())[-1]

        assert (raised.value.code, raised.value.facts) == ("drafts_too_many", {"limit": MOST_DRAFTS})
        assert refused[1:] == ("refused", "drafts_too_many")
        # Others, and what is handed in at once, are not concerned; and a place that is given up is free again.
        await here.parts.applications.apply(applicant("person-2"), wanted(draft=True), "request-1")
        assert (await here.apply()).status is Status.submitted
        await here.act(drafts[0].id, "withdraw")
        assert (await here.apply(draft=True)).status is Status.draft


async def test_two_workers_that_make_the_last_draft_at_once_make_one(storage_url: str) -> None:
    async with office(storage_url) as here, here.another_worker() as other:
        async with here.storage.writing() as connection:
            await connection.execute(insert(persons), {"person_id": "person-1", "created_at": 0})
        for _ in range(MOST_DRAFTS - 1):
            await here.apply(draft=True)

        made = await asyncio.gather(
            *(
                parts.applications.apply(here.principal, wanted(draft=True), "request-1")
                for parts in (here.parts, other) * 3
            ),
            return_exceptions=True,
        )

        assert len([each for each in made if not isinstance(each, BaseException)]) == 1
        assert {each.code for each in made if isinstance(each, Conflict)} == {"drafts_too_many"}
        assert len(await ids(here)) == MOST_DRAFTS
