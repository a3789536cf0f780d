"""Workers, providers and states together: what fails stays where it is, and what is linked serves everywhere."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from tests.support.entrance import SESSION, Entrance, entrance, path_of

PROVIDERS = ("bh-ekey", "ae-uaepass", "sa-nafath", "kw-mobile-id")
CIVIL, CPR = "279112346306", "791162871"
NAMES = {"ar": "المفتاح الإلكتروني", "en": "eKey"}


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path, PROVIDERS) as gate:
        yield gate


@pytest.fixture
async def states(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path, ("bh-ekey", "kw-mobile-id"), ("bahrain", "kuwait")) as gate:
        yield gate


async def test_a_kuwaiti_resident_in_bahrain_asks_each_state_with_its_own_number(states: Entrance) -> None:
    browser = states.browser()
    await browser.sign_in("bh-ekey", "resident")
    document = await browser.ask("BH", "KW")
    assert document["answers"][0]["status"] == "ok"

    asked = await browser.act("link", provider="kw-mobile-id")
    waiting = await browser.post(
        "/auth/login/kw-mobile-id", {"form": asked.field("form"), "aim": "link", "identifier": CIVIL}
    )
    await states.telephone("kw-mobile-id", "resident")
    assert path_of((await browser.wait(waiting.location)).location) == "/account"

    words = (await browser.account()).words
    assert CIVIL in words
    assert CPR in words
    answers = {each["country"]: each for each in (await browser.ask("BH", "KW"))["answers"]}
    assert {state: each["status"] for state, each in answers.items()} == {"BH": "ok", "KW": "ok"}
    told = {state: each["records"][0]["identifier"]["value"] for state, each in answers.items()}
    assert told == {"BH": CPR, "KW": CIVIL}

    again = states.browser()
    waiting = await again.waiting("kw-mobile-id", CIVIL)
    await states.telephone("kw-mobile-id", "resident")
    await again.wait(waiting.location)
    assert {each["status"] for each in (await again.ask("BH", "KW"))["answers"]} == {"ok"}


async def test_what_is_somebody_elses_is_not_linked_and_the_session_stays(gate: Entrance) -> None:
    owner, other = gate.browser(), gate.browser()
    await owner.sign_in("ae-uaepass", "emirati-citizen")
    await other.sign_in("bh-ekey", "resident")

    answer = await other.link("ae-uaepass", "emirati-citizen")

    assert answer.status == 409
    assert "identifier_taken" in answer.text
    assert "784199110289743" not in (await other.account()).words
    assert (await owner.account()).status == 200


async def test_linked_and_unlinked_by_the_buttons_of_the_account(gate: Entrance) -> None:
    browser, forgotten = gate.browser(), gate.browser()
    await browser.sign_in("bh-ekey", "resident")
    await forgotten.sign_in("bh-ekey", "resident")
    assert 'action="/account/unlink"' not in (await browser.account()).text
    await browser.link("ae-uaepass", "emirati-citizen")
    page = await browser.account()
    (ekey,) = html.fromstring(page.text).xpath(f"//li[contains(., '{CPR}')]//input[@name='identity']/@value")

    assert (await browser.act("unlink", identity="x")).status == 404
    assert (await browser.act("unlink", identity=ekey)).status == 303

    left = (await browser.account()).words
    assert CPR not in left
    assert "784199110289743" in left
    assert (await forgotten.account()).status == 303


async def test_a_session_ended_on_one_worker_is_over_on_the_other_within_a_second(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    async with gate.another_worker() as doors:
        elsewhere = gate.browser(f"http://127.0.0.1:{doors.public_port}")
        elsewhere.cookies = dict(browser.cookies)
        assert (await elsewhere.account()).status == 200

        await browser.act("signout-everywhere")
        began = time.monotonic()
        ended = await elsewhere.account()

        assert path_of(ended.location) == "/signin"
        assert time.monotonic() - began < 1.0


async def test_a_sign_in_ends_on_another_worker_than_it_began_on(gate: Entrance) -> None:
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "bahraini-citizen")
    async with gate.another_worker() as doors:
        elsewhere = gate.browser(f"http://127.0.0.1:{doors.public_port}")
        elsewhere.cookies = dict(browser.cookies)
        done = await elsewhere.get(url.replace(gate.url, elsewhere.base))

        assert done.status == 303
        assert elsewhere.secret


@pytest.mark.parametrize(("status", "code"), [(503, "provider_down"), (504, "provider_late")])
async def test_a_provider_that_fails_is_named_and_the_others_work(gate: Entrance, status: int, code: str) -> None:
    ekey = gate.house.stand_ins["bh-ekey"]
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "bahraini-citizen")
    ekey.behave(down=status == 503, seconds=60.0 if status == 504 else 0.0)

    began = time.monotonic()
    page, other = await asyncio.gather(browser.get(url), gate.browser().sign_in("ae-uaepass", "emirati-citizen"))

    assert time.monotonic() - began < 15
    assert other.status == 303
    assert (page.status, code in page.text) == (status, True)
    assert NAMES["en"] in page.words
    assert "/signin" in page.text
    arabic = gate.browser()
    ekey.behave()
    url = await arabic.callback("bh-ekey", "bahraini-citizen")
    ekey.behave(down=True)
    assert NAMES["ar"] in (await arabic.get(url, Accept_Language="ar")).words


async def test_a_provider_that_lies_is_named_and_nobody_is_signed_in(gate: Entrance) -> None:
    gate.house.stand_ins["bh-ekey"].behave("nonce")
    browser = gate.browser()

    page = await browser.sign_in("bh-ekey", "bahraini-citizen")

    assert (page.status, "provider_garbled" in page.text) == (502, True)
    assert NAMES["en"] in page.words
    assert not browser.secret


async def test_the_level_that_is_asked_for_is_given_or_said_to_be_missing(gate: Entrance) -> None:
    sure, unsure = gate.browser(), gate.browser()

    assert (await sure.sign_in("bh-ekey", "bahraini-citizen", "?level=high")).status == 303
    page = await unsure.sign_in("bh-ekey", "resident", "?level=high")

    assert (page.status, "insufficient_user_authentication" in page.text) == (401, True)
    assert 'acr_values="high"' in page.headers["WWW-Authenticate"]
    assert not unsure.secret
    choice = await unsure.get("/signin?level=high&return_to=/docs")
    links = html.fromstring(choice.text).xpath("//main//a[contains(@href, 'bh-ekey')]/@href")
    assert [parse_qs(urlsplit(link).query) for link in links] == [{"return_to": ["/docs"], "level": ["high"]}]
    assert "level" not in (await unsure.get("/signin?level=highest")).text.split("<main")[1]


async def test_a_session_without_a_verified_number_is_told_what_it_lacks(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("ae-uaepass", "omani-citizen")

    assert (await browser.account()).status == 200
    refused = await browser.ask("AE")

    assert refused["code"] == "insufficient_user_authentication"
    assert 'acr_values="substantial"' in refused["challenge"]
    assert 'error="insufficient_user_authentication"' in refused["challenge"]


async def test_a_telephone_is_not_rung_without_end(gate: Entrance) -> None:
    asked = [await gate.browser().waiting("sa-nafath", "1084260288") for _ in range(7)]

    assert [each.status for each in asked[:4]] == [303] * 4
    assert asked[-1].status == 429
    assert int(asked[-1].headers["Retry-After"]) > 0
    assert "too_many_requests" in asked[-1].text
    assert (await gate.browser().waiting("kw-mobile-id", CIVIL)).status == 303


async def test_one_browser_does_not_ring_everybody(gate: Entrance) -> None:
    browser = gate.browser()
    numbers = ("1084260288", "1000000008", "1000000016", "1000000024", "1000000032", "1000000040", "1000000057")
    asked = [await browser.waiting("sa-nafath", number) for number in numbers]

    assert asked[-1].status == 429


async def test_a_waiting_sign_in_belongs_to_its_browser_and_ends_once(gate: Entrance) -> None:
    browser, other = gate.browser(), gate.browser()
    waiting = (await browser.waiting("sa-nafath", "1084260288")).location
    page = await browser.get(waiting)
    assert page.status == 200
    assert page.headers["Refresh"]
    other.cookies = {SESSION: "A" * 43}
    assert (await other.get(waiting)).status == 400

    await gate.telephone("sa-nafath", "saudi-citizen")

    assert (await other.get(waiting)).status == 400
    assert path_of((await browser.wait(waiting)).location) == "/account"
    again = await browser.get(waiting)
    assert (path_of(again.location), again.cookies) == ("/account", [])
    await browser.act("signout")
    assert (await browser.get(waiting)).status == 400


async def test_who_checks_while_the_page_asks_by_itself_is_signed_in_once(gate: Entrance) -> None:
    browser, nafath = gate.browser(), gate.house.stand_ins["sa-nafath"]
    waiting = (await browser.waiting("sa-nafath", "1084260288")).location
    await gate.telephone("sa-nafath", "saudi-citizen")
    # Both have asked the provider before either hears its answer.
    nafath.behave(seconds=1.0)

    both = await asyncio.gather(browser.get(waiting), browser.get(waiting))

    assert sorted(path_of(each.location) for each in both) == ["/account", path_of(waiting)]
    assert sorted(len(each.cookies) for each in both) == [0, 1]
    assert path_of((await browser.get(waiting)).location) == "/account"
    assert "1084260288" in (await browser.account()).words


async def test_a_refusal_on_the_telephone_is_told_to_who_is_signed_in(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "resident")
    asked = await browser.act("link", provider="sa-nafath")
    fields = {"form": asked.field("form"), "aim": "link", "identifier": "1084260288"}
    waiting = (await browser.post("/auth/login/sa-nafath", fields)).location
    await gate.telephone("sa-nafath", "saudi-citizen", "decline")

    page = await browser.wait(waiting)

    assert (page.status, "signin_declined" in page.text) == (403, True)


@pytest.mark.parametrize(("decision", "code"), [("decline", "signin_declined"), ("wrong", "signin_wrong_number")])
async def test_a_no_on_the_telephone_is_told_apart(gate: Entrance, decision: str, code: str) -> None:
    browser = gate.browser()
    waiting = (await browser.waiting("sa-nafath", "1084260288")).location
    await gate.telephone("sa-nafath", "saudi-citizen", decision)

    page = await browser.wait(waiting)

    assert (page.status, code in page.text) == (403, True)
    assert (await browser.get(waiting)).status == 400
