"""A person lets a device in that stands before them, on pages that say who asks and where, and nobody else can."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.oauth.device_grant import DeviceGrant
from gateway.oauth.devices import INTERVAL
from tests.support.agency_house import KIOSK, SERVICES, AgencyHouse, agency_house, claims_of
from tests.support.entrance import SESSION, Browser, Seen
from tests.support.programs import Prover
from tests.support.token_house import Told

FINES = SERVICES[0]
PLACE = "Hawally service centre, desk 3"


@pytest.fixture
async def house(tmp_path: Path, storage_url: str) -> AsyncIterator[AgencyHouse]:
    async with agency_house(tmp_path, storage_url, rooms=("bahrain",)) as house:
        yield house


async def begun(house: AgencyHouse, prover: Prover | None = None, **fields: str) -> Told:
    """What the kiosk is told that asks to be let in."""
    asked = {"scope": FINES, "purpose": "service_delivery", "place": PLACE} | fields
    return await house.tokens.post("/oauth/device_authorization", asked, prover=prover or house.kiosk)


async def polled(house: AgencyHouse, codes: Told, prover: Prover | None = None) -> Told:
    """What the kiosk is told that asks for its tokens, as late as it was told to."""
    await house.wait_for_devices(INTERVAL)
    return await house.ask(prover or house.kiosk, DeviceGrant.name, device_code=codes["device_code"])


async def at_the_entry(
    house: AgencyHouse, persona: str = "bahraini-citizen", path: str = "/device"
) -> tuple[Browser, Seen]:
    """A person who signed in on the way, at the page where the code is typed."""
    browser = house.tokens.askers.browser()
    turned = await browser.get(path)
    assert turned.status == 303
    done = await browser.sign_in("bh-ekey", persona, "?" + urlsplit(turned.location).query)
    return browser, await browser.get(done.location)


async def typed(browser: Browser, page: Seen, code: str) -> Seen:
    return await browser.post("/device", {"form": page.field("form"), "code": code})


async def decided(browser: Browser, page: Seen, decision: str, **more: str) -> Seen:
    fields = {"form": page.field("form"), "code": page.field("code"), "decision": decision} | more
    answered = await browser.post("/device/decide", fields)
    return await browser.get(answered.location) if answered.status == 303 else answered


async def test_a_kiosk_is_let_in_by_the_person_before_it(house: AgencyHouse) -> None:
    codes = await begun(house)
    assert codes.status == 200, codes.document
    assert (codes["expires_in"], codes["interval"]) == (600, INTERVAL)
    assert codes["verification_uri"] == f"{house.tokens.url}/device"
    assert codes["verification_uri_complete"] == f"{house.tokens.url}/device?code={codes['user_code']}"
    assert (await polled(house, codes)).error == "authorization_pending"
    browser, entry = await at_the_entry(house)

    page = await typed(browser, entry, codes["user_code"].lower().replace("-", " "))
    assert page.status == 200, page.words
    for shown in (codes["user_code"], PLACE, "127.0.0.0/24", "Traffic app", "Traffic fines"):
        assert shown in page.words
    done = await decided(browser, page, "allow")

    assert "let in" in done.words
    told = await polled(house, codes)
    assert told.status == 200, told.document
    assert (told["scope"], told["token_type"]) == (FINES, "DPoP")
    claims = claims_of(told["access_token"])
    assert (claims["client_id"], claims["purposes"]) == (KIOSK, ["service_delivery"])
    assert (await house.tokens.ask("traffic-fines", told["access_token"], purpose="service_delivery")).status == 200
    assert [each["outcome"] for each in await house.tokens.askers.sealed("device")] == ["ok"]
    assert (await polled(house, codes)).error == "invalid_grant"


async def test_a_kiosk_that_the_person_turns_away_is_told(house: AgencyHouse) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)

    done = await decided(browser, await typed(browser, entry, codes["user_code"]), "deny")

    assert "not let in" in done.words
    refused = await polled(house, codes)
    assert (refused.status, refused.error) == (400, "access_denied")
    (entry_,) = await house.tokens.askers.sealed("device")
    assert (entry_["outcome"], entry_["code"], entry_["client"]) == ("refused", "access_denied", KIOSK)


async def test_a_kiosk_that_asks_too_often_is_slowed_down_and_its_questions_fill_no_record(house: AgencyHouse) -> None:
    codes = await begun(house)

    told = [await house.ask(house.kiosk, DeviceGrant.name, device_code=codes["device_code"]) for _ in range(3)]

    assert [each.error for each in told] == ["slow_down"] * 3
    assert await house.tokens.askers.sealed("token") == []


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_on_a_browser_that_is_not_their_own_the_person_is_signed_out(house: AgencyHouse, decision: str) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    page = await typed(browser, entry, codes["user_code"])
    held = dict(browser.cookies)

    done = await decided(browser, page, decision)

    assert SESSION not in browser.cookies
    assert "signed out" in done.words
    browser.cookies = held
    assert (await browser.get("/account")).status == 303


async def test_on_their_own_browser_the_person_stays_signed_in(house: AgencyHouse) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)

    done = await decided(browser, await typed(browser, entry, codes["user_code"]), "allow", own="yes")

    assert "still signed in" in done.words
    assert (await browser.get("/account")).status == 200


async def test_what_a_device_was_given_outlives_the_session_and_is_taken_back_by_the_person(
    house: AgencyHouse,
) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    await decided(browser, await typed(browser, entry, codes["user_code"]), "allow")
    token = (await polled(house, codes))["access_token"]
    assert await house.tokens.works(token)
    again, _ = await at_the_entry(house)
    (consent,) = await consents(house, again)
    assert (consent["client_id"], consent["scopes"]) == (KIOSK, [FINES])
    assert datetime.fromisoformat(consent["expires_at"]) < datetime.now(UTC) + timedelta(minutes=31)

    assert await consents(house, again, "DELETE", f"/{KIOSK}") == []

    await house.tokens.soon_refused(token)


async def test_a_consent_that_lasts_longer_is_not_cut_short_by_a_visit(house: AgencyHouse) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    there = await house.signed_in(browser)
    await house.allow(there, FINES, client=KIOSK, seconds=86_400)
    before = await consents(house, browser)

    await decided(browser, await typed(browser, entry, codes["user_code"]), "allow", own="yes")

    assert await consents(house, browser) == before


async def consents(house: AgencyHouse, browser: Browser, method: str = "GET", path: str = "") -> list[dict[str, Any]]:
    """What the person allows, after what was done."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    url = f"{house.tokens.url}/v1/me/consents{path}"
    async with house.tokens.askers.entrance.session.request(method, url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        found: list[dict[str, Any]] = (await answer.json())["consents"]
        return found


async def test_a_code_in_a_link_only_fills_the_field_in(house: AgencyHouse) -> None:
    codes = await begun(house)

    _, entry = await at_the_entry(house, path=f"/device?code={codes['user_code']}")

    assert entry.field("code") == codes["user_code"]
    assert "in front of you" in entry.words
    assert (await polled(house, codes)).error == "authorization_pending"


async def test_nobody_decides_without_the_form_of_their_own_session(house: AgencyHouse) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    _, theirs = await at_the_entry(house, "resident")
    page = await typed(browser, entry, codes["user_code"])

    for form in ("", theirs.field("form")):
        refused = await browser.post("/device/decide", {"form": form, "code": codes["user_code"], "decision": "allow"})
        assert refused.status == 403
    elsewhere = await browser.post(
        "/device/decide",
        {"form": page.field("form"), "code": codes["user_code"], "decision": "allow"},
        Origin="https://evil.example",
    )
    assert elsewhere.status == 403
    assert (await polled(house, codes)).error == "authorization_pending"


async def test_a_code_that_nobody_shows_is_told_beside_its_field_and_trying_many_is_stopped(house: AgencyHouse) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    unknown = await typed(browser, entry, "BCDF-BCDF")
    assert unknown.status == 422
    assert "No device" in unknown.words or "type it again" in unknown.words

    statuses = [(await typed(browser, entry, "BCDF-BCDF")).status for _ in range(12)]

    assert statuses[-1] == 429
    assert (await typed(browser, entry, codes["user_code"])).status == 429


async def test_a_program_is_shown_where_it_says_that_it_stands_in_plain_letters_only(house: AgencyHouse) -> None:
    for place in ("desk\u202e3", "desk\n3", "\u200b", "x" * 81):
        refused = await begun(house, place=place)
        assert (refused.status, refused.error) == (400, "invalid_request")
    codes = await begun(house, place="<b>Desk</b>")
    browser, entry = await at_the_entry(house)

    page = await typed(browser, entry, codes["user_code"])

    assert "<b>Desk</b>" in page.words
    assert "<b>Desk" not in page.text


async def test_only_programs_with_keys_that_are_registered_for_it_begin(house: AgencyHouse) -> None:
    assert (await begun(house)).status == 200

    unregistered = await begun(house, house.batch)
    forged = await begun(house, Prover(client_id=KIOSK, issuer=house.kiosk.issuer))
    public = await house.tokens.post("/oauth/device_authorization", {"client_id": "bh-pocket", "scope": "openid"})
    wider = await begun(house, scope="lookups")

    assert [(told.status, told.error) for told in (unregistered, forged, public, wider)] == [
        (400, "unauthorized_client"),
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "invalid_scope"),
    ]


async def test_the_codes_of_one_program_are_worth_nothing_to_another(house: AgencyHouse) -> None:
    other: Any = Prover(client_id="kw-other-kiosk", issuer=house.kiosk.issuer)
    await house.admit(other, grants=(DeviceGrant.name,))
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    await decided(browser, await typed(browser, entry, codes["user_code"]), "allow")

    assert (await polled(house, codes, other)).error == "invalid_grant"

    assert (await polled(house, codes)).status == 200


async def test_a_program_that_was_suspended_meanwhile_is_let_in_by_nobody(house: AgencyHouse) -> None:
    codes = await begun(house)
    browser, entry = await at_the_entry(house)
    page = await typed(browser, entry, codes["user_code"])
    await house.tokens.askers.clients.suspend(KIOSK)

    refused = await decided(browser, page, "allow")

    assert refused.status == 400
    assert (await polled(house, codes)).error == "invalid_client"
