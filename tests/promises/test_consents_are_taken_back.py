"""What a person allowed is theirs to see and to take back, and over at once on every worker when they do."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.app import now
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder
from gateway.schema import Country, NationalIdentifier
from gateway.storage.oauth_tables import oauth_grants
from tests.support.asking import Askers, asking_house
from tests.support.entrance import PEOPLE, Browser

WITHIN_SECONDS = 1.0
CLIENT = "kw-moi-app"


@pytest.fixture
async def askers(tmp_path: Path, storage_url: str) -> AsyncIterator[Askers]:
    async with asking_house(tmp_path, storage_url) as askers:
        yield askers


async def own(askers: Askers, browser: Browser, method: str = "GET", path: str = "") -> tuple[int, dict[str, Any]]:
    """What the endpoints for one's own consents say to a browser that is signed in."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    url = f"{askers.url}/v1/me/consents{path}"
    async with askers.entrance.session.request(method, url, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def allow(askers: Askers, browser: Browser) -> str:
    """Allows the program something; the id of the grant."""
    page = await askers.consent_page(browser, await askers.pushed(purpose="enforcement"))
    assert "code" in (await askers.answer(browser, page, "allow")).parameters
    async with askers.entrance.house.doors.parts.storage.reading() as connection:
        (row,) = (await connection.execute(select(oauth_grants).where(oauth_grants.c.revoked_at.is_(None)))).all()
    return str(row.grant_id)


def token(askers: Askers, grant: str = "", *, client: str = CLIENT, scopes: tuple[str, ...] = ("lookups",)) -> str:
    """An access token as the grant's program holds one."""
    number = NationalIdentifier.parse(Country.BH, PEOPLE["bahraini-citizen"].identifiers[0][1], today=now().date())
    holder = Holder("p" * 22, {Country.BH: number}, Country.BH, Assurance.SUBSTANTIAL, session=grant or None)
    return askers.entrance.house.mint.mint(holder, client=client, scopes=scopes)


async def status(askers: Askers, base: str, held: str, path: str = "/v1/me") -> int:
    headers = {"Authorization": f"Bearer {held}"}
    async with askers.entrance.session.get(f"{base}{path}", headers=headers) as answer:
        return answer.status


async def turns_401(askers: Askers, base: str, held: str) -> float:
    """Seconds until a worker refuses the token."""
    began = time.monotonic()
    while await status(askers, base, held) != 401:
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_person_sees_what_they_allow(askers: Askers) -> None:
    browser, other = askers.browser(), askers.browser()
    await allow(askers, browser)
    await other.sign_in("bh-ekey", "resident")

    _, shown = await own(askers, browser)
    (consent,) = shown["consents"]

    assert (consent["client_id"], consent["name"]["en"], consent["agency"]) == (CLIENT, "Traffic app", "kw-traffic")
    assert consent["scopes"] == ["lookups:traffic-fines", "openid"]
    assert consent["purposes"] == ["enforcement"]
    assert consent["given_at"] < consent["expires_at"]
    assert (await own(askers, other))[1] == {"consents": []}


async def test_what_is_taken_back_is_refused_at_once_on_every_worker(askers: Askers) -> None:
    browser = askers.browser()
    held = token(askers, await allow(askers, browser))
    async with askers.entrance.another_worker() as second:
        there = f"http://127.0.0.1:{second.public_port}"
        assert [await status(askers, base, held) for base in (askers.url, there)] == [200, 200]

        answered, left = await own(askers, browser, "DELETE", f"/{CLIENT}")

        assert (answered, left) == (200, {"consents": []})
        assert await status(askers, askers.url, held) == 401
        assert await turns_401(askers, there, held) < WITHIN_SECONDS
    assert (await askers.shown(browser, await askers.pushed(purpose="enforcement"))).status == 200
    assert (await own(askers, browser, "DELETE", f"/{CLIENT}"))[0] == 404
    (entry,) = await askers.sealed("withdraw")
    assert (entry["client"], entry["outcome"]) == (CLIENT, "ok")
    assert entry["subject"]


async def test_the_consents_of_others_are_not_there(askers: Askers) -> None:
    browser, other = askers.browser(), askers.browser()
    held = token(askers, await allow(askers, browser))
    await other.sign_in("bh-ekey", "resident")

    theirs = await own(askers, other, "DELETE", f"/{CLIENT}")
    nobodys = await own(askers, other, "DELETE", "/no-such-program")

    assert theirs[0] == nobodys[0] == 404
    assert {**theirs[1], "request_id": ""} == {**nobodys[1], "request_id": ""}
    assert await status(askers, askers.url, held) == 200


async def test_a_program_manages_nobodys_consents(askers: Askers) -> None:
    browser = askers.browser()
    held = token(askers, await allow(askers, browser))

    assert await status(askers, askers.url, held, "/v1/me/consents") == 403


async def test_a_stopped_program_is_refused_at_once_on_every_worker(askers: Askers) -> None:
    """T23: a disabled client's token is worth nothing within a second."""
    held, other = token(askers), token(askers, client="another-app")
    async with askers.entrance.another_worker() as second:
        there = f"http://127.0.0.1:{second.public_port}"
        assert [await status(askers, base, held) for base in (askers.url, there)] == [200, 200]

        await askers.clients.suspend(CLIENT)

        for base in (askers.url, there):
            assert await turns_401(askers, base, held) < WITHIN_SECONDS
            assert await status(askers, base, other) == 200


async def test_it_is_taken_back_on_a_page_without_scripts(askers: Askers) -> None:
    browser, other = askers.browser(), askers.browser()
    held = token(askers, await allow(askers, browser))
    await other.sign_in("bh-ekey", "resident")

    page = await browser.get("/account/programs")
    theirs = await other.get("/account/programs")
    assert "Traffic fines" in page.words
    assert "To enforce the law" in page.words
    assert "You let no program act for you" in theirs.words
    for form in ("", "x"):
        answer = await browser.post("/account/programs/withdraw", {"form": form, "client": CLIENT})
        assert answer.status == 403
    assert await status(askers, askers.url, held) == 200

    done = await browser.post("/account/programs/withdraw", {"form": page.field("form"), "client": CLIENT})

    assert done.location == f"{askers.url}/account/programs"
    assert "You let no program act for you" in (await browser.get(done.location)).words
    assert await status(askers, askers.url, held) == 401


async def test_the_page_is_for_whoever_is_signed_in(askers: Askers) -> None:
    stranger = await askers.browser().get("/account/programs")

    assert stranger.location == f"{askers.url}/signin?return_to=/account/programs"
