"""What a national system tells by itself is believed if it is proved, fresh, new, and about an application of ours."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import update

from gateway.applications.view import ApplicationView
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import application_callbacks, applications
from tests.support.office import PACE, Office, office

GRANTED: Mapping[str, Any] = {
    "reasons": [],
    "wanted": [],
    "documents": [{"id": "certificate", "ar": "شهادة", "en": "Paper"}],
}


async def told(
    here: Office, view: ApplicationView, status: str, *, after: float = 0, delivery: str = "", **changes: Any
) -> tuple[bytes, dict[str, str]]:
    """What the example's national system would send, signed."""
    rows = await here.rows(applications)
    document = {
        "number": view.national_reference or "OM-0000000001",
        "reference": next(row.wire_reference for row in rows if row.application_id == view.id),
        "status": status,
        "since": (here.clock() + timedelta(seconds=after)).isoformat(),
        "delivery": delivery or f"{status}-{after}",
        **GRANTED,
        **changes,
    }
    body = json.dumps(document).encode()
    return body, signed(here, body)


def signed(here: Office, body: bytes, age: float = 0) -> dict[str, str]:
    stamp = str(int(here.clock().timestamp() - age))
    key = here.sandbox.secrets["callback_key"].encode()
    return {
        "X-Timestamp": stamp,
        "X-Signature": hmac.digest(key, stamp.encode() + b"." + body, hashlib.sha256).hex(),
    }


async def post(here: Office, body: bytes, headers: Mapping[str, str], room: str = "example") -> int:
    """The status that the callback door answers."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{here.events_url}/events/{room}", data=body, headers=headers) as response,
    ):
        return response.status


async def delivered(here: Office) -> ApplicationView:
    view = await here.apply()
    await here.deliver()
    return await here.read(view.id)


@pytest.mark.parametrize("telling", ["once", "twice", "late"])
async def test_an_application_ends_by_what_the_state_tells_alone(storage_url: str, telling: str) -> None:
    async with office(storage_url, track_seconds=86_400) as here:
        here.orders(telling=telling, pace=0.05)
        view = await delivered(here)

        async with asyncio.timeout(20):
            while True:
                here.clock.advance(0.05)
                view = await here.read(view.id)
                if view.status.final:
                    break
                await asyncio.sleep(0.02)

        assert view.status is Status.approved
        assert [entry.status for entry in view.timeline].count(Status.approved) == 1
        assert view.documents


async def test_a_change_that_is_told_counts_and_is_sealed(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)

        status = await post(here, *await told(here, view, "ISSUED", after=1))

        after = await here.read(view.id)
        assert (status, after.status) == (204, Status.approved)
        assert ("callback", "ok", None) in await here.steps()
        assert (await here.ledger_report()).ok


async def test_a_repetition_is_acknowledged_and_changes_nothing(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)
        body, headers = await told(here, view, "IN_REVIEW", after=1)

        statuses = [await post(here, body, headers) for _ in range(3)]

        assert statuses == [204, 204, 204]
        assert len((await here.read(view.id)).timeline) == 3
        assert [step for step, _, _ in await here.steps()].count("callback") == 1


async def test_the_same_word_at_the_same_moment_from_many_connections_counts_once(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)
        body, headers = await told(here, view, "IN_REVIEW", after=1)

        statuses = await asyncio.gather(*(post(here, body, headers) for _ in range(8)))

        assert set(statuses) == {204}
        assert len((await here.read(view.id)).timeline) == 3
        assert len(await here.rows(application_callbacks)) == 1


async def test_a_system_tells_nothing_of_what_another_agency_was_asked_for(storage_url: str) -> None:
    """Though it knows the reference, and is proved to be who it is."""
    async with office(storage_url) as here:
        view = await delivered(here)
        body, headers = await told(here, view, "ISSUED", after=1)
        async with here.storage.writing() as connection:
            await connection.execute(update(applications).values(agency="om-another"))

        assert await post(here, body, headers) == 404

        assert (await here.read(view.id)).status is not Status.approved
        assert [step for step, _, _ in await here.steps()].count("callback") == 0


async def test_a_replay_after_its_time_is_refused_as_old_and_forgotten(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)
        body, headers = await told(here, view, "IN_REVIEW", after=1)
        await post(here, body, headers)
        here.clock.advance(3600)

        assert await post(here, body, headers) == 401
        await post(here, *await told(here, view, "INFO_NEEDED", after=1, delivery="another"))
        assert [row.delivery_id for row in await here.rows(application_callbacks)] == ["another"]


async def test_news_in_the_wrong_order_is_tolerated(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)

        last = await post(here, *await told(here, view, "ISSUED", after=2))
        first = await post(here, *await told(here, view, "IN_REVIEW", after=1))

        assert (last, first) == (204, 204)
        assert (await here.read(view.id)).status is Status.approved


async def test_a_state_may_tell_before_its_answer_to_the_application_has_come(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()

        status = await post(here, *await told(here, view, "IN_REVIEW", after=1))

        between = await here.read(view.id)
        assert (status, between.status) == (204, Status.in_progress)


@pytest.mark.parametrize("age", [301, -301, 86_400])
async def test_a_word_that_is_old_or_of_tomorrow_is_refused(storage_url: str, age: float) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)
        body, _ = await told(here, view, "ISSUED", after=1)

        assert await post(here, body, signed(here, body, age)) == 401
        assert (await here.read(view.id)).status is Status.accepted


async def test_a_word_whose_sender_is_not_proved_is_refused_and_leaves_no_trace(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)
        body, headers = await told(here, view, "ISSUED", after=1)
        forged = [
            (body.replace(b"ISSUED", b"REJECTED"), headers),
            (body, {**headers, "X-Signature": "0" * 64}),
            (body, {}),
            (b"", headers),
            (body, {**headers, "X-Timestamp": "yesterday"}),
        ]

        statuses = [await post(here, *each) for each in forged]

        assert set(statuses) == {401}
        assert (await here.read(view.id)).status is Status.accepted
        assert "callback" not in [step for step, _, _ in await here.steps()]
        assert await here.rows(application_callbacks) == []


async def test_a_word_that_is_signed_and_means_nothing_is_refused(storage_url: str) -> None:
    async with office(storage_url) as here:
        for body in (
            b"{}",
            b"[]",
            b"\xff",
            b'{"reference": 7, "delivery": "d"}',
            b'{"reference": "\\u0000", "delivery": "d"}',
        ):
            assert await post(here, body, signed(here, body)) in (401, 404)


async def test_an_application_that_is_not_ours_is_not_found(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)

        assert await post(here, *await told(here, view, "ISSUED", after=1, reference="0" * 32)) == 404
        assert await post(here, *await told(here, view, "ISSUED", after=1), room="nowhere") == 404


async def test_a_word_about_another_number_of_the_state_is_not_believed(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await delivered(here)

        status = await post(here, *await told(here, view, "ISSUED", after=1, number="OM-9999999999"))

        assert status == 422
        assert (await here.read(view.id)).status is Status.accepted
        assert ("callback", "garbled", "backend_garbled") in await here.steps()


async def test_nothing_that_is_told_changes_an_end(storage_url: str) -> None:
    async with office(storage_url) as here:
        here.orders(course="refuse")
        view = await here.until_final((await here.apply()).id)

        status = await post(here, *await told(here, view, "ISSUED", after=10 * PACE))

        assert status == 204
        assert (await here.read(view.id)).status is Status.refused
