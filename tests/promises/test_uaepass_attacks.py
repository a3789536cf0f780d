"""Nobody becomes somebody else at the door of UAE PASS, whatever the browser or the provider brings."""

import asyncio
import json
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import ProviderDown, ProviderGarbled, ProviderLate, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import ProviderResponse
from gateway.identity.providers.uaepass import UaePass
from tests.support.attempts import attempt, now, plate
from tests.support.backend import answered, backend
from tests.support.disbelief import disbelieved
from tests.support.uaepass import EMIRATI, PLATE, uaepass_desk

MARKUP = "<script>alert(1)</script>\u202e\u2066{{7*7}},,,,' OR 1=1 --,,"
SOMEBODY = "7a05992e-3244-49d3-bcbc-7894c8fca25e"


@pytest.mark.parametrize("state", [None, "", "other", "kept, and more", "\ud800", "é"])
async def test_a_code_that_comes_back_under_another_state_is_refused(state: str | None) -> None:
    """O02, O09: the state is of this sign-in, and the sign-in of this browser."""
    async with uaepass_desk() as desk:
        assert (await desk.sign_in()).subject
        under_way = attempt(PLATE)
        query = await desk.choose(under_way)
        bent = {name: value for name, value in query.items() if name != "state"}
        if state is not None:
            bent["state"] = state if state != "kept, and more" else under_way.id + "x"

        with pytest.raises(SignInError):
            await desk.provider.complete(under_way, ProviderResponse(bent))

        assert (await desk.provider.complete(under_way, ProviderResponse(query))).subject


async def test_the_answer_to_one_sign_in_does_not_complete_another() -> None:
    async with uaepass_desk() as desk:
        first, second = attempt(PLATE), attempt(PLATE)
        query = await desk.choose(first)

        with pytest.raises(SignInError):
            await desk.provider.complete(second, ProviderResponse(query))


async def test_a_code_is_good_once() -> None:
    """O05."""
    async with uaepass_desk() as desk:
        under_way = attempt(PLATE)
        query = await desk.choose(under_way)
        assert (await desk.provider.complete(under_way, ProviderResponse(query))).subject

        with pytest.raises(SignInError):
            await desk.provider.complete(under_way, ProviderResponse(query))


async def test_the_code_of_another_address_or_provider_is_refused() -> None:
    """O06, O07: the provider compares the address that the code was sent to with the one that we name."""
    async with uaepass_desk() as desk, uaepass_desk() as elsewhere:
        under_way = attempt(PLATE)
        foreign = await elsewhere.choose(attempt(PLATE))
        other_address = await desk.choose(attempt(PLATE, redirect_uri=f"{under_way.redirect_uri}/x"))

        for query in (foreign, other_address):
            with pytest.raises(SignInError):
                await desk.provider.complete(under_way, ProviderResponse({**query, "state": under_way.id}))


async def test_an_answer_that_names_another_issuer_is_refused() -> None:
    """O06, RFC 9207: not promised here, so it may be absent, but it may not be wrong."""
    async with uaepass_desk() as desk:
        under_way = attempt(PLATE)
        query = await desk.choose(under_way)

        with pytest.raises(SignInError):
            await desk.provider.complete(under_way, ProviderResponse({**query, "iss": "https://login.example"}))

        named = {**query, "iss": "https://id.uaepass.ae/idshub"}
        assert (await desk.provider.complete(under_way, ProviderResponse(named))).subject


@pytest.mark.parametrize(
    "code", ["", "x" * 513, 'a"\r\nContent-Disposition: form-data; name="client_id"', "a b", "\u202e", "ü"]
)
async def test_a_code_that_could_break_out_of_its_form_is_not_sent(code: str) -> None:
    """H10."""
    async with uaepass_desk() as desk:
        under_way = attempt(PLATE)
        desk.stand_in.behave(down=True)

        with pytest.raises(SignInError):
            await desk.provider.complete(under_way, ProviderResponse({"state": under_way.id, "code": code}))


@pytest.mark.parametrize("error", ["<script>alert(1)</script>", "", "invalid_request", "x" * 10_000, "\u202eabc"])
async def test_an_error_that_nobody_knows_is_a_refusal_without_its_words(error: str) -> None:
    """O11."""
    under_way = attempt(PLATE)
    query = {"state": under_way.id, "error": error, "error_description": MARKUP, "code": "abc"}

    async with uaepass_desk() as desk:
        with pytest.raises(SignInRejected) as refusal:
            await desk.provider.complete(under_way, ProviderResponse(query))

    assert (refusal.value.code, refusal.value.facts) == ("signin_rejected", {})


async def test_an_error_is_not_believed_under_another_state() -> None:
    under_way = attempt(PLATE)

    async with uaepass_desk() as desk:
        with pytest.raises(SignInError) as refusal:
            await desk.provider.complete(under_way, ProviderResponse({"state": "other", "error": "access_denied"}))

    assert refusal.value.code == "signin_unknown"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"sub": None}, "subject_differs"),
        ({"sub": f"UAEPASS/{SOMEBODY}"}, "subject_differs"),
        ({"uuid": SOMEBODY}, "subject_differs"),
        ({"uuid": None}, "subject"),
        ({"uuid": ""}, "subject"),
        ({"uuid": 7}, "subject"),
        ({"uuid": [SOMEBODY]}, "subject"),
        ({"uuid": "admin", "sub": "UAEPASS/admin"}, "subject"),
        ({"uuid": f"{SOMEBODY}\u202e", "sub": f"UAEPASS/{SOMEBODY}\u202e"}, "subject"),
        ({"idn": None}, "identifier"),
        ({"idn": "null"}, "identifier"),
        ({"idn": "78418901497898"}, "identifier"),  # fourteen digits, as in a sample of the documentation
        ({"idn": "1084260288"}, "identifier"),
        ({"idn": 784199110289743}, "identifier"),
        ({"idn": "784199110289743<!-- -->"}, "identifier"),
        ({"idn": "7841991\u20661028974\u20693"}, "identifier"),
    ],
)
async def test_a_profile_that_contradicts_itself_is_not_believed(members: dict[str, Any], reason: str) -> None:
    async with uaepass_desk() as desk:
        assert (await desk.sign_in()).subject
        desk.stand_in.change = lambda profile: profile.update(members)

        with disbelieved(reason):
            await desk.sign_in()


@pytest.mark.parametrize("member", ["uuid", "sub", "userType", "idn"])
async def test_a_profile_without_a_member_that_is_needed_is_not_believed(member: str) -> None:
    async with uaepass_desk() as desk:
        assert (await desk.sign_in()).assurance is Assurance.HIGH
        desk.stand_in.change = lambda profile: profile.pop(member)
        if member == "userType":
            assert (await desk.sign_in()).assurance is Assurance.LOW
            return

        with disbelieved("subject", "subject_differs", "identifier"):
            await desk.sign_in()


GOOD = json.dumps({"sub": f"UAEPASS/{SOMEBODY}", "uuid": SOMEBODY, "idn": "784199110289743", "userType": "SOP3"})


@pytest.mark.parametrize(
    "body",
    [
        GOOD.replace("}", ', "idn": "784199110289750"}').encode(),
        GOOD.replace("}", ', "\\u0069dn": "784199110289750"}').encode(),
        b"[" * 50_000,
        GOOD.replace("}", ', "x": ' + "[" * 50_000 + "]" * 50_000 + "}").encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.replace("}", ', "x": NaN}').encode(),
        GOOD.replace("}", ', "x": "\\ud800"}').encode(),
        GOOD.encode() + b"{}",
        b"[" + GOOD.encode() + b"]",
        b"<html>signed in</html>",
        b"",
        b"null",
        GOOD.replace("}", ', "x": "' + "y" * 2_000_000 + '"}').encode(),
    ],
    ids=[
        "a name twice",
        "a name twice, once escaped",
        "endless lists",
        "a deep member",
        "byte order mark",
        "UTF-16",
        "not a number",
        "half a character",
        "two documents",
        "a list",
        "a page",
        "nothing",
        "null",
        "two megabytes",
    ],
)
async def test_an_answer_that_two_readers_could_read_differently_is_not_believed(body: bytes) -> None:
    """O01, P04: at userinfo and at the token endpoint alike."""
    async with uaepass_desk() as desk:
        desk.stand_in.body = GOOD.encode()
        assert (await desk.sign_in()).subject == SOMEBODY

        desk.stand_in.body = body
        with pytest.raises(ProviderGarbled):
            await desk.sign_in()

        desk.stand_in.body, desk.stand_in.token_body = None, body
        with pytest.raises(ProviderGarbled):
            await desk.sign_in()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"access_token": "a", "token_type": "mac"}, "token_type"),
        ({"access_token": "a"}, "token_type"),
        ({"token_type": "Bearer"}, "access_token"),
        ({"access_token": "", "token_type": "Bearer"}, "access_token"),
        ({"access_token": "a\r\nX-Forwarded-For: 1", "token_type": "Bearer"}, "access_token"),
        ({"access_token": "a b", "token_type": "Bearer"}, "access_token"),
        ({"access_token": "x" * 5000, "token_type": "Bearer"}, "access_token"),
        ({"access_token": ["a"], "token_type": "Bearer"}, "access_token"),
        ({"access_token": "not-one-of-theirs", "token_type": "bearer"}, "userinfo_refused"),
        ({"error": "invalid_grant"}, "token_type"),
    ],
)
async def test_a_token_answer_that_is_none_is_not_believed(answer: dict[str, object], reason: str) -> None:
    async with uaepass_desk() as desk:
        assert (await desk.sign_in()).subject
        desk.stand_in.token_body = json.dumps(answer).encode()

        with disbelieved(reason):
            await desk.sign_in()


async def test_a_secret_that_the_provider_does_not_know_is_the_operators_affair() -> None:
    async with uaepass_desk() as desk:
        assert (await desk.sign_in()).subject
        under_way = attempt(PLATE)
        query = await desk.choose(under_way)
        desk.stand_in.secrets = {**desk.stand_in.secrets, "client_secret": "changed"}

        with disbelieved("client_refused"):
            await desk.provider.complete(under_way, ProviderResponse(query))


async def test_names_with_markup_and_marks_of_direction_are_neither_kept_nor_logged() -> None:
    """L01: of a profile, the account's UUID and the Emirates ID are all that leaves the provider's module."""
    names = ("fullnameAR", "fullnameEN", "firstnameEN", "lastnameEN", "nationalityAR", "email", "mobile", "invented")

    async with uaepass_desk() as desk:
        desk.stand_in.change = lambda profile: profile.update(dict.fromkeys(names, MARKUP))
        with capture_logs() as lines:
            evidence = await desk.sign_in()

    assert evidence.assurance is Assurance.HIGH
    for word in ("script", "\u202e", "{{", "OR 1=1", "784199110289743", "Mansoori"):
        assert word not in repr(lines)
        assert word not in repr(evidence) or word == "784199110289743"


async def test_neither_code_nor_token_nor_secret_is_logged_when_a_sign_in_fails() -> None:
    """L01."""
    async with uaepass_desk() as desk:
        under_way = attempt(PLATE)
        query = await desk.choose(under_way)
        desk.stand_in.change = lambda profile: profile.pop("sub")
        with capture_logs() as lines, pytest.raises(ProviderGarbled):
            await desk.provider.complete(under_way, ProviderResponse(query))

    assert lines
    for secret in (query["code"], desk.stand_in.secrets["client_secret"], under_way.id, "784199110289743"):
        assert secret not in repr(lines)


async def test_a_provider_that_is_down_is_said_by_name_and_found_again_without_a_restart() -> None:
    """J03: the breaker opens, and the first sign-in after it closes goes through."""
    async with uaepass_desk() as desk:
        under_way = attempt(PLATE)
        query = await desk.choose(under_way)
        desk.stand_in.behave(down=True)
        for _ in range(8):
            with pytest.raises(ProviderDown) as problem:
                await desk.provider.complete(under_way, ProviderResponse(query))
            assert problem.value.facts == {"provider": PLATE}
            assert problem.value.retryable
        began = time.monotonic()
        with pytest.raises(ProviderDown):
            await desk.provider.complete(under_way, ProviderResponse(query))
        assert time.monotonic() - began < 0.1

        desk.stand_in.behave()
        await asyncio.sleep(2.1)
        assert (await desk.provider.complete(under_way, ProviderResponse(query))).subject


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
async def test_a_provider_that_says_itself_that_it_is_out_of_order_is_down(error: str) -> None:
    under_way = attempt(PLATE)

    async with uaepass_desk() as desk:
        with pytest.raises(ProviderDown):
            await desk.provider.complete(under_way, ProviderResponse({"state": under_way.id, "error": error}))


async def test_a_slow_provider_is_waited_for_no_longer_than_its_plate_says_and_holds_up_no_other() -> None:
    """J04."""
    async with uaepass_desk(timeout_ms=300) as slow, uaepass_desk() as quick:
        under_way = attempt(PLATE)
        query = await slow.choose(under_way)
        slow.stand_in.behave(seconds=60)

        async def late() -> float:
            began = time.monotonic()
            with pytest.raises(ProviderLate):
                await slow.provider.complete(under_way, ProviderResponse(query))
            return time.monotonic() - began

        waited, evidence = await asyncio.gather(late(), quick.sign_in(persona=EMIRATI))

    assert waited < 1.5
    assert evidence.identifier is not None


async def test_a_redirect_is_not_followed_with_the_code_and_the_secret() -> None:
    """O16."""
    under_way = attempt(PLATE)
    answer = ProviderResponse({"state": under_way.id, "code": "abc"})
    secrets = {"client_id": "a", "client_secret": "b"}

    async with backend(answered()) as thief:
        led_astray = answered(status=b"307 Temporary Redirect", headers=b"Location: %b/token\r\n" % thief.url.encode())
        async with backend(led_astray) as system:
            provider = UaePass(plate(PLATE), {"main": system.url}, secrets, now)
            with disbelieved("backend_redirected"):
                await provider.complete(under_way, answer)
            await provider.close()
            assert len(system.requests) == 1

        assert thief.connections == 0
