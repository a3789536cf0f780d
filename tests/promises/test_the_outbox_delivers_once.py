"""Whatever goes wrong on the way, a state gets each application once, in order, or an operator is told."""

import asyncio
from datetime import timedelta

import pytest

from gateway.applications.hooks import Happened
from gateway.errors import NotFound
from gateway.policy.rules import PolicyRules
from gateway.schema import Country
from gateway.schema.application import ApplicationStatus as Status
from gateway.sdk.sandbox import Behaviour
from gateway.storage.application_tables import application_events, application_messages, applications
from tests.support.office import HOUR, PACE, Office, catalogue, office


def submissions(here: Office) -> list[object]:
    return [each["submissions"] for each in here.books()]


async def test_two_workers_that_race_deliver_each_application_once(storage_url: str) -> None:
    async with office(storage_url) as here, here.another_worker() as other:
        for _ in range(30):
            await here.apply()

        done = await asyncio.gather(here.deliver(), other.outbox.lanes.once(), here.deliver())

        assert submissions(here) == [1] * 30
        assert sum(done) >= 30
        assert await here.rows(application_messages) == []


async def test_two_workers_that_race_ask_about_each_application_once(storage_url: str) -> None:
    async with office(storage_url) as here, here.another_worker() as other:
        for _ in range(20):
            await here.apply()
        await here.deliver()
        here.clock.advance(PACE)

        await asyncio.gather(here.track(), other.tracking.lanes.once())

        assert [step for step, _, _ in await here.steps()].count("track") == 20


async def test_an_answer_that_was_lost_makes_no_second_application(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.sandbox.behave(Behaviour(kind="lost", times=1))
        view = await here.apply()
        await here.deliver()
        between = await here.read(view.id)
        here.clock.advance(5)

        await here.deliver()

        assert between.status is Status.submitted
        assert submissions(here) == [2]
        assert (await here.read(view.id)).status is Status.accepted


async def test_a_back_end_that_is_down_for_a_day_gets_everything_when_it_is_back(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.sandbox.behave(Behaviour(kind="down"))
        taken = [await here.apply() for _ in range(3)]
        await here.hours_of_trying(24)
        assert here.books() == []

        here.sandbox.behave(Behaviour(kind="normal"))
        await here.deliver()

        assert submissions(here) == [1, 1, 1]
        after = [await here.read(view.id) for view in taken]
        assert {view.status for view in after} == {Status.accepted}
        assert [view.expected_on for view in after] == [view.expected_on for view in taken]


async def test_each_try_waits_longer_than_the_one_before_and_half_of_it_by_chance(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.sandbox.behave(Behaviour(kind="down"))
        await here.apply()
        pauses = []
        for _ in range(5):
            await here.deliver()
            (message,) = await here.rows(application_messages)
            due = message.due_at / 1_000_000 - here.clock().timestamp()
            pauses.append(due)
            here.clock.advance(due)

        assert all(longest / 2 <= pause <= longest for pause, longest in zip(pauses, (5, 10, 20, 40, 80), strict=True))


async def test_what_cannot_be_delivered_for_three_days_waits_for_an_operator(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.sandbox.behave(Behaviour(kind="down"))
        view = await here.apply()
        await here.hours_of_trying(73)

        (stuck,) = await here.parts.parking.parked()

        assert (stuck.parked.application, stuck.parked.kind, stuck.parked.problem) == (
            view.id,
            "submit",
            "backend_down",
        )
        assert stuck.agency == view.agency
        assert (await here.read(view.id)).timeline[-1].what == "delay"
        assert await here.deliver() == 0
        counts = await here.parts.parking.counts()
        assert (counts.waiting, counts.parked, counts.overdue) == ({}, {view.agency: 1}, {})


async def test_a_state_that_refuses_us_is_not_asked_again_until_an_operator_says_so(storage_url: str) -> None:
    async with office(storage_url) as here:
        key = here.sandbox.secrets
        here.sandbox.secrets = {**key, "api_key": "changed without telling us"}
        view = await here.apply()

        tried = await here.deliver()
        here.clock.advance(24 * HOUR)

        assert tried == 1
        assert await here.deliver() == 0
        here.sandbox.secrets = key
        await here.parts.parking.resend(view.id)
        assert (await here.until_final(view.id)).status is Status.approved
        assert submissions(here) == [1]
        assert ("resend", "ok", None) in await here.steps()


async def test_the_time_of_what_is_sent_again_begins_anew(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.sandbox.behave(Behaviour(kind="down"))
        view = await here.apply()
        await here.hours_of_trying(73)
        await here.parts.parking.resend(view.id)

        await here.hours_of_trying(70)

        assert await here.parts.parking.parked() == []


async def test_what_is_given_up_has_failed_and_the_citizen_sees_so(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.sandbox.behave(Behaviour(kind="down"))
        view = await here.apply()
        await here.act(view.id, "withdraw")
        await here.hours_of_trying(73)

        await here.parts.parking.give_up(view.id)

        after = await here.read(view.id)
        assert (after.status, after.actions) == (Status.failed, ())
        assert (after.timeline[-1].actor, after.timeline[-1].what) == ("operator", "given_up")
        assert await here.rows(application_messages) == []
        assert ("give-up", "ok", None) in await here.steps()


async def test_a_supply_that_is_given_up_leaves_the_application_as_it_stands(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="ask")
        view = await here.apply()
        await here.deliver()
        for _ in range(2):
            here.clock.advance(PACE)
            await here.track()
        here.sandbox.behave(Behaviour(kind="down"))
        await here.act(view.id, "supply", tenancy_number="T-1")
        await here.hours_of_trying(73)

        await here.parts.parking.give_up(view.id)

        after = await here.read(view.id)
        assert (after.status, after.actions) == (Status.needs_citizen, ("supply", "withdraw"))


async def test_nothing_is_sent_again_or_given_up_that_is_not_parked(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()

        for verb in (here.parts.parking.resend, here.parts.parking.give_up):
            with pytest.raises(NotFound):
                await verb(view.id)
            with pytest.raises(NotFound):
                await verb("nobody-knows-this")


async def test_what_is_said_about_an_application_arrives_in_the_order_in_which_it_was_said(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="stall")
        here.sandbox.behave(Behaviour(kind="down"))
        view = await here.apply()
        await here.deliver()
        await here.act(view.id, "withdraw")
        here.clock.advance(HOUR)
        assert await here.deliver() == 1, "the withdrawal overtook the application"

        here.sandbox.behave(Behaviour(kind="normal"))
        here.clock.advance(HOUR)
        ended = await here.until_final(view.id)

        assert ended.status is Status.withdrawn
        assert [step for step, outcome, _ in await here.steps() if outcome == "ok"] == [
            "apply",
            "withdraw",
            "submit",
            "withdraw",
        ]


async def test_what_a_dead_worker_held_is_delivered_when_its_lease_ends_and_not_before(storage_url: str) -> None:
    async with office(storage_url) as here, here.another_worker() as dead:
        await here.apply()
        held = await dead.outbox._claim(Country.OM, 10)

        at_once = await here.deliver()
        here.clock.advance(61)
        later = await here.deliver()

        assert (len(held), at_once, later) == (1, 0, 1)
        assert submissions(here) == [1]


async def test_what_another_worker_sends_again_is_the_same_to_the_letter(storage_url: str) -> None:
    """Each worker has a callback door of its own, and a state refuses a repetition that names another."""
    async with office(storage_url) as here, here.another_worker(events_url="http://127.0.0.1:9") as other:
        here.sandbox.behave(Behaviour(kind="lost", times=1))
        view = await here.apply()
        await here.deliver()
        here.clock.advance(5)

        await other.outbox.lanes.once()

        assert submissions(here) == [2]
        assert (await here.read(view.id)).status is Status.accepted


async def test_a_worker_that_was_overtaken_settles_nothing(storage_url: str) -> None:
    async with office(storage_url) as here, here.another_worker() as slow:
        view = await here.apply()
        (held,) = await slow.outbox._claim(Country.OM, 10)
        here.clock.advance(61)
        await here.until_final(view.id)

        await slow.outbox.deliver(held)

        after = await here.read(view.id)
        assert submissions(here) == [2]
        assert [entry.status for entry in after.timeline].count(Status.approved) == 1
        assert after.status is Status.approved


async def test_a_withdrawal_that_comes_too_late_is_dropped(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(telling="once")
        view = await here.apply()
        await here.deliver()
        here.sandbox.behave(Behaviour(kind="down"))
        await here.act(view.id, "withdraw")
        await here.deliver()
        here.sandbox.behave(Behaviour(kind="normal"))
        here.clock.advance(2 * PACE)
        await here.track()

        await here.deliver()

        assert (await here.read(view.id)).status is Status.approved
        assert await here.rows(application_messages) == []


class Counting:
    """Counts what states said that nobody understands."""

    def __init__(self) -> None:
        self.puzzles: list[tuple[str, Country]] = []

    def status_unknown(self, service: str, country: Country) -> None:
        self.puzzles.append((service, country))


async def test_a_word_that_nobody_knows_shows_as_received_and_is_raised_once(storage_url: str) -> None:
    watch = Counting()
    async with office(storage_url, watch=watch) as here:
        here.orders(course="strange", pace=10 * PACE)
        view = await here.apply()
        await here.deliver()
        here.clock.advance(20 * PACE)
        for _ in range(5):
            here.clock.advance(PACE)
            await here.track()

        after = await here.read(view.id)

        assert (after.status, after.status_known) == (Status.accepted, False)
        assert [entry.what for entry in after.timeline].count("unknown_status") == 1
        assert after.timeline[-1].national_status == "WITH_THE_ELDERS"
        assert watch.puzzles == [("residence-certificate", Country.OM)]
        assert (await here.until_final(view.id)).status_known


async def test_what_policy_no_longer_allows_is_not_carried_out(storage_url: str) -> None:
    usual = catalogue()[1]
    closed = PolicyRules.model_validate({**dict(usual), "transfers": ()})
    async with office(storage_url) as here, here.another_worker(rules=closed) as strict:
        view = await here.apply()

        await strict.outbox.lanes.once()

        assert here.books() == []
        (stuck,) = await here.parts.parking.parked()
        assert (stuck.parked.application, stuck.parked.problem) == (view.id, "transfer_not_allowed")


class Undoing:
    """A listener that cannot write down what it is told."""

    async def told(self, connection: object, happened: Happened) -> None:
        raise RuntimeError("nothing goes without me")


async def test_what_a_listener_cannot_write_down_did_not_happen(storage_url: str) -> None:
    async with office(storage_url, listeners=[Undoing()]) as here:
        with pytest.raises(RuntimeError):
            await here.apply()

        for table in (applications, application_events, application_messages):
            assert await here.rows(table) == []


async def test_a_worker_wakes_at_once_for_what_it_took_in(storage_url: str) -> None:
    async with office(storage_url, poll_seconds=60) as here, here.parts.outbox.lanes.running():
        await asyncio.sleep(0.2)

        await here.apply()

        async with asyncio.timeout(10):
            while True:
                if here.books():
                    return
                await asyncio.sleep(0.01)


async def test_a_lease_is_longer_than_the_exchange_that_it_covers(storage_url: str) -> None:
    async with office(storage_url, lease_seconds=1) as here:
        here.sandbox.behave(Behaviour(kind="slow", seconds=5, times=1))
        await here.apply()
        began = asyncio.get_running_loop().time()

        await here.deliver()

        (message,) = await here.rows(application_messages)
        assert asyncio.get_running_loop().time() - began < timedelta(seconds=1).total_seconds() + 2
        assert (message.lease, message.problem) == (None, "backend_late")
