"""Attacks on the way in, over HTTP: planted, stolen, swapped and repeated answers make no session."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from lxml import html

from tests.support.entrance import SESSION, Browser, Entrance, entrance, path_of

TURNED_AWAY = 400


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as gate:
        yield gate


async def _refused(browser: Browser, url: str) -> None:
    answer = await browser.get(url)
    assert answer.status == TURNED_AWAY, answer.text
    assert "signin_unknown" in answer.text
    assert not browser.secret


async def test_the_honest_way_leads_to_the_account(gate: Entrance) -> None:
    browser = gate.browser()
    done = await browser.sign_in("bh-ekey", "bahraini-citizen")

    assert (done.status, path_of(done.location)) == (303, "/account")
    assert "010345570" in (await browser.account()).words


async def test_a_state_that_is_absent_other_or_doubled_is_refused(gate: Entrance) -> None:
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "bahraini-citizen")
    state = parse_qs(urlsplit(url).query)["state"][0]

    for bent in ("", "x", state[:-1], f"{state}A", f"{state}&state={state}", f"{state}&state=x", "%01", "%ff"):
        await _refused(browser, url.replace(f"state={state}", f"state={bent}"))

    assert (await browser.get(url)).status == 303


@pytest.mark.parametrize("provider", ["bh-ekey", "ae-uaepass"])
async def test_another_site_begins_no_sign_in(gate: Entrance, provider: str) -> None:
    """A provider that remembers the person might end it unasked; pressing Continue is an act of theirs."""
    browser = gate.browser()
    path = f"/auth/login/{provider}?return_to=/docs&level=high"

    asked = await browser.get(path, Sec_Fetch_Site="cross-site")

    assert (asked.status, "Location" in asked.headers, asked.cookies) == (200, False, [])
    page = html.fromstring(asked.text)
    (button,) = page.xpath("//a[contains(@class, 'button')]/@href")
    assert button == path.replace("/docs", "%2Fdocs")
    # The switch of languages comes from our own page, and would begin what was not agreed to.
    (switch,) = page.xpath("//a[contains(@class, 'switch')]/@href")
    assert switch.startswith("/signin?")
    for site in ("same-origin", "none"):
        assert (await browser.get(button, Sec_Fetch_Site=site)).status == 303


async def test_another_site_s_address_of_no_provider_is_a_problem(gate: Entrance) -> None:
    answer = await gate.browser().get("/auth/login/nobody", Sec_Fetch_Site="cross-site")

    assert answer.status == TURNED_AWAY
    assert "provider_unknown" in answer.text


async def test_an_answer_is_good_once(gate: Entrance) -> None:
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "bahraini-citizen")
    assert (await browser.get(url)).status == 303

    del browser.cookies[SESSION]
    await _refused(browser, url)


async def test_an_answer_is_nothing_to_another_browser(gate: Entrance) -> None:
    attacker, victim, stranger = gate.browser(), gate.browser(), gate.browser()
    url = await attacker.callback("bh-ekey", "bahraini-citizen")
    await victim.to_provider("bh-ekey")

    await _refused(victim, url)
    await _refused(stranger, url)
    assert (await attacker.get(url)).status == 303


async def test_a_code_of_one_provider_is_nothing_at_the_address_of_another(gate: Entrance) -> None:
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "bahraini-citizen")
    other = await browser.callback("ae-uaepass", "emirati-citizen")

    await _refused(browser, url.replace("/callback/bh-ekey", "/callback/ae-uaepass"))
    await _refused(browser, other.replace("/callback/ae-uaepass", "/callback/bh-ekey"))
    await _refused(browser, url)


EVIL = (
    "//evil.example",
    "https:evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/%0d%0aSet-Cookie:x=y",
    "/\r\nX: y",
    "/\tevil",
    "/%2f/evil.example",
    "@evil.example",
    "",
    "/" + "\u2025" + "/evil",
)


async def test_nobody_is_sent_elsewhere_afterwards(gate: Entrance) -> None:
    browser = gate.browser()
    for evil in EVIL:
        choice = await browser.get(f"/signin?return_to={quote(evil, safe='')}")
        links: list[str] = html.fromstring(choice.text).xpath("//main//a/@href")
        assert links, evil
        assert not [link for link in links if not link.startswith("/auth/login/") or "evil" in link], evil
        done = await browser.sign_in("bh-ekey", "bahraini-citizen", f"?return_to={quote(evil, safe='')}")
        assert done.location == f"{gate.url}/account", evil
        assert "X" not in done.headers


async def test_whoever_came_from_a_page_of_ours_returns_to_it(gate: Entrance) -> None:
    done = await gate.browser().sign_in("bh-ekey", "bahraini-citizen", "?return_to=/docs?a=1%26b=2")

    assert done.location == f"{gate.url}/docs?a=1&b=2"


async def test_the_session_is_another_one_after_each_sign_in_and_the_old_one_is_dead(gate: Entrance) -> None:
    browser = gate.browser()
    planted = "A" * 43
    browser.cookies[SESSION] = planted
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    first = browser.secret
    await browser.sign_in("bh-ekey", "bahraini-citizen", "?level=high")
    second = browser.secret

    assert len({planted, first, second}) == 3
    for dead in (planted, first):
        browser.cookies[SESSION] = dead
        assert path_of((await browser.account()).location) == "/signin"
        assert (await browser.ask("BH"))["code"] == "session_ended"
    browser.cookies[SESSION] = second
    await browser.act("signout")
    browser.cookies[SESSION] = second
    assert (await browser.account()).status == 303


async def test_what_a_provider_says_of_an_error_is_not_repeated(gate: Entrance) -> None:
    hostile = "<script>alert(1)</script>\u202eevil\u2066"
    for error in ("access_denied", hostile, "server_error"):
        for language, direction in (("ar", "rtl"), ("en", "ltr")):
            browser = gate.browser()
            good = await browser.callback("bh-ekey", "bahraini-citizen")
            asked = parse_qs(urlsplit(good).query)
            query = f"state={asked['state'][0]}&iss={quote(asked['iss'][0], safe='')}"
            url = f"/auth/callback/bh-ekey?{query}&error={quote(error)}&error_description={quote(hostile)}"
            page = await browser.get(url, Accept_Language=language)

            assert 400 <= page.status <= 503
            assert f'dir="{direction}"' in page.text
            assert "<script" not in page.text.lower()
            assert not {"\u202e", "evil"} & set(page.words.split())
            assert not browser.secret


async def test_two_tabs_sign_in_at_once(gate: Entrance) -> None:
    browser = gate.browser()
    one = await browser.callback("bh-ekey", "bahraini-citizen")
    two = await browser.callback("bh-ekey", "bahraini-citizen")

    for url in (one, two):
        assert (await browser.get(url)).status == 303
    assert (await browser.account()).status == 200


async def test_a_link_ends_only_for_the_person_who_began_it(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    go = await browser.act("link", provider="ae-uaepass")
    page = await browser.get(go.text.split('class="button primary" href="')[1].split('"')[0].replace("&amp;", "&"))
    url = await browser.decide(page, "emirati-citizen")
    await browser.act("signout")
    await browser.sign_in("bh-ekey", "resident")

    answer = await browser.get(url)

    assert answer.status == TURNED_AWAY
    assert "784199110289743" not in (await browser.account()).words
