"""What a browser carries and posts on the way in: cookies and form tokens that nobody else can use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.entrance import BROWSER, SESSION, Entrance, entrance, path_of

FORBIDDEN = 403
ACTIONS = ("link", "unlink", "end", "signout", "signout-everywhere")


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as gate:
        yield gate


async def test_the_cookies_are_confined(gate: Entrance) -> None:
    browser = gate.browser()
    begun = await browser.get("/auth/login/bh-ekey")
    done = await browser.sign_in("bh-ekey", "bahraini-citizen")
    given = {cookie.split("=")[0]: cookie.split("; ")[1:] for cookie in (*begun.cookies, *done.cookies)}

    assert {name: sorted(rest) for name, rest in given.items()} == {
        BROWSER: ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=None", "Secure"],
        SESSION: ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
    }


async def test_no_cookie_breaks_anything(gate: Entrance) -> None:
    good = "A" * 43
    for cookie in (
        f"{SESSION}={'x' * 4000}; {BROWSER}={'y' * 3000}",
        f"{SESSION}={good}; {SESSION}={good}; {BROWSER}=a; {BROWSER}={good}",
        f"{SESSION}=; {BROWSER}=",
        f'{SESSION}="a\\000b"; {BROWSER}="\\"',
        f"{SESSION}=\u0661; ;;;=;{BROWSER}",
        f"{SESSION.lower()}={good}",
    ):
        browser = gate.browser()
        assert path_of((await browser.get("/account", Cookie=cookie)).location) == "/signin", cookie
        assert (await browser.get("/signin", Cookie=cookie)).status == 200
        assert (await browser.get("/auth/login/bh-ekey", Cookie=cookie)).status == 303
        assert (await browser.get("/auth/callback/bh-ekey?state=x", Cookie=cookie)).status == 400
        assert (await browser.get("/auth/wait/x", Cookie=cookie)).status == 400
        assert (await browser.get("/v1/lookups/identity-verification", Cookie=cookie)).status in (401, 405)


async def test_a_planted_browser_cookie_of_another_shape_is_replaced(gate: Entrance) -> None:
    browser = gate.browser()
    browser.cookies[BROWSER] = "planted"
    await browser.get("/auth/login/bh-ekey")

    assert len(browser.cookies[BROWSER]) == 43


async def test_a_form_without_its_own_token_does_nothing(gate: Entrance) -> None:
    browser, other = gate.browser(), gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    await other.sign_in("bh-ekey", "resident")
    old = (await browser.account()).field("form")
    theirs = (await other.account()).field("form")
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    current = (await browser.account()).field("form")

    for action in ACTIONS:
        for fields in ({}, {"form": ""}, {"form": "x"}, {"form": "\u0661"}, {"form": old}, {"form": theirs}):
            answer = await browser.post(f"/account/{action}", fields)
            assert (answer.status, answer.location[-7:]) != (303, "account"), (action, fields)
            assert answer.status == FORBIDDEN, (action, fields)
        doubled = await browser.post(f"/account/{action}", [("form", current), ("form", current)])
        assert doubled.status == FORBIDDEN
        assert (await browser.get(f"/account/{action}?form={current}")).status == 405
    assert (await browser.account()).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
    ],
)
async def test_a_form_that_another_site_sends_does_nothing(gate: Entrance, headers: dict[str, str]) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    form = (await browser.account()).field("form")

    for action in ACTIONS:
        assert (await browser.post(f"/account/{action}", {"form": form}, **headers)).status == FORBIDDEN
    assert (await browser.account()).status == 200


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {"Origin": "https://e.example"}]
)
async def test_another_site_asks_nothing_with_the_session(gate: Entrance, headers: dict[str, str]) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")

    assert (await browser.ask("BH", **headers))["code"] == "form_expired"


async def test_a_body_that_is_no_form_is_refused_in_words(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    form = (await browser.account()).field("form")
    for body, kind in (
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"a=1", "application/x-www-form-urlencoded; charset=bogus"),
        (b"a", "multipart/form-data"),
        (b"--x\r\nbad", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (f"form={form}&session=%00&identity=%00&provider=%00".encode(), "application/x-www-form-urlencoded"),
        (b"a" * 1_000_000, "application/x-www-form-urlencoded"),
    ):
        for path in (
            "/auth/callback/bh-ekey",
            "/auth/login/bh-ekey",
            "/account/end",
            "/account/unlink",
            "/account/link",
        ):
            answer = await browser.post(path, body, Content_Type=kind)
            assert answer.status < 500, (path, kind)


async def test_no_page_of_the_way_in_is_framed_or_kept(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    for path in ("/signin", "/account", "/auth/login/nobody", "/auth/callback/bh-ekey", "/auth/wait/x"):
        page = await browser.get(path)
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], path
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "no-store" in page.headers["Cache-Control"], path


async def test_nothing_of_the_account_is_left_after_signing_out(gate: Entrance) -> None:
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")
    assert "no-store" in (await browser.account()).headers["Cache-Control"]
    secret = browser.secret

    gone = await browser.act("signout")

    assert gone.headers["Clear-Site-Data"] == '"cache"'
    assert not browser.secret
    browser.cookies[SESSION] = secret
    assert path_of((await browser.account()).location) == "/signin"
    assert (await browser.ask("BH"))["code"] == "session_ended"


async def test_whoever_presses_a_button_of_an_ended_session_signs_in_and_sees_the_account(gate: Entrance) -> None:
    answer = await gate.browser().post("/account/unlink", {"form": "x"})

    assert answer.location == f"{gate.url}/signin?return_to=/account"


async def test_a_session_is_not_ended_by_somebody_else(gate: Entrance) -> None:
    mine, other = gate.browser(), gate.browser()
    await mine.sign_in("bh-ekey", "bahraini-citizen")
    await mine.get("/account")
    second = gate.browser()
    await second.sign_in("bh-ekey", "bahraini-citizen")
    await other.sign_in("bh-ekey", "resident")
    session = (await mine.account()).field("session")

    await other.act("end", session=session)
    assert (await second.account()).status == 200
    await mine.act("end", session=session)
    assert (await second.account()).status == 303
