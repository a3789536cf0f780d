"""Devices wait for a person, on whichever worker they ask, and are let in once."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.errors import OAuthError, Unavailable
from gateway.oauth.devices import INTERVAL, LIFE, DeviceCodes, DeviceRequest, Devices
from tests.support.grants import Desk, a_grant, desks

ASKED = DeviceRequest(
    client_id="kw-kiosk",
    scopes=("lookups:traffic-fines",),
    purposes=("service_delivery",),
    place="Hawally service centre, desk 3",
    network="192.0.2.0/24",
)


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    async with desks(storage_url) as both:
        yield both


def devices(desk: Desk) -> Devices:
    return Devices(desk.storage, desk.hands.vault, desk.hands.finder, desk.grants, desk.hands.clock)


async def polled(desk: Desk, codes: DeviceCodes, client_id: str = "kw-kiosk", after: int = INTERVAL) -> str:
    """The grant's id, or the error, of a device that waited ``after`` seconds."""
    desk.hands.now += after
    try:
        return await devices(desk).poll(codes.device_code, client_id)
    except OAuthError as problem:
        return problem.code


async def test_a_device_waits_until_a_person_lets_it_in_and_is_given_their_grant(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    assert await polled(two, codes) == "authorization_pending"
    assert await devices(two).find(codes.user_code) == ASKED

    grant = a_grant(now=one.hands.now, client_id="kw-kiosk", session=None)
    await devices(two).approve(codes.user_code, grant)

    assert await polled(one, codes) == grant.id
    assert (await one.grants.find(grant.id)).person == grant.person


async def test_a_device_that_a_person_turns_away_is_told(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)

    await devices(two).deny(codes.user_code)

    assert await polled(one, codes) == "access_denied"


async def test_a_device_that_asks_too_often_is_told_to_slow_down_on_whichever_worker(
    workers: tuple[Desk, Desk],
) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    assert await polled(one, codes, after=0) == "slow_down"
    assert await polled(one, codes) == "authorization_pending"

    assert await polled(two, codes, after=INTERVAL - 1) == "slow_down"
    assert await polled(one, codes, after=INTERVAL - 1) == "slow_down"
    assert await polled(two, codes) == "authorization_pending"


async def test_a_code_is_over_after_ten_minutes_for_the_person_and_for_the_device(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    one.hands.now += LIFE
    await devices(two).begin(ASKED)

    with pytest.raises(OAuthError, match="user_code_unknown"):
        await devices(two).find(codes.user_code)
    with pytest.raises(OAuthError, match="user_code_unknown"):
        await devices(two).approve(codes.user_code, a_grant(now=one.hands.now))
    assert await polled(one, codes) == "expired_token"


async def test_a_device_that_was_let_in_too_late_to_ask_gets_nothing(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    codes = await devices(one).begin(ASKED)
    await devices(one).approve(codes.user_code, a_grant(now=one.hands.now, client_id="kw-kiosk"))

    assert await polled(one, codes, after=LIFE) == "expired_token"


async def test_a_second_use_of_a_device_code_ends_what_the_first_was_given(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    grant = a_grant(now=one.hands.now, client_id="kw-kiosk", session=None)
    await devices(one).approve(codes.user_code, grant)
    assert await polled(one, codes) == grant.id

    assert await polled(two, codes) == "invalid_grant"

    with pytest.raises(OAuthError):
        await one.grants.find(grant.id)
    await one.revocations.refresh()
    assert one.revocations.check("its access token", grant.id, "kw-kiosk")


async def test_of_many_that_ask_at_once_one_is_given_the_grant(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    grant = a_grant(now=one.hands.now, client_id="kw-kiosk")
    await devices(one).approve(codes.user_code, grant)
    one.hands.now += INTERVAL

    answers = await asyncio.gather(*(polled(desk, codes, after=0) for desk in (one, two) * 5))

    assert answers.count(grant.id) == 1
    assert set(answers) <= {grant.id, "invalid_grant", "slow_down"}


async def test_another_program_gets_nothing_by_a_device_code_and_spoils_nothing(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    grant = a_grant(now=one.hands.now, client_id="kw-kiosk")
    await devices(one).approve(codes.user_code, grant)

    assert await polled(two, codes, client_id="bh-pocket") == "invalid_grant"

    assert await polled(one, codes) == grant.id


@pytest.mark.parametrize("first", ["approve", "deny"])
async def test_a_person_decides_once(workers: tuple[Desk, Desk], first: str) -> None:
    one, two = workers
    codes = await devices(one).begin(ASKED)
    if first == "approve":
        await devices(one).approve(codes.user_code, a_grant(now=one.hands.now))
    else:
        await devices(one).deny(codes.user_code)
    late = a_grant(now=one.hands.now, person="somebody else")

    with pytest.raises(OAuthError, match="user_code_unknown"):
        await devices(two).approve(codes.user_code, late)
    with pytest.raises(OAuthError, match="user_code_unknown"):
        await devices(two).deny(codes.user_code)

    # The grant of the one who came second is over before it began.
    assert not await two.grants.of_person("somebody else")


async def test_two_devices_never_show_the_same_code(workers: tuple[Desk, Desk]) -> None:
    one, two = workers
    once = Devices(
        one.storage, one.hands.vault, one.hands.finder, one.grants, one.hands.clock, Repeating("BCDF3479").code
    )
    again = Devices(
        two.storage, two.hands.vault, two.hands.finder, two.grants, two.hands.clock,
        Repeating("BCDF3479", "BCDF3479", "HJKM3479").code,
    )  # fmt: skip

    assert (await once.begin(ASKED)).user_code == "BCDF3479"
    assert (await again.begin(ASKED)).user_code == "HJKM3479"
    with pytest.raises(Unavailable):
        await Devices(
            one.storage, one.hands.vault, one.hands.finder, one.grants, one.hands.clock, lambda: "BCDF3479"
        ).begin(ASKED)


async def test_the_database_shows_neither_code_nor_what_is_asked(workers: tuple[Desk, Desk]) -> None:
    one, _ = workers
    codes = await devices(one).begin(ASKED)

    async with one.storage.reading() as connection:
        row = (await connection.exec_driver_sql("SELECT * FROM oauth_devices")).one()

    shown = " ".join(str(value) for value in row)
    assert codes.user_code not in shown
    assert codes.device_code not in shown
    assert "traffic-fines" not in shown
    assert "Hawally" not in shown


class Repeating:
    """Randomness that gives these codes, one after the other."""

    def __init__(self, *codes: str) -> None:
        self._codes: Iterator[str] = iter(codes)

    def code(self) -> str:
        return next(self._codes)
