"""While the state waits for the applicant the term stands still, and its day moves by what was waited."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from gateway.applications.deadlines import Deadlines
from gateway.applications.kept import Application, Particulars
from gateway.applications.life import Standing
from gateway.applications.telling import Telling
from gateway.applications.terms import Terms, stop
from gateway.applications.view import ApplicationView
from gateway.applications.working_days import WorkingDays
from gateway.identity.snapshot import Snapshot
from gateway.identity.vault import Vault
from gateway.notices.store import NoticeStore
from gateway.schema import Country
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import applications, notices
from gateway.storage.engine import Storage
from gateway.storage.schema import upgrade
from tests.support.office import START, VAULT_KEY, Office, applicant, office

DAY = timedelta(days=1)
CONTACTS = {Country.OM: "oman-room@bawaba.example"}
TERMS = Terms(WorkingDays())


async def asked(here: Office) -> ApplicationView:
    """An application that the state asks something about, two minutes after it was handed in."""
    here.orders(course="ask")
    view = await here.apply()
    await here.deliver()
    for _ in range(2):
        here.clock.advance(60)
        await here.track()
    return await here.read(view.id)


def watcher(here: Office) -> Deadlines:
    return Deadlines(here.storage, here.parts.store, here.clock)


async def test_nothing_is_overdue_while_the_state_waits_for_the_applicant(storage_url: str) -> None:
    """Handed in on Sunday 8 November, and due on Tuesday."""
    async with office(storage_url, listeners=[Telling(NoticeStore(Vault(VAULT_KEY)), CONTACTS)]) as here:
        view = await asked(here)
        here.clock.now += 30 * DAY

        marked = await watcher(here).look()

        after = await here.read(view.id)
        assert (view.status, view.paused_since, view.expected_on) == (
            Status.needs_citizen,
            view.updated_at,
            date(2026, 11, 10),
        )
        assert (marked, after.overdue, after.paused_since) == (0, False, view.paused_since)
        assert not [row for row in await here.rows(notices) if "overdue" in row.status]


async def test_the_day_moves_by_the_working_days_that_were_waited(storage_url: str) -> None:
    """From Sunday 8 to Sunday 15 November: Monday to Thursday and Sunday are five days on which Oman works."""
    async with office(storage_url) as here:
        view = await asked(here)
        here.clock.now += 7 * DAY

        supplied = await here.act(view.id, "supply", tenancy_number="T-1")

        assert (supplied.paused_since, supplied.expected_on) == (None, date(2026, 11, 17))


async def test_once_the_applicant_has_answered_the_term_runs_and_can_pass(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await asked(here)
        here.clock.now += 7 * DAY
        await here.act(view.id, "supply", tenancy_number="T-1")
        looks = []
        for day in (17, 18):
            here.clock.now = here.clock.now.replace(day=day)
            looks.append(await watcher(here).look())

        assert looks == [0, 1]
        assert (await here.read(view.id)).overdue


async def test_the_term_runs_again_when_the_state_goes_on_by_itself(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await asked(here)
        (dossier,) = here.sandbox.desk._by_number.values()
        here.clock.now += DAY
        # Supplied at the counter of the state, of which the gateway knows nothing.
        dossier.supplied["tenancy_number"] = "T-1"
        dossier.supplied_at = here.clock.now

        await here.track()

        after = await here.read(view.id)
        assert after.status is not Status.needs_citizen
        assert (after.paused_since, after.expected_on) == (None, date(2026, 11, 11))


async def test_the_same_word_again_does_not_stop_the_term_of_who_has_answered(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await asked(here)
        await here.act(view.id, "supply", tenancy_number="T-1")
        here.clock.advance(60)

        # What was supplied is still on its way, so the state says what it said before.
        await here.track()

        after = await here.read(view.id)
        assert (after.status, after.paused_since) == (Status.needs_citizen, None)


async def test_what_was_overdue_before_stays_so_and_keeps_its_day(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="ask")
        view = await here.apply()
        await here.deliver()
        here.clock.now += 10 * DAY
        await watcher(here).look()
        for _ in range(2):
            here.clock.advance(60)
            await here.track()
        here.clock.now += 7 * DAY

        supplied = await here.act(view.id, "supply", tenancy_number="T-1")

        assert (supplied.overdue, supplied.expected_on, supplied.paused_since) == (True, view.expected_on, None)


async def test_when_what_was_supplied_is_given_up_the_applicant_is_waited_for_again(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await asked(here)
        await here.act(view.id, "supply", tenancy_number="T-1")
        async with here.storage.writing() as connection:
            queue = here.parts.parking._queue
            (message,) = await queue.all_of(connection, view.id)
            await queue.park(connection, message, here.clock(), "backend_refused")

        await here.parts.parking.give_up(view.id)

        after = await here.read(view.id)
        assert (after.status, after.paused_since) == (Status.needs_citizen, here.clock.now)


def standing_at(status: Status) -> Application:
    """An application that is due on Tuesday 10 November, by the clock of Oman."""
    snapshot = Snapshot.of(applicant())
    return Application(
        id="a",
        person="person-1",
        service="residence-certificate",
        country=Country.OM,
        agency="om-agency",
        reference="r",
        particulars=Particulars(applicant=snapshot, inputs={}, purpose="service_delivery", language="en"),
        standing=Standing(status),
        created_at=START,
        updated_at=START,
        submitted_at=START,
        expected_on=date(2026, 11, 10),
    )


@pytest.mark.parametrize("status", list(Status))
def test_a_term_stands_still_where_the_applicant_must_supply_or_pay_and_nowhere_else(status: Status) -> None:
    heard = TERMS.follow(standing_at(status), START, fresh=True)

    waits = status in (Status.needs_citizen, Status.awaiting_payment)
    assert heard.stopped_at == (START if waits else None)
    assert stop(heard, START + DAY) == heard


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        # The same day; the evening of it, when it is Monday in Muscat already; the weekend, which costs nothing.
        (datetime(2026, 11, 8, 19, 59, tzinfo=UTC), date(2026, 11, 10)),
        (datetime(2026, 11, 8, 20, 1, tzinfo=UTC), date(2026, 11, 11)),
        (datetime(2026, 11, 12, 6, 0, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 14, 6, 0, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 15, 6, 0, tzinfo=UTC), date(2026, 11, 17)),
    ],
)
def test_only_working_days_of_the_deciding_state_move_the_day(until: datetime, expected: date) -> None:
    paid = replace(stop(standing_at(Status.awaiting_payment), START), standing=Standing(Status.in_progress))

    assert TERMS.follow(paid, until, fresh=True).expected_on == expected


def test_a_term_that_was_over_before_it_stood_still_does_not_move() -> None:
    late = stop(standing_at(Status.needs_citizen), START + 5 * DAY)

    assert TERMS.go_on(late, START + 30 * DAY).expected_on == date(2026, 11, 10)


async def test_an_upgrade_has_the_terms_stand_still_of_whom_a_state_waits_for_already(empty_storage_url: str) -> None:
    row = text(
        "INSERT INTO applications (application_id, person_id, service, country, agency, status, wire_reference, "
        "sealed, status_known, created_at, updated_at, track_failures) "
        "VALUES (:status, 'p', 's', 'OM', 'a', :status, :status, :sealed, 1, 5, 7, 0)"
    )
    await upgrade(empty_storage_url, "0009")
    async with Storage.open(empty_storage_url) as storage:
        async with storage.writing() as connection:
            await connection.execute(row, [{"status": status.value, "sealed": b"x"} for status in Status])
        await upgrade(empty_storage_url)

        async with storage.reading() as connection:
            stopped = select(applications.c.status).where(applications.c.stopped_at == 7)
            found = set((await connection.execute(stopped)).scalars())
    assert found == {"needs_citizen", "awaiting_payment"}
