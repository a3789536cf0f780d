"""What every answer says of itself and shows to nobody: types, policies, errors, and the tokens of others."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from gateway.web.middleware import front
from gateway.web.problems import Problems
from tests.support.door import INSIDES, PERSONAS, ask
from tests.support.entrance import Entrance, entrance
from tests.support.house import House
from tests.unit.web.samples import PUBLIC_URL, sample_pages

# JSON has no letters but UTF-8 (RFC 8259, 8.1), whatever is said of them.
TEXT = re.compile(r"text/|\+xml|/xml")
TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.")
PATHS = (
    *("/", "/services", "/signin", "/docs", "/docs/problems", "/openapi.json", "/ledger/checkpoint", "/nothing"),
    *("/v1/services", "/v1/services/traffic-fines", "/v1/me", "/v1/me/accesses", "/v1/receipts/0"),
    *("/.well-known/openid-configuration", "/.well-known/jwks.json", "/oauth/authorize"),
)
SECRET = "a secret of the inside 784199012345676"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as gate:
        yield gate


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_says_what_it_is_and_in_which_letters(bahrain: House, path: str, accept: str) -> None:
    heard = await ask(bahrain, None, method="GET", path=path, Accept=accept)

    kind = heard.headers["content-type"]
    if TEXT.search(kind):
        assert "charset=utf-8" in kind.lower()
    if "json" in kind:
        assert json.loads(heard.text) is not None
    elif "html" in kind:
        assert heard.text.startswith("<!doctype html>")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_lets_a_browser_load_nothing_from_elsewhere(bahrain: House, path: str) -> None:
    for accept in ("text/html", "application/json"):
        heard = await ask(bahrain, None, method="GET", path=path, Accept=accept)

        policy = heard.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert not re.search(r"unsafe|\*|https?:|data:|blob:|object-src|script-src", policy), policy


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_program_is_led_on_from_http(bahrain: House, scheme: str) -> None:
    """It is answered where it asked, or refused, so that a token that went in the clear is noticed."""
    for path in ("/v1/services", "/v1/me", "/v1/lookups/traffic-fines"):
        heard = await ask(bahrain, None, method="GET", path=path, token=None, X_Forwarded_Proto=scheme)

        assert heard.status in (200, 401, 405)
        assert "location" not in heard.headers


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "path", ["/static/", "/static", "/docs/", "/ledger/tile/", "/v1/", "/.git/config", "/gateway/"]
)
async def test_no_folder_is_listed(bahrain: House, path: str) -> None:
    heard = await ask(bahrain, None, method="GET", path=path)

    assert heard.status == 404


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("word", ['"', "\\", '"}', "</script>", "\u2028", "'", '","status":"ok'])
async def test_what_is_hostile_in_a_question_is_answered_in_whole_json(bahrain: House, word: str) -> None:
    body = json.dumps({"purpose": "self_service", word: 1}).encode()

    heard = await ask(bahrain, body)

    assert (heard.status, heard.headers["content-type"]) == (422, "application/problem+json")
    assert heard.document["code"] == "field_unknown"
    assert heard.document["field"] == "/" + word.replace("~", "~0").replace("/", "~1")
    assert heard.document["status"] == 422


async def test_what_nobody_foresaw_is_told_to_the_operators_and_not_to_the_caller() -> None:
    pages = sample_pages()
    app = web.Application(middlewares=[front(Problems(pages.catalogue, PUBLIC_URL), pages, {"127.0.0.1"})])

    async def broken(request: web.Request) -> web.Response:
        raise LookupError(SECRET)

    app.router.add_get("/v1/broken", broken, name="broken")
    async with TestClient(TestServer(app)) as client:
        for accept in ("application/json", "text/html"):
            with capture_logs() as logs:
                answer = await client.get("/v1/broken", headers={"Accept": accept})
            text = await answer.text()

            assert answer.status == 500
            assert SECRET not in text + str(answer.headers)
            assert not INSIDES.search(text)
            (told,) = logs
            assert (told["event"], told["error"], told["log_level"]) == ("request.failed", "LookupError", "error")
            assert told["request_id"] == answer.headers["X-Request-Id"]
            assert SECRET not in str(told)


async def test_no_token_of_a_provider_reaches_the_browser(gate: Entrance) -> None:
    browser = gate.browser()
    seen = [
        await browser.get("/auth/login/bh-ekey"),
        await browser.sign_in("bh-ekey", "bahraini-citizen"),
        await browser.account(),
        await browser.get("/account/programs"),
        await browser.act("signout"),
    ]

    assert TOKEN.match(gate.house.token(*PERSONAS["bahraini-citizen"].identifiers))
    for each in seen:
        assert not TOKEN.search(each.text + str(each.headers) + "".join(each.cookies)), each.url


async def test_a_signed_in_page_leads_to_the_way_out(gate: Entrance) -> None:
    """The account holds the buttons, and every page leads to the account."""
    browser = gate.browser()
    await browser.sign_in("bh-ekey", "bahraini-citizen")

    account = await browser.account()
    assert account.text.index('action="/account/signout"') < account.text.index('id="identities"')
    assert 'action="/account/signout-everywhere"' in account.text
    for path in ("/account/programs", "/device", "/agency", "/services", "/"):
        page = await browser.get(path)
        if page.status == 200:
            assert 'class="mine" href="/account"' in page.text, path


async def test_a_sign_in_is_logged_with_its_provider(gate: Entrance) -> None:
    with capture_logs() as logs:
        await gate.browser().sign_in("bh-ekey", "bahraini-citizen")

    (begun,) = [each for each in logs if each["event"] == "session.begun"]
    assert begun["provider"] == "bh-ekey"
