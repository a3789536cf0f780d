"""A signed assertion buys Bahrain's token once for all who need it, and again when it is over or refused."""

import asyncio
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.bahrain.assertion import LIFE, Signer
from gateway.sdk import BackendDown, BackendGarbled, BackendLate, BackendRefused
from gateway.sdk.tokens import EARLY
from tests.support.bahrain import (
    BEARER,
    MARYAM,
    NOW,
    SECRETS,
    Line,
    ask,
    line_to_a_played_system,
    line_to_the_stand_in,
)

DENIED = (401, {"code": "TOKEN_INVALID"})


async def token(connected: Line, seconds: float = 5, instead_of: str = "") -> str:
    """A token as the room's client would ask for it."""
    return await connected.system.tokens.token(ask(seconds=seconds).deadline, instead_of=instead_of)


async def test_an_assertion_says_who_to_whom_and_for_how_long() -> None:
    async with line_to_a_played_system() as (connected, played):
        await connected.system.person(ask())

    (claims,) = played.claims
    moment = int(NOW.timestamp())
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("bawaba", "bawaba", SECRETS["audience"])
    assert (claims["iat"], claims["exp"]) == (moment, moment + LIFE)
    assert len(claims["jti"]) >= 22
    assert jwt.get_unverified_header(played.assertions[0]) == {"alg": "ES256", "kid": SECRETS["key_id"], "typ": "JWT"}


def test_no_two_assertions_are_alike() -> None:
    signer = Signer(SECRETS)

    assert len({signer.sign(NOW) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)], ids=["P-384", "RSA"]
)
def test_a_key_of_another_kind_is_refused_at_start(key: Any) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with pytest.raises(ValueError, match="P-256"):
        Signer({**SECRETS, "private_key": pem})


async def test_those_who_ask_at_the_same_time_share_one_exchange() -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        people = await asyncio.gather(*(connected.system.person(ask(reference=f"req-{n}")) for n in range(50)))

        assert {person and person["cpr"] for person in people} == {MARYAM[1]}
        assert sandbox.token_desk.given == 1


async def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        first = await token(connected)
        connected.clock.advance(sandbox.token_desk.seconds - EARLY - 1)
        kept = await token(connected)
        connected.clock.advance(1)
        fresh = await token(connected)

        assert kept == first
        assert fresh != first
        assert sandbox.token_desk.given == 2


async def test_a_token_that_lives_shortly_is_still_used() -> None:
    """Its second half is what is kept back, not more than all of it."""
    async with line_to_the_stand_in() as (connected, sandbox):
        sandbox.token_desk.seconds = 10
        first = await token(connected)
        connected.clock.advance(4)
        kept = await token(connected)
        connected.clock.advance(1)

        assert kept == first
        assert await token(connected) != first


async def test_a_token_that_was_taken_back_is_replaced_once_for_all() -> None:
    async with line_to_the_stand_in() as (connected, sandbox):
        await connected.system.person(ask())
        sandbox.token_desk.revoke()

        people = await asyncio.gather(*(connected.system.person(ask(reference=f"req-{n}")) for n in range(20)))

        assert all(people)
        assert sandbox.token_desk.given == 2


async def test_a_fresh_token_that_is_refused_too_is_a_refusal() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.replies.extend([DENIED] * 5)

        with pytest.raises(BackendRefused) as refused:
            await connected.system.person(ask())

        assert refused.value.facts == {"reason": "invalid_token"}
        assert (len(played.asked), len(played.assertions)) == (2, 2)


async def test_a_try_after_a_failure_brings_a_new_assertion() -> None:
    """The first one may have been used up before the failure, and a second time it would be a replay."""
    async with line_to_a_played_system() as (connected, played):
        played.tokens.append((503, {}))

        assert await token(connected) == "token-1"

        assert len({claims["jti"] for claims in played.claims}) == 2


async def test_a_token_endpoint_that_stays_down_is_asked_twice() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.tokens.extend([(500, {})] * 5)

        with pytest.raises(BackendDown):
            await connected.system.person(ask())

        assert (len(played.assertions), len(played.asked)) == (2, 0)


async def test_a_failure_is_shared_but_not_remembered() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.tokens.append((400, {"error": "invalid_grant", "error_description": "Maryam"}))
        played.slow = 0.05

        failed = await asyncio.gather(*(token(connected) for _ in range(5)), return_exceptions=True)
        after = await token(connected)

        assert [type(each) for each in failed] == [BackendRefused] * 5
        assert after == "token-1"
        assert len(played.assertions) == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("invalid_grant", "invalid_grant"),
        ("Maryam Al Zayani", "token_refused"),
        (None, "token_refused"),
        (7, "token_refused"),
    ],
)
async def test_a_refused_assertion_names_the_code_and_nothing_else(error: Any, reason: str) -> None:
    async with line_to_a_played_system() as (connected, played):
        played.tokens.append((400, {"error": error, "error_description": "Maryam Al Zayani"}))

        with pytest.raises(BackendRefused) as refused:
            await token(connected)

        assert refused.value.facts == {"reason": reason}
        assert len(played.assertions) == 1


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        BEARER | {"access_token": ""},
        BEARER | {"access_token": "two words"},
        BEARER | {"access_token": "line\r\nX-Injected: 1"},
        BEARER | {"access_token": 7},
        BEARER | {"token_type": "MAC"},
        BEARER | {"token_type": None},
        BEARER | {"expires_in": 0},
        BEARER | {"expires_in": -1},
        BEARER | {"expires_in": True},
        BEARER | {"expires_in": "300"},
        BEARER | {"expires_in": 10**12},
    ],
)
async def test_a_token_that_cannot_be_believed_is_garbled(content: Any) -> None:
    async with line_to_a_played_system() as (connected, played):
        played.tokens.append((200, content))

        with pytest.raises(BackendGarbled):
            await token(connected)


async def test_whoever_has_less_time_leaves_and_the_exchange_goes_on_for_the_others() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.slow = 0.3

        hasty, patient = await asyncio.gather(token(connected, seconds=0.05), token(connected), return_exceptions=True)

        assert isinstance(hasty, BackendLate)
        assert patient == "token-1"
        assert len(played.assertions) == 1


async def test_whoever_began_an_exchange_may_be_cancelled_without_harm_to_the_others() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.slow = 0.2
        first = asyncio.create_task(token(connected))
        second = asyncio.create_task(token(connected))
        await asyncio.sleep(0.05)
        first.cancel()

        assert await second == "token-1"
        assert first.cancelled()
        assert len(played.assertions) == 1


async def test_closing_the_room_ends_an_exchange_that_is_under_way() -> None:
    async with line_to_a_played_system() as (connected, played):
        played.slow = 30
        waiting = asyncio.create_task(token(connected))
        await asyncio.sleep(0.05)

        await connected.system.close()

        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_gateway_with_another_key_is_refused() -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    pem = stranger.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    async with line_to_the_stand_in({**SECRETS, "private_key": pem}) as (connected, sandbox):
        with pytest.raises(BackendRefused) as refused:
            await connected.system.person(ask())

        assert refused.value.facts == {"reason": "invalid_grant"}
        assert sandbox.token_desk.given == 0
