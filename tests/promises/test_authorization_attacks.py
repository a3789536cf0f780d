"""Attacks on the door where people are asked: nobody is sent astray, and no code is had by another's yes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.support.asking import Answered, Askers, asking_house
from tests.support.entrance import BROWSER
from tests.support.programs import BACK, LOOPBACK, Prover, asking, confidential, public
from tests.unit.oauth.test_request import EVIL


@pytest.fixture
async def askers(tmp_path: Path) -> AsyncIterator[Askers]:
    async with asking_house(tmp_path) as askers:
        yield askers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Askers]:
    """One gateway for what is refused at sight and leaves nothing behind."""
    async with asking_house(tmp_path_factory.mktemp("house")) as askers:
        yield askers


@pytest_asyncio.fixture(loop_scope="module")
async def refusing(shared_house: Askers) -> Askers:
    """That gateway, awake after the time in which other tests ran."""
    await shared_house.entrance.house.awake()
    return shared_house


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("uri", EVIL)
async def test_nobody_is_sent_to_an_address_that_was_not_registered(refusing: Askers, uri: str) -> None:
    shown = await refusing.shown(refusing.browser(), refusing.plain(redirect_uri=uri))
    status, said = await refusing.push({**asking(redirect_uri=uri), **refusing.prover.proof()})

    # Loopback is the public program's own, but for the port.
    if not uri.startswith("http://127.0.0.1:51000/back"):
        assert (shown.status, "Location" in shown.seen.headers) == (400, False)
        assert "redirect_unknown" in shown.text
    assert (status, said["error"]) == (400, "invalid_request")


async def test_whoever_is_not_a_program_sends_nobody_anywhere(askers: Askers) -> None:
    await askers.clients.register(confidential(client_id="kw-waiting"))
    browser = askers.browser()

    for client_id in ("", "nobody", "kw-waiting", "<script>", "%ff", "x" * 5000):
        address = askers.plain(client_id=...) + f"&client_id={client_id}"
        shown = await askers.shown(browser, address)
        assert (shown.status, "Location" in shown.seen.headers) == (400, False), client_id
        assert "invalid_client" in shown.text
        assert "<script" not in shown.text


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "code_challenge", "response_type"])
async def test_a_parameter_that_is_given_twice_is_nobodys(refusing: Askers, name: str) -> None:
    shown = await refusing.shown(refusing.browser(), f"{refusing.plain()}&{name}=x")

    assert (shown.status, "Location" in shown.seen.headers) == (400, False)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ...}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ...}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid statistics"}, "invalid_scope"),
        ({"purpose": "statistics"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"response_mode": "form_post"}, "invalid_request"),
    ],
    ids=str,
)
async def test_what_else_is_wrong_is_told_to_the_program_by_name_of_the_issuer(
    refusing: Askers, changes: dict[str, Any], error: str
) -> None:
    shown = await refusing.shown(refusing.browser(), refusing.plain(**changes))
    status, said = await refusing.push({**asking(**changes), **refusing.prover.proof()})

    assert (shown.status, shown.address) == (303, LOOPBACK)
    assert shown.parameters["error"] == error
    assert (shown.parameters["state"], shown.parameters["iss"]) == ("a state", refusing.issuer)
    assert "code" not in shown.parameters
    assert (status, said["error"]) == (400, error)


async def test_a_program_with_keys_must_push_what_it_wants(askers: Askers) -> None:
    shown = await askers.shown(
        askers.browser(), askers.plain(client_id="kw-moi-app", redirect_uri=BACK, scope="openid")
    )

    assert shown.address == BACK
    assert shown.parameters["error"] == "invalid_request"


async def test_a_pushed_request_is_what_was_pushed_whatever_the_address_says(askers: Askers) -> None:
    browser = askers.browser()
    address = await askers.pushed(scope="openid")
    evil = quote("https://evil.example/back", safe="")

    page = await askers.consent_page(
        browser, f"{address}&redirect_uri={evil}&scope=lookups&state=other&code_challenge=x&prompt=none"
    )
    assert page.status == 200, page.text
    assert "Look up" not in page.words
    answer = await askers.answer(browser, page, "allow")

    assert (answer.address, answer.parameters["state"]) == (BACK, "a state")


async def test_a_pushed_request_is_spent_by_its_first_use_and_is_nobody_elses(askers: Askers) -> None:
    address = await askers.pushed()
    stolen = address.replace("kw-moi-app", "bh-pocket")
    browser = askers.browser()

    theirs = await askers.shown(browser, stolen)
    head = await browser.request("HEAD", address, headers={})
    first = await askers.shown(browser, address)
    second = await askers.shown(askers.browser(), address)

    assert (theirs.status, head.status) == (400, 405)
    assert first.status == 303
    assert (second.status, "Location" in second.seen.headers) == (400, False)
    assert "invalid_request_uri" in second.text


async def test_only_the_program_itself_pushes_in_its_name(askers: Askers) -> None:
    stranger = Prover(issuer=askers.issuer)
    used = askers.prover.proof()
    assert (await askers.push({**asking(), **used}))[0] == 201

    elsewhere = askers.prover.proof(aud=f"{askers.issuer}/oauth/par")
    for proof in ({}, stranger.proof(), used, elsewhere, {"client_secret": "x"}):
        status, said = await askers.push({**asking(), **proof})
        assert (status, said["error"]) == (401, "invalid_client"), proof
    status, said = await askers.push({**asking(), **askers.prover.proof()}, Authorization="Basic a3ctbW9pLWFwcDp4")
    assert (status, said["error"]) == (401, "invalid_client")
    status, said = await askers.push(
        {**asking(request_uri="urn:ietf:params:oauth:request_uri:x"), **askers.prover.proof()}
    )
    assert (status, said["error"]) == (400, "invalid_request")


async def test_a_request_is_nothing_to_another_browser(askers: Askers) -> None:
    """A link to a consent page that somebody else began, sent to a victim who is signed in, asks them nothing."""
    attacker, victim = askers.browser(), askers.browser()
    await victim.sign_in("bh-ekey", "bahraini-citizen")
    begun = await attacker.get(await askers.pushed())

    for browser in (victim, askers.browser()):
        answer = Answered(await browser.get(begun.location))
        assert (answer.status, "authorization_over" in answer.text) == (400, True)
    planted = askers.browser()
    planted.cookies[BROWSER] = "A" * 43
    assert (await planted.get(begun.location)).status == 400


async def test_an_answer_counts_once(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    assert "code" in (await askers.answer(browser, page, "allow")).parameters

    again = await askers.answer(browser, page, "allow")

    assert (again.status, "authorization_over" in again.text) == (400, True)
    assert len([each for each in await askers.sealed("authorize") if each["outcome"] == "ok"]) == 1


async def test_a_form_that_is_not_the_persons_own_allows_nothing(askers: Askers) -> None:
    browser, other = askers.browser(), askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    theirs = await askers.consent_page(other, await askers.pushed())

    for form in ("", "x", theirs.seen.field("form")):
        assert (await askers.answer(browser, page, "allow", form=form)).status == 403
    # Their own form, with the request of somebody else.
    moved = await askers.answer(browser, page, "allow", request=theirs.seen.field("request"))
    assert (moved.status, "authorization_over" in moved.text) == (400, True)
    fields = {name: page.seen.field(name) for name in ("form", "request")} | {"decision": "allow"}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        assert (await browser.post("/oauth/consent", fields, **headers)).status == 403
    assert (await browser.get(f"/oauth/consent?{'&'.join(f'{k}={v}' for k, v in fields.items())}")).status == 200
    assert [each for each in await askers.sealed("authorize") if each["outcome"] == "ok"] == []


async def test_a_page_that_was_shown_to_one_person_is_not_answered_by_another(askers: Askers) -> None:
    """The form is of the session: whoever signs in as somebody else in between is asked anew."""
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    await browser.sign_in("bh-ekey", "resident")

    assert (await askers.answer(browser, page, "allow")).status == 403


async def test_a_page_that_was_read_too_long_leads_to_the_sign_in_again(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed(max_age="300"))
    await askers.age_sessions(seconds=600)

    answer = await askers.answer(browser, page, "allow")

    assert answer.location.startswith(f"{askers.url}/oauth/consent?")
    assert "/signin?" in (await browser.get(answer.location)).location


async def test_a_program_that_is_stopped_gets_nothing_more_from_then_on(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    waiting = await askers.pushed()

    await askers.clients.suspend("kw-moi-app")

    for answer in (await askers.answer(browser, page, "allow"), await askers.shown(browser, waiting)):
        assert (answer.status, "Location" in answer.seen.headers) == (400, False)
        assert "invalid_client" in answer.text
    assert (await askers.push({**asking(), **askers.prover.proof()}))[0] == 401


async def test_an_address_that_is_registered_no_more_gets_no_answer(askers: Askers) -> None:
    waiting = await askers.pushed()
    await askers.admit(confidential(jwks=askers.prover.jwks, redirect_uris=("https://new.moi.example/back",)))

    answer = await askers.shown(askers.browser(), waiting)

    assert (answer.status, "Location" in answer.seen.headers) == (400, False)


HOSTILE = "<script>alert(1)</script>\u202eevil\u2066 \"'`{{7*7}}"


async def test_what_a_program_calls_itself_is_inert(askers: Askers) -> None:
    await askers.admit(public(name={"ar": HOSTILE, "en": HOSTILE}))
    browser = askers.browser()

    page = await askers.consent_page(browser, askers.plain())

    assert page.status == 200
    assert "<script" not in page.text.lower()
    assert "{{7*7}}" in page.words
    assert "<bdi>&lt;script&gt;" in page.text


async def test_what_the_address_says_is_not_repeated_on_a_page(askers: Askers) -> None:
    browser = askers.browser()
    for name in ("client_id", "redirect_uri", "request_uri", "error", "error_description", "scope"):
        for language, direction in (("ar", "rtl"), ("en", "ltr")):
            page = await browser.get(f"/oauth/authorize?{name}={quote(HOSTILE)}", Accept_Language=language)
            assert page.status == 400
            assert f'dir="{direction}"' in page.text
            assert not [each for each in ("<script", "\u202e", "\u2066") if each in page.text]
            assert "alert" not in page.words
    page = await browser.get(f"/oauth/consent?request={quote(HOSTILE)}")
    assert (page.status, "alert" in page.words, "<script" in page.text) == (400, False, False)


async def test_the_page_is_framed_and_kept_by_nobody_and_its_form_leads_to_the_program_alone(askers: Askers) -> None:
    page = await askers.consent_page(askers.browser(), await askers.pushed())
    policy = page.seen.headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://app.moi.example;" in policy
    assert "script-src" not in policy
    assert page.seen.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in page.seen.headers["Cache-Control"]
    assert "<script" not in page.text


async def test_a_code_is_not_handed_on_by_the_referrer_or_a_cache(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    answer = await askers.answer(browser, page, "allow")

    assert "no-store" in answer.seen.headers["Cache-Control"]
    assert answer.seen.headers["Referrer-Policy"] == "same-origin"


BODIES = (
    (b"", "application/x-www-form-urlencoded", 401),
    (b"{}", "application/json", 400),
    (b"a=1", "text/plain", 400),
    (b"client_id=a&client_id=b", "application/x-www-form-urlencoded", 400),
    (b"client_id=%00", "application/x-www-form-urlencoded", 400),
    (b"client_id=%ff", "application/x-www-form-urlencoded", 401),
    (b"&".join(b"a%d=1" % number for number in range(200)), "application/x-www-form-urlencoded", 400),
    (b"client_id=" + b"x" * 20_000, "application/x-www-form-urlencoded", 400),
    (b"a=1", "application/x-www-form-urlencoded; charset=utf-16", 400),
    (b"a" * 1_000_000, "application/x-www-form-urlencoded", 413),
)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("body", "kind", "status"), BODIES, ids=range(len(BODIES)))
async def test_a_body_that_is_no_form_is_refused_in_oauths_words(
    refusing: Askers, body: bytes, kind: str, status: int
) -> None:
    async with refusing.entrance.session.post(
        f"{refusing.url}/oauth/par", data=body, headers={"Content-Type": kind}
    ) as answer:
        document = await answer.json(content_type=None)

    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    if status != 413:
        assert document.keys() == {"error", "error_description"}
        assert document["error_description"].isascii()


async def test_a_program_that_reads_arabic_is_told_in_arabic(askers: Askers) -> None:
    _, said = await askers.push({"client_id": "nobody"}, **{"Accept-Language": "ar"})

    assert said["error"] == "invalid_client"
    assert "البرنامج" in said["error_description"]
