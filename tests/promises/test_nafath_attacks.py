"""Nobody becomes somebody else at the door of Nafath: not by a forged token, nor by one of another sign-in."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import ProviderDown, ProviderGarbled, ProviderLate, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.nafath import Nafath
from gateway.identity.providers.nafath_token import LEEWAY, LONGEST_LIFE, RULES
from gateway.schema.country import Country
from tests.support.attempts import attempt, now, number, plate
from tests.support.backend import Talk, answered, backend
from tests.support.disbelief import disbelieved
from tests.support.nafath import NUMBER, PLATE, RESIDENT, SAUDI, SOMEBODY_ELSE, completed, nafath_desk

MARKUP = "<script>alert(1)</script>\u202e\u2066{{7*7}}"


def now_and(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


async def test_the_token_of_another_person_is_refused() -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        for name in ("nationalId", "iqamaNumber"):
            desk.stand_in.change = lambda claims, name=name: claims.update({name: SOMEBODY_ELSE})
            with disbelieved("person"):
                await desk.sign_in()


@pytest.mark.parametrize("said", [None, "null", "", 0, True, [NUMBER], {"value": NUMBER}, f"{NUMBER}\u202e", "1"])
async def test_a_token_that_names_nobody_is_refused(said: object) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda claims: claims.update(nationalId=said)
        with disbelieved("person"):
            await desk.sign_in()


async def test_a_token_of_another_sign_in_of_the_same_person_is_refused() -> None:
    """Somebody whose telephone approves one push has not approved the one that a stranger began."""
    async with nafath_desk() as desk:
        first = await desk.push()
        approved = desk.stand_in.decide(SAUDI, "approve")
        token = desk.stand_in.token(approved)
        assert await desk.provider.poll(first)

        second = await desk.push()
        desk.stand_in.answer = lambda _request: completed(token=token)
        with disbelieved("transaction"):
            await desk.provider.poll(second)


@pytest.mark.parametrize("said", [None, "", "null", 7, ["x"]])
async def test_a_token_that_names_no_transaction_is_refused(said: object) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda claims: claims.update(transId=said)
        with disbelieved("transaction"):
            await desk.sign_in()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://nafath.api.elm.sa/"}, "issuer"),
        ({"iss": "https://nafath.example"}, "issuer"),
        ({"iss": ["https://nafath.api.elm.sa"]}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": "bawab"}, "audience"),
        ({"aud": ["bawaba", "another"]}, "audience"),
        ({"aud": None}, "audience"),
        ({"status": "WAITING"}, "status"),
        ({"status": "REJECTED"}, "status"),
        ({"status": None}, "status"),
        ({"ServiceName": "OpenAccount"}, "service"),
        ({"ServiceName": None}, "service"),
    ],
)
async def test_a_token_that_was_not_meant_for_this_sign_in_is_refused(claims: dict[str, object], reason: str) -> None:
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda said: said.update(claims)
        with disbelieved(reason):
            await desk.sign_in()


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"exp": -LEEWAY - 1, "iat": -LEEWAY}, "life"),
        ({"exp": -LEEWAY, "iat": -LEEWAY}, "life"),
        ({"exp": -LEEWAY - 1, "iat": -LEEWAY - 100}, "clock_behind"),
        ({"iat": LEEWAY + 10}, "clock_ahead"),
        ({"nbf": LEEWAY + 10}, "not_before"),
        ({"iat": -LEEWAY - 10}, "clock_behind"),
        ({"exp": LONGEST_LIFE + 10}, "life"),
    ],
)
async def test_a_token_of_another_time_is_refused(times: dict[str, int], reason: str) -> None:
    """J07, T14, T15."""
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        issued = int(time.time())
        desk.stand_in.change = lambda claims: claims.update({name: issued + at for name, at in times.items()})
        with disbelieved(reason):
            await desk.sign_in()


async def test_a_token_that_was_left_lying_has_expired() -> None:
    """The sign-in is as old as the token, and the token's 150 seconds and the leeway are over."""
    late = [0.0]
    async with nafath_desk(clock=lambda: now_and(late[0])) as desk:
        waiting = await desk.push()
        token = desk.stand_in.token(desk.stand_in.decide(SAUDI, "approve"))
        desk.stand_in.answer = lambda _request: completed(token=token)
        assert await desk.provider.poll(waiting)

        late[0] = 150 + LEEWAY + 1
        with disbelieved("expired"):
            await desk.provider.poll(waiting)


@pytest.mark.parametrize(
    ("rule", "claims", "times"),
    [
        ("person", {"nationalId": SOMEBODY_ELSE}, {}),
        ("transaction", {"transId": "7a05992e-3244-49d3-bcbc-7894c8fca25e"}, {}),
        ("issuer", {"iss": "https://nafath.example"}, {}),
        ("audience", {"aud": "another"}, {}),
        ("status", {"status": "REJECTED"}, {}),
        ("service", {"ServiceName": "OpenAccount"}, {}),
        ("clock_ahead", {}, {"iat": 400, "exp": 500}),
        ("clock_behind", {}, {"iat": -200}),
        ("not_before", {}, {"nbf": 400}),
        ("life", {}, {"exp": 86_400}),
        ("expired", {}, {"iat": -300, "exp": -200}),
    ],
)
async def test_each_rule_is_what_refuses_and_no_other_does_its_work(
    rule: str, claims: dict[str, object], times: dict[str, int]
) -> None:
    """Without the rule the token goes through, so that what refuses it with the rule is the rule."""
    sign_in: dict[str, Any] = {"created_at": now_and(-300)} if rule == "expired" else {}
    issued = int(time.time())
    lie = {**claims, **{name: issued + at for name, at in times.items()}}
    async with nafath_desk(rules={name: each for name, each in RULES.items() if name != rule}) as open_door:
        open_door.stand_in.change = lambda said: said.update(lie)
        assert await open_door.sign_in(**sign_in)

    async with nafath_desk() as desk:
        desk.stand_in.change = lambda said: said.update(lie)
        with disbelieved(rule):
            await desk.sign_in(**sign_in)


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize("said", ["1700000000", True, -1, 0, 1.5, None, [1]])
async def test_a_time_that_is_no_time_is_refused(name: str, said: object) -> None:
    """T14."""
    async with nafath_desk() as desk:
        assert await desk.sign_in()
        desk.stand_in.change = lambda claims: claims.update({name: said})
        with disbelieved("times"):
            await desk.sign_in()


async def test_the_push_of_one_person_cannot_be_asked_about_as_another_s() -> None:
    async with nafath_desk() as desk:
        waiting = await desk.push()
        resident = await desk.push(identifier=number(Country.SA, RESIDENT))
        desk.stand_in.decide(SAUDI, "approve")
        assert await desk.provider.poll(waiting)

        swapped = attempt(PLATE, identifier=resident.identifier, memory=waiting.memory)
        with disbelieved("status_refused"):
            await desk.provider.poll(swapped)


async def test_keys_of_the_application_that_nafath_does_not_know_are_the_operators_affair() -> None:
    async with nafath_desk() as desk:
        waiting = await desk.push()
        desk.stand_in.secrets = {"app_id": "other", "app_key": "other"}
        with disbelieved("client_refused"):
            await desk.push()
        with disbelieved("client_refused"):
            await desk.provider.poll(waiting)


async def test_names_with_markup_and_marks_of_direction_are_neither_kept_nor_logged() -> None:
    """L01."""
    names = ("firstName", "lastName", "englishFirstName", "nationalityDesc", "nationalAddress", "sub", "invented")

    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(dict.fromkeys(names, MARKUP))
        with capture_logs() as lines:
            evidence = await desk.sign_in()

    assert evidence is not None
    assert evidence.assurance is Assurance.HIGH
    for word in ("script", "\u202e", "{{"):
        assert word not in repr(lines) + repr(evidence)


async def test_neither_number_nor_token_nor_key_is_logged_when_a_sign_in_fails() -> None:
    """L01."""
    async with nafath_desk() as desk:
        desk.stand_in.change = lambda claims: claims.update(nationalId=SOMEBODY_ELSE)
        with capture_logs() as lines, pytest.raises(ProviderGarbled):
            await desk.sign_in()

    assert lines
    for secret in (NUMBER, SOMEBODY_ELSE, "eyJ", *desk.stand_in.secrets.values()):
        assert secret not in repr(lines)


async def test_a_provider_that_is_down_is_said_by_name_and_found_again_without_a_restart() -> None:
    """J03."""
    async with nafath_desk() as desk:
        waiting = await desk.push()
        desk.stand_in.decide(SAUDI, "approve")
        desk.stand_in.behave(down=True)
        for _ in range(8):
            with pytest.raises(ProviderDown) as problem:
                await desk.provider.poll(waiting)
            assert problem.value.facts == {"provider": PLATE}
        with pytest.raises(ProviderDown):
            await desk.push()

        desk.stand_in.behave()
        await asyncio.sleep(2.1)
        assert await desk.provider.poll(waiting)


async def test_a_slow_provider_is_waited_for_no_longer_than_its_plate_says_and_holds_up_no_other() -> None:
    """J04."""
    async with nafath_desk(timeout_ms=300) as slow, nafath_desk() as quick:
        slow.stand_in.behave(seconds=60)

        async def late() -> float:
            began = time.monotonic()
            with pytest.raises(ProviderLate):
                await slow.push()
            return time.monotonic() - began

        waited, evidence = await asyncio.gather(late(), quick.sign_in())

    assert waited < 1.5
    assert evidence is not None


SECRETS = {"app_id": "a", "app_key": "b"}


async def test_a_push_is_sent_once_whatever_the_answer() -> None:
    """A person must not get two numbers for one sign-in."""
    async with backend(answered(status=b"503 Service Unavailable")) as system:
        provider = Nafath(plate(PLATE), {"main": system.url}, SECRETS, now)
        with pytest.raises(ProviderDown):
            await provider.begin(attempt(PLATE, identifier=number(Country.SA, NUMBER)))
        await provider.close()

        assert len(system.requests) == 1


async def test_a_question_that_changes_nothing_is_asked_again_when_its_answer_is_lost() -> None:
    async def at_the_second_time(talk: Talk) -> None:
        ready = talk.number > 0
        await talk.say(answered(b'{"status": "WAITING"}', status=b"200 OK" if ready else b"503 Service Unavailable"))

    asked = attempt(PLATE, identifier=number(Country.SA, NUMBER), memory={"transaction": "t", "number": "47"})
    async with backend(at_the_second_time) as system:
        provider = Nafath(plate(PLATE), {"main": system.url}, SECRETS, now)
        assert await provider.poll(asked) is None
        await provider.close()

        assert len(system.requests) == 2


async def test_a_refused_sign_in_can_be_begun_again() -> None:
    async with nafath_desk() as desk:
        for decision in ("decline", "wrong", "expire"):
            with pytest.raises(SignInRejected):
                await desk.sign_in(decision)

        assert await desk.sign_in()


async def test_a_sign_in_with_another_provider_is_not_polled_here() -> None:
    async with nafath_desk() as desk:
        with pytest.raises(SignInError):
            await desk.provider.poll(attempt("kw-mobile-id", memory={"reference": "x"}))
