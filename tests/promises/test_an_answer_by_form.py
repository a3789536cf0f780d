"""An answer that another site posts is kept for the browser that is signing in, and for nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from lxml import html
from sqlalchemy import func, select

from gateway.storage.engine import Storage
from gateway.storage.tables import signin_letters
from tests.support.entrance import Browser, Entrance, Seen, entrance, path_of

CALLBACK = "/auth/callback/qa-nas"
CITIZEN, QID = "qatari-citizen", "29363462675"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path, ("qa-nas", "bh-ekey")) as gate:
        yield gate


async def sent(browser: Browser, page: Seen, **chosen: str) -> Seen:
    """Sends the first form of the page as it stands, with what was chosen."""
    form = html.fromstring(page.text).forms[0]
    fields = {name: value or "" for name, value in form.form_values()}
    return await browser.post(urljoin(page.url, form.action or ""), fields | chosen)


async def last_page(browser: Browser, persona: str = CITIZEN) -> Seen:
    """The page at the provider whose form goes back to the gateway."""
    asked = await sent(browser, await browser.get("/auth/login/qa-nas"))
    return await sent(browser, asked, persona=persona)


async def kept(gate: Entrance) -> int:
    """How many letters the gateway holds."""
    async with Storage.open(gate.house.settings.storage.url) as storage, storage.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(signin_letters))).scalar_one()


async def test_it_is_fetched_with_the_cookies_of_the_browser_and_signs_in(gate: Entrance) -> None:
    browser = gate.browser()

    posted = await sent(browser, await last_page(browser))
    done = await browser.get(posted.location)

    assert (posted.status, path_of(posted.location)) == (303, CALLBACK)
    assert not posted.cookies
    assert (done.status, path_of(done.location)) == (303, "/account")
    assert QID in (await browser.account()).words


async def test_it_is_good_once(gate: Entrance) -> None:
    browser = gate.browser()
    page = await last_page(browser)
    first, second = await sent(browser, page), await sent(browser, page)
    assert (await browser.get(first.location)).status == 303

    again = [await browser.get(first.location), await browser.get(second.location), await sent(browser, page)]

    assert [each.status for each in again] == [400] * 3


async def test_nobody_else_fetches_it_and_whoever_may_still_does(gate: Entrance) -> None:
    browser, thief = gate.browser(), gate.browser()
    posted = await sent(browser, await last_page(browser))
    await last_page(thief)

    assert (await thief.get(posted.location)).status == 400
    assert not thief.secret
    assert (await browser.get(posted.location)).status == 303


async def test_it_does_not_serve_another_sign_in_of_the_same_browser(gate: Entrance) -> None:
    browser = gate.browser()
    first, second = await last_page(browser), await last_page(browser)
    answer = parse_qs(urlsplit((await sent(browser, first)).location).query)["answer"][0]

    mixed = await browser.get(f"{CALLBACK}?state={second.field('RelayState')}&answer={answer}")

    assert mixed.status == 400
    assert not browser.secret


async def test_who_is_not_signing_in_leaves_nothing(gate: Entrance) -> None:
    browser, stranger = gate.browser(), gate.browser()
    page = await last_page(browser)

    refused = [
        await sent(stranger, page),
        await stranger.post(CALLBACK, {"RelayState": "x" * 43, "SAMLResponse": "x"}),
        await browser.post(CALLBACK, {"SAMLResponse": "x"}),
    ]

    assert [each.status for each in refused] == [400] * 3
    assert await kept(gate) == 0


async def test_one_too_large_to_keep_is_refused_in_words(gate: Entrance) -> None:
    browser = gate.browser()
    page = await last_page(browser)

    posted = await sent(browser, page, padding="x" * 500_000)
    last = await browser.get(posted.location) if posted.status == 303 else posted

    assert 400 <= last.status < 500
    assert await kept(gate) == 0


async def test_an_answer_by_query_is_not_taken_from_the_form(gate: Entrance) -> None:
    """A code that is posted where it should come by query counts for nothing."""
    browser = gate.browser()
    query = parse_qs(urlsplit(await browser.callback("bh-ekey", "bahraini-citizen")).query)
    fields = {name: values[0] for name, values in query.items()}

    posted = await browser.post("/auth/callback/bh-ekey", fields)
    refused = await browser.get(posted.location)

    assert 400 <= refused.status < 600
    assert not browser.secret
