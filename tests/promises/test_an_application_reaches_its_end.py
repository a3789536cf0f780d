"""An application is taken in, delivered, followed and ended, and every step is sealed."""

from datetime import date

from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import application_messages, applications
from tests.support.office import NUMBER, PACE, office


async def test_an_application_is_on_its_way_once_it_is_taken_in(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()

        assert (view.status, view.actions, view.agency) == (Status.submitted, ("withdraw",), "om-rop-civil-status")
        assert view.expected_on == date(2026, 11, 10)
        assert view.receipt
        assert await here.steps() == [("apply", "ok", None)]
        assert here.books() == []


async def test_it_is_delivered_followed_and_granted(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.until_final((await here.apply()).id)

        assert [entry.status for entry in view.timeline] == ["submitted", "accepted", "in_progress", "approved"]
        assert [entry.actor for entry in view.timeline] == ["citizen", "agency", "agency", "agency"]
        assert view.timeline[-1].national_status == "ISSUED"
        assert [document.id for document in view.documents] == ["certificate"]
        assert view.national_reference == here.books()[0]["number"]
        assert view.actions == ()
        assert all(entry.receipt for entry in view.timeline)
        assert await here.rows(application_messages) == []


async def test_every_exchange_is_sealed_under_its_step(storage_url: str) -> None:
    async with office(storage_url) as here:
        await here.until_final((await here.apply()).id)

        steps = await here.steps()
        assert [step for step, _, _ in steps][:3] == ["apply", "submit", "track"]
        assert {outcome for _, outcome, _ in steps} == {"ok"}
        assert (await here.ledger_report()).ok


async def test_nothing_of_the_person_stands_open_in_the_tables(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="ask")
        view = await here.apply()
        await here.deliver()
        for _ in range(3):
            here.clock.advance(PACE)
            await here.track()
        await here.act(view.id, "supply", tenancy_number="T-4711")

        kept = repr([*await here.rows(applications), *await here.rows(application_messages)])
        assert NUMBER not in kept
        assert "bank" not in kept
        assert "4711" not in kept


async def test_what_a_state_asks_for_is_supplied_and_it_goes_on(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="ask")
        view = await here.apply()
        await here.deliver()
        for _ in range(2):
            here.clock.advance(PACE)
            await here.track()
        asked = await here.read(view.id)

        supplied = await here.act(view.id, "supply", tenancy_number="T-4711")
        ended = await here.until_final(view.id)

        assert (asked.status, asked.actions) == (Status.needs_citizen, ("supply", "withdraw"))
        assert [each.name for each in asked.wanted] == ["tenancy_number"]
        assert supplied.actions == ("withdraw",)
        assert supplied.timeline[-1].action == "supply"
        assert ended.status is Status.approved
        assert [step for step, _, _ in await here.steps()].count("supply") == 2


async def test_a_refusal_says_why(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="refuse")

        view = await here.until_final((await here.apply()).id)

        assert view.status is Status.refused
        assert [reason.code for reason in view.reasons] == ["R-04"]


async def test_whoever_applied_may_withdraw(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="stall")
        view = await here.apply()
        await here.deliver()

        asked = await here.act(view.id, "withdraw")
        ended = await here.until_final(view.id)

        assert (asked.status, asked.actions) == (Status.accepted, ())
        assert ended.status is Status.withdrawn
        assert here.books()[0]["stage"] == "withdrawn"
