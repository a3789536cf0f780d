"""A program sends a person to be asked: whoever says yes is sent back with a code, and everybody else without."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.asking import Askers, asking_house
from tests.support.programs import BACK, LOOPBACK


@pytest.fixture
async def askers(tmp_path: Path, storage_url: str) -> AsyncIterator[Askers]:
    async with asking_house(tmp_path, storage_url) as askers:
        yield askers


async def test_a_confidential_program_is_answered_with_a_code(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    assert page.status == 200
    assert "Traffic app" in page.words

    answer = await askers.answer(browser, page, "allow")

    assert (answer.status, answer.address) == (303, BACK)
    assert answer.parameters["state"] == "a state"
    assert answer.parameters["iss"] == askers.issuer
    assert len(answer.parameters["code"]) == 43
    assert "error" not in answer.parameters


async def test_a_public_program_asks_without_pushing_and_is_answered_at_its_port(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, askers.plain(redirect_uri="http://127.0.0.1:51999/back"))

    answer = await askers.answer(browser, page, "allow")

    assert answer.address == "http://127.0.0.1:51999/back"
    assert "code" in answer.parameters


async def test_who_says_no_is_sent_back_with_the_no(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())

    answer = await askers.answer(browser, page, "deny")

    assert answer.address == BACK
    assert answer.parameters["error"] == "access_denied"
    assert answer.parameters["error_description"].isascii()
    assert {"state", "iss"} <= answer.parameters.keys()
    assert "code" not in answer.parameters
    (entry,) = await askers.sealed("authorize")
    assert (entry["outcome"], entry["code"], entry["client"]) == ("refused", "access_denied", "kw-moi-app")


async def test_a_grant_is_sealed_under_the_persons_pseudonym(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed())
    await askers.answer(browser, page, "allow")

    (entry,) = await askers.sealed("authorize")

    assert (entry["outcome"], entry["client"], entry["service"]) == ("ok", "kw-moi-app", "oauth")
    assert entry["subject"]


async def test_who_allowed_it_before_is_not_asked_again_unless_more_is_asked(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, await askers.pushed(purpose="service_delivery"))
    await askers.answer(browser, page, "allow")

    again = await askers.shown(browser, await askers.pushed(purpose="service_delivery"))
    more = await askers.shown(browser, await askers.pushed(scope="openid identity", purpose="service_delivery"))
    other = await askers.shown(browser, await askers.pushed(purpose="enforcement"))
    asked = await askers.shown(browser, await askers.pushed(prompt="consent", purpose="service_delivery"))

    assert again.status == 303
    assert "code" in again.parameters
    assert [each.status for each in (more, other, asked)] == [200, 200, 200]


async def test_a_program_that_cannot_prove_itself_is_asked_for_every_time(askers: Askers) -> None:
    browser = askers.browser()
    page = await askers.consent_page(browser, askers.plain())
    await askers.answer(browser, page, "allow")

    assert (await askers.shown(browser, askers.plain())).status == 200
    silent = await askers.shown(browser, askers.plain(prompt="none"))
    assert silent.parameters["error"] == "consent_required"
    assert silent.address == LOOPBACK


async def test_no_page_is_shown_to_a_program_that_wants_none(askers: Askers) -> None:
    browser = askers.browser()
    stranger = await askers.shown(browser, await askers.pushed(prompt="none"))
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    signed_in = await askers.shown(browser, await askers.pushed(prompt="none"))
    page = await askers.consent_page(browser, await askers.pushed())
    await askers.answer(browser, page, "allow")
    allowed = await askers.shown(browser, await askers.pushed(prompt="none"))

    assert stranger.parameters["error"] == "login_required"
    assert signed_in.parameters["error"] == "consent_required"
    assert "code" in allowed.parameters
    for answer in (stranger, signed_in, allowed):
        assert (answer.address, answer.parameters["iss"]) == (BACK, askers.issuer)


async def test_a_program_that_wants_a_new_sign_in_gets_one(askers: Askers) -> None:
    browser = askers.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    before = browser.secret

    for wish in ({"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}):
        shown = await askers.shown(browser, await askers.pushed(**wish))
        assert shown.location.startswith(f"{askers.url}/signin?return_to="), wish
        page = await askers.signed_in(browser, shown)
        assert page.status == 200, page.text
        assert browser.secret != before
        before = browser.secret


async def test_a_sign_in_of_long_ago_is_made_again(askers: Askers) -> None:
    browser = askers.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    await askers.age_sessions(seconds=600)

    old = await askers.shown(browser, await askers.pushed(max_age="300"))
    fine = await askers.shown(browser, await askers.pushed(max_age="3600"))

    assert "max_age=300" in old.location
    assert fine.status == 200


async def test_a_sign_in_that_is_not_sure_enough_is_made_again_by_a_surer_one(askers: Askers) -> None:
    browser = askers.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    await askers.weaken_sessions()

    low = await askers.shown(browser, await askers.pushed(acr_values="high"))
    fine = await askers.shown(browser, await askers.pushed(acr_values="high low"))

    assert "level=high" in low.location
    assert fine.status == 200
