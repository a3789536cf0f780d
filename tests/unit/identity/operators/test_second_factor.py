"""Second factors: enrolled by invitation, shown once each, on whichever worker."""

import asyncio
from base64 import b32encode
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from gateway.errors import SignInRejected, TooManyRequests
from gateway.identity.operators import totp
from gateway.identity.operators.accounts import MOST_TRIES, Account
from gateway.storage.operator_tables import operator_factors
from tests.support.console import Phone
from tests.support.operators import HOST, ORIGIN, Staff, staff
from tests.support.passkey import PRESENT, SoftPasskey


@pytest.fixture
async def here(storage_url: str) -> AsyncIterator[Staff]:
    async with staff(storage_url) as here:
        yield here


def code(here: Staff, secret: bytes, steps: int = 0) -> str:
    return Phone(b32encode(secret).decode(), here.watch).code(steps)


async def with_phone(here: Staff) -> tuple[Account, bytes]:
    """An operator whose telephone was enrolled a moment ago."""
    account = await here.admit()
    half = await here.half(account, invited=True)
    secret = (await here.second.ask_to_enrol(half, account.name)).secret
    half = await here.session(half.secret)
    await here.second.enrol_code(half, code(here, secret))
    return account, secret


async def with_passkey(here: Staff) -> tuple[Account, SoftPasskey]:
    account, passkey = await here.admit(), SoftPasskey(ORIGIN, HOST)
    half = await here.half(account, invited=True)
    asked = await here.second.ask_to_enrol(half, account.name)
    await here.second.enrol_passkey(half, passkey.make(asked.options))
    return account, passkey


async def test_an_app_is_enrolled_by_its_first_code_and_shown_by_the_next(here: Staff) -> None:
    account, secret = await with_phone(here)
    here.watch.advance(totp.STEP_SECONDS)

    whole = await here.second.show_code(await here.half(account), code(here, secret))

    assert (await here.session(whole)).factor == "totp"


async def test_a_code_is_good_once_on_all_workers_together(here: Staff) -> None:
    account, secret = await with_phone(here)
    colleague = Staff(here.storage, here.watch, here.vault, here.finder)
    with pytest.raises(SignInRejected, match="factor_refused"):
        await here.second.show_code(await here.half(account), code(here, secret))
    here.watch.advance(totp.STEP_SECONDS)
    halves = [await here.half(account) for _ in range(4)]

    met = await asyncio.gather(
        *(
            each.second.show_code(half, code(here, secret))
            for each, half in zip((here, colleague) * 2, halves, strict=True)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, str) for each in met) == 1
    assert {type(each) for each in met if not isinstance(each, str)} == {SignInRejected}


async def test_a_code_of_before_the_one_that_was_used_is_refused_too(here: Staff) -> None:
    account, secret = await with_phone(here)
    here.watch.advance(totp.STEP_SECONDS * 2)
    await here.second.show_code(await here.half(account), code(here, secret))

    with pytest.raises(SignInRejected, match="factor_refused"):
        await here.second.show_code(await here.half(account), code(here, secret, -1))


async def test_guessing_ends_after_a_few_tries_and_the_right_code_is_then_refused_too(here: Staff) -> None:
    account, secret = await with_phone(here)
    here.watch.advance(totp.STEP_SECONDS)
    right = code(here, secret)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(MOST_TRIES):
        with pytest.raises(SignInRejected):
            await here.second.show_code(await here.half(account), wrong)

    with pytest.raises(TooManyRequests):
        await here.second.show_code(await here.half(account), right)


async def test_nobody_enrols_without_an_invitation(here: Staff) -> None:
    half = await here.half(await here.admit())

    for attempt in (
        here.second.ask(half),
        here.second.ask_to_enrol(half, "x"),
        here.second.enrol_code(half, "123456"),
        here.second.enrol_passkey(half, "{}"),
    ):
        with pytest.raises(SignInRejected, match="invitation_needed"):
            await attempt


async def test_what_is_enrolled_by_a_new_invitation_takes_the_place_of_what_was_there(here: Staff) -> None:
    account, secret = await with_phone(here)
    _, passkey = await with_passkey(here)

    assert [each.kind for each in await here.factors.of(account.id)] == ["passkey"]
    here.watch.advance(totp.STEP_SECONDS)
    with pytest.raises(SignInRejected, match="factor_refused"):
        await here.second.show_code(await here.half(account), code(here, secret))
    asked = await here.second.ask(half := await here.half(account))
    assert await here.second.show_passkey(half, passkey.show(asked.options))


async def test_a_whole_session_adds_another_factor(here: Staff) -> None:
    account, passkey = await with_passkey(here)
    asked = await here.second.ask(half := await here.half(account))
    whole = await here.session(await here.second.show_passkey(half, passkey.show(asked.options)))

    secret = (await here.second.ask_to_enrol(whole, account.name)).secret
    await here.second.enrol_code(await here.session(whole.secret), code(here, secret))

    assert sorted(each.kind for each in await here.factors.of(account.id)) == ["passkey", "totp"]


async def test_an_answer_to_a_challenge_is_heard_once(here: Staff) -> None:
    account, passkey = await with_passkey(here)
    asked = await here.second.ask(half := await here.half(account))
    answer = passkey.show(asked.options)

    met = await asyncio.gather(*(here.second.show_passkey(half, answer) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(each, str) for each in met) == 1


LIES: Mapping[str, Mapping[str, Any]] = {
    "another challenge": {"challenge": "A" * 43},
    "another site": {"origin": "https://console.bawaba.example.evil.example"},
    "the same host without tls": {"origin": "http://console.bawaba.example"},
    "another port": {"origin": f"{ORIGIN}:8443"},
    "another ceremony": {"type": "webauthn.create"},
    "within another site's frame": {"crossOrigin": True},
    "below another site's page": {"topOrigin": "https://evil.example"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_passkey_s_answer_to_anything_else_is_refused(here: Staff, lie: str) -> None:
    account, passkey = await with_passkey(here)
    asked = await here.second.ask(half := await here.half(account))

    with pytest.raises(SignInRejected, match="factor_refused"):
        await here.second.show_passkey(half, passkey.show(asked.options, **LIES[lie]))


@pytest.mark.parametrize("lie", [each for each in LIES if each != "another ceremony"])
async def test_a_passkey_that_was_made_for_anything_else_is_refused(here: Staff, lie: str) -> None:
    account = await here.admit()
    half = await here.half(account, invited=True)
    asked = await here.second.ask_to_enrol(half, account.name)

    with pytest.raises(SignInRejected, match="factor_refused"):
        await here.second.enrol_passkey(half, SoftPasskey(ORIGIN, HOST).make(asked.options, **LIES[lie]))
    assert await here.factors.of(account.id) == []


async def test_a_passkey_of_another_host_without_pin_or_of_another_person_is_refused(here: Staff) -> None:
    account, passkey = await with_passkey(here)
    for changes in (
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"key": SoftPasskey(ORIGIN).key},
        {"id": b"another"},
    ):
        forged = SoftPasskey(**{**vars(passkey), **changes})
        asked = await here.second.ask(half := await here.half(account))
        with pytest.raises(SignInRejected, match="factor_refused"):
            await here.second.show_passkey(half, forged.show(asked.options))
        await here.accounts.forgive(account.id)


async def test_a_passkey_whose_count_does_not_rise_was_copied_and_is_refused(here: Staff) -> None:
    account, passkey = await with_passkey(here)
    for count, fine in ((5, True), (5, False), (4, False), (0, False), (6, True)):
        asked = await here.second.ask(half := await here.half(account))
        answer = passkey.show(asked.options, count=count)
        if fine:
            assert await here.second.show_passkey(half, answer)
            continue
        with pytest.raises(SignInRejected, match="factor_refused"):
            await here.second.show_passkey(half, answer)


async def test_a_passkey_that_never_counts_is_taken(here: Staff) -> None:
    account, passkey = await with_passkey(here)

    for _ in range(2):
        asked = await here.second.ask(half := await here.half(account))
        assert await here.second.show_passkey(half, passkey.show(asked.options, count=0))


@pytest.mark.parametrize(
    "answer",
    ["", "{", "[]", "{}", "null", '{"response": {}}', '{"response": {"signature": 1}}', "x" * 20_000, '"\\ud800"'],
)
async def test_what_is_no_answer_at_all_is_refused(here: Staff, answer: str) -> None:
    account, _ = await with_passkey(here)
    await here.second.ask(half := await here.half(account))

    with pytest.raises(SignInRejected, match="factor_refused"):
        await here.second.show_passkey(half, answer)


async def test_the_table_holds_no_secret(here: Staff) -> None:
    _, secret = await with_phone(here)

    async with here.storage.reading() as connection:
        (row,) = (await connection.execute(operator_factors.select())).all()

    assert secret not in row.sealed
    assert row.counter == int(here.watch()) // totp.STEP_SECONDS
