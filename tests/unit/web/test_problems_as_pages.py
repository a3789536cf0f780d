"""A person who goes astray reads a page; a program reads a problem document, whatever the address."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from gateway.errors import BawabaError, NotFound, TooManyRequests, Unauthenticated
from gateway.web.pages.problem import problem_page
from gateway.web.problems import Problems
from tests.unit.web.samples import PUBLIC_URL, sample_app, sample_pages

Client = TestClient[web.Request, web.Application]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
PROGRAM = {"Accept": "application/json", "Accept-Language": "en"}
NUMBER = "0123456789abcdef0123456789abcdef"


def app() -> web.Application:
    """The sample with one page and one operation that fail as they are told, and every error answered."""
    pages, problems = sample_pages(), Problems(sample_pages().catalogue, PUBLIC_URL)
    errors = {
        "quota": TooManyRequests(retry_after=11.2),
        "token": Unauthenticated("token_missing"),
        "own": BawabaError(),
        "absent": NotFound(),
    }

    async def fail(request: web.Request) -> web.Response:
        raise errors[request.match_info["how"]]

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            error: BawabaError = NotFound()
        except BawabaError as problem:
            error = problem
        page = problem_page(pages, problems, request, error, NUMBER)
        return page if page is not None else problems.response(error, "en", NUMBER)

    made = sample_app()
    made.middlewares.append(answer)
    made.router.add_get("/pages/{how}", fail, name="page.failing")
    made.router.add_get("/v1/failing/{how}", fail)
    return made


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(app())) as client:
        yield client


async def test_a_browser_that_fails_on_a_page_reads_a_page(client: Client) -> None:
    response = await client.get("/pages/own", headers=BROWSER)
    text = await response.text()

    assert response.status == 500
    assert response.content_type == "text/html"
    assert "Something went wrong on our side" in text
    assert f"<bdi>{NUMBER}</bdi>" in text
    assert 'href="/docs/problems#internal"' in text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_a_program_that_fails_on_a_page_reads_a_document(client: Client) -> None:
    response = await client.get("/pages/own", headers=PROGRAM)

    assert response.content_type == "application/problem+json"
    assert (await response.json(content_type=None))["code"] == "internal"


async def test_an_operation_answers_a_browser_with_a_document(client: Client) -> None:
    response = await client.get("/v1/failing/own", headers=BROWSER)

    assert response.content_type == "application/problem+json"


async def test_a_browser_that_is_nowhere_reads_a_page(client: Client) -> None:
    response = await client.get("/no/such/place", headers=BROWSER)

    assert (response.status, response.content_type) == (404, "text/html")
    assert "There is nothing here" in await response.text()


async def test_a_program_that_is_nowhere_reads_a_document(client: Client) -> None:
    response = await client.get("/no/such/place", headers=PROGRAM)

    assert (response.status, response.content_type) == (404, "application/problem+json")


async def test_the_page_is_in_the_language_of_pages(client: Client) -> None:
    response = await client.get("/pages/absent?lang=ar", headers=BROWSER)
    text = await response.text()

    assert response.headers["Content-Language"] == "ar"
    assert 'dir="rtl"' in text
    assert "لا يوجد شيء هنا" in text


async def test_the_page_says_when_to_come_back(client: Client) -> None:
    response = await client.get("/pages/quota", headers=BROWSER)

    assert response.status == 429
    assert response.headers["Retry-After"] == "12"
    assert "12" in await response.text()


async def test_the_page_says_what_to_bring(client: Client) -> None:
    response = await client.get("/pages/token", headers=BROWSER)

    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_the_address_of_a_lost_reader_is_not_written_into_the_page(client: Client) -> None:
    response = await client.get("/%3Cscript%3Ealert(1)%3C/script%3E?x=%3Cscript%3E", headers=BROWSER)
    text = await response.text()

    assert response.status == 404
    assert "<script" not in text
    assert "alert(1)" not in text


async def test_the_language_switch_of_a_lost_reader_stays_on_this_host(client: Client) -> None:
    lost = URL(f"{client.make_url('/')}/evil.example/x", encoded=True)
    response = await client.session.get(lost, headers=BROWSER)
    text = await response.text()

    href = text.split('class="switch" href="', 1)[1].split('"', 1)[0]
    assert href == "?lang=ar"
    assert "evil.example" not in text
