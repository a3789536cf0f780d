"""The switch of languages sends nothing again, and the account says plainly with which number a state is asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lxml import html

from tests.support.entrance import Entrance, Seen, entrance

CPR, OTHER_CPR = "791162871", "010345570"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path, ("bh-ekey", "qa-nas", "sa-nafath", "gcc-card")) as gate:
        yield gate


def switch(page: Seen) -> str:
    """Where the page's switch of languages leads."""
    return str(html.fromstring(page.text).xpath("//a[@hreflang]/@href")[0])


async def test_a_failed_sign_in_is_told_in_the_other_language_without_its_spent_answer(gate: Entrance) -> None:
    browser = gate.browser()
    asked = await browser.to_provider("bh-ekey")
    failed = await browser.get(await browser.decide(asked, "", decision="decline"))
    assert "You declined to sign in" in failed.words

    again = await browser.get(switch(failed))

    assert switch(failed) == "/signin?problem=signin_declined&lang=ar"
    assert again.status == 200
    assert "رفضتَ تسجيل الدخول" in again.words


@pytest.mark.parametrize(
    "code", ["signin_nonsense", "<b>", "signin_", "invalid_identifier", "internal_error", "x" * 999]
)
async def test_a_problem_of_nobodys_is_not_told(gate: Entrance, code: str) -> None:
    plain = await gate.browser().get("/signin")

    page = await gate.browser().get(f"/signin?problem={code}")

    assert (page.status, page.words) == (200, plain.words)


async def test_a_form_is_not_sent_again_in_the_other_language(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "resident")

    pages = [await browser.act("link", provider=each) for each in ("gcc-card", "qa-nas", "sa-nafath")]
    pages.append(await browser.post("/account/link", {"form": "x"}))

    assert [switch(each).split("?")[0] for each in pages] == ["/account", "/account", "/account", "/signin"]
    for page in pages:
        assert (await browser.get(switch(page))).status == 200


async def test_the_account_says_with_which_of_two_numbers_a_state_is_asked(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "resident")
    assert "two numbers" not in (await browser.account()).words

    await browser.link("gcc-card", "bahraini-citizen")
    page = await browser.account()

    (card,) = html.fromstring(page.text).xpath("//li[contains(., 'two numbers')]")
    unused, asked_with = card.xpath(".//dd")[0].text_content(), card.xpath(".//code")[0].text_content()
    assert {unused, asked_with} == {CPR, OTHER_CPR}
    assert f"two numbers of Bahrain. It is asked with {asked_with}" in " ".join(card.text_content().split())
