"""An agency's program acts for a person who allowed it: for what they allowed, as long as they do, and no further."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.oauth.exchange import ExchangeGrant
from gateway.oauth.subjects import ACCESS_TOKEN, ID_TOKEN
from tests.support.agency_house import BATCH, PROGRAM_GRANTS, SERVICES, AgencyHouse, agency_house, claims_of, person_of
from tests.support.door import entries
from tests.support.entrance import Browser
from tests.support.programs import BACK
from tests.support.proofs import Holder

FINES, PENSIONS, _ = SERVICES


@pytest.fixture
async def house(tmp_path: Path, storage_url: str) -> AsyncIterator[AgencyHouse]:
    async with agency_house(tmp_path, storage_url, rooms=("bahrain",)) as house:
        yield house


async def withdrawn(house: AgencyHouse, browser: Browser) -> None:
    """The person takes back all that they allowed the program."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    url = f"{house.tokens.url}/v1/me/consents/{BATCH}"
    async with house.tokens.askers.entrance.session.delete(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def test_a_program_acts_for_a_person_within_what_they_allowed(house: AgencyHouse) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES)

    told = await house.exchange(there["id_token"], purpose="service_delivery")

    assert told.status == 200, told.document
    assert (told["issued_token_type"], told["token_type"], told["scope"]) == (ACCESS_TOKEN, "DPoP", FINES)
    assert 0 < told["expires_in"] <= 300
    claims = claims_of(told["access_token"])
    assert (claims["sub"], claims["client_id"], claims["act"]) == (person_of(there), BATCH, {"sub": BATCH})
    assert claims["purposes"] == ["service_delivery"]
    asked = await house.tokens.ask("traffic-fines", told["access_token"], purpose="service_delivery")
    assert asked.status == 200, asked.document
    entry = (await house.tokens.askers.sealed("token"))[-1]
    assert (entry["client"], entry["outcome"]) == (BATCH, "ok")
    assert entry["subject"]


async def test_a_program_that_people_are_sent_to_may_act_for_them_with_its_own_tokens(house: AgencyHouse) -> None:
    app = house.tokens.askers.prover
    await house.admit(
        app, grants=("authorization_code", ExchangeGrant.name), redirect_uris=(BACK,), scopes=("openid", *SERVICES)
    )
    there = await house.tokens.redeem(await house.tokens.code(purpose="service_delivery"))

    for kind, token in ((ID_TOKEN, there["id_token"]), (ACCESS_TOKEN, there["access_token"])):
        told = await house.exchange(token, prover=app, subject_token_type=kind, purpose="service_delivery")
        assert (told.status, told.document.get("scope")) == (200, FINES), told.document


async def test_without_consent_nobody_acts_for_a_person(house: AgencyHouse) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES, client="kw-moi-kiosk")

    refused = await house.exchange(there["id_token"], purpose="service_delivery")

    assert (refused.status, refused.error) == (400, "consent_required")
    (entry,) = [each for each in await house.tokens.askers.sealed("token") if each["outcome"] == "refused"]
    assert (entry["client"], entry["code"]) == (BATCH, "consent_required")


async def test_after_the_person_took_it_back_the_next_call_is_refused_and_so_is_the_next_exchange(
    house: AgencyHouse,
) -> None:
    """A06."""
    browser = house.tokens.askers.browser()
    there = await house.signed_in(browser)
    await house.allow(there, FINES)
    token = (await house.exchange(there["id_token"], purpose="service_delivery"))["access_token"]
    assert await house.tokens.works(token)

    await withdrawn(house, browser)

    assert not await house.tokens.works(token)
    refused = await house.exchange(there["id_token"], purpose="service_delivery")
    assert (refused.status, refused.error) == (400, "consent_required")
    assert await house.tokens.works(there["access_token"])


async def test_what_was_allowed_for_one_purpose_is_refused_for_another_and_logged(house: AgencyHouse) -> None:
    """A07."""
    there = await house.signed_in()
    await house.allow(there, FINES, purposes="service_delivery")

    refused = await house.exchange(there["id_token"], purpose="enforcement")
    assert (refused.status, refused.error) == (400, "consent_required")
    token = (await house.exchange(there["id_token"], purpose="service_delivery"))["access_token"]
    asked = await house.tokens.ask("traffic-fines", token, purpose="enforcement")

    assert (asked.status, asked["code"]) == (403, "purpose_not_consented")
    sealed = [each for each in await entries(house.tokens.askers.entrance.house) if each["service"] == "traffic-fines"]
    assert [(each["outcome"], each["code"]) for each in sealed] == [("refused", "purpose_not_consented")]


async def test_a_scope_beyond_what_was_allowed_is_refused_by_name_and_left_out_otherwise(house: AgencyHouse) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES)

    refused = await house.exchange(there["id_token"], scope=f"{FINES} {PENSIONS}", purpose="service_delivery")
    assert (refused.status, refused.error) == (400, "consent_required")

    for wider in ("lookups", "openid", "offline_access"):
        refused = await house.exchange(there["id_token"], scope=wider, purpose="service_delivery")
        assert (refused.status, refused.error) == (400, "invalid_scope")
    narrowed = await house.exchange(there["id_token"], purpose="service_delivery")
    token = narrowed["access_token"]
    assert narrowed["scope"] == FINES
    asked = await house.tokens.ask("pension-contributions", token, purpose="service_delivery")
    assert (asked.status, asked["code"]) == (403, "insufficient_scope")


async def test_what_comes_of_it_outlives_neither_the_consent_nor_the_token_that_was_shown(house: AgencyHouse) -> None:
    """A08."""
    there = await house.signed_in()
    await house.allow(there, FINES, seconds=3)
    aging = await house.id_token_until(there, 60)

    told = await house.exchange(there["id_token"], purpose="service_delivery")
    await house.allow(there, FINES)
    longer = await house.exchange(aging, purpose="service_delivery")

    assert claims_of(told["access_token"])["exp"] <= time.time() + 3
    assert told["expires_in"] <= 3
    assert claims_of(longer["access_token"])["exp"] <= time.time() + 60
    assert longer["expires_in"] <= 60
    await house.allow(there, FINES, seconds=-1)
    assert (await house.exchange(there["id_token"], purpose="service_delivery")).error == "consent_required"


async def test_a_person_who_signs_out_is_acted_for_no_longer(house: AgencyHouse) -> None:
    browser = house.tokens.askers.browser()
    there = await house.signed_in(browser)
    await house.allow(there, FINES)
    token = (await house.exchange(there["id_token"], purpose="service_delivery"))["access_token"]
    assert await house.tokens.works(token)

    await browser.act("signout")

    await house.tokens.soon_refused(token)
    refused = await house.exchange(there["id_token"], purpose="service_delivery")
    assert (refused.status, refused.error) == (400, "invalid_request")


async def test_a_token_that_another_agency_was_shown_gives_it_nothing(house: AgencyHouse) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES, client=house.stranger.client_id)
    await house.allow(there, FINES)
    assert (await house.exchange(there["id_token"], purpose="service_delivery")).status == 200

    refused = await house.exchange(there["id_token"], prover=house.stranger, purpose="service_delivery")

    assert (refused.status, refused.error) == (400, "invalid_request")


async def test_a_bound_access_token_is_worth_nothing_in_other_hands(house: AgencyHouse) -> None:
    """Not to a program of the same agency, and not with another key."""
    app = house.tokens.askers.prover
    await house.admit(
        app, grants=("authorization_code", *PROGRAM_GRANTS), redirect_uris=(BACK,), scopes=("openid", *SERVICES)
    )
    there = await house.tokens.redeem(await house.tokens.code(purpose="service_delivery"))
    await house.allow(there, FINES)
    fields: dict[str, Any] = {"subject_token_type": ACCESS_TOKEN, "purpose": "service_delivery"}
    assert (await house.exchange(there["access_token"], prover=app, **fields)).status == 200

    copied = await house.exchange(there["access_token"], **fields)
    house.tokens.holder = Holder(clock=time.time)
    other_key = await house.exchange(there["access_token"], prover=app, **fields)

    assert [(told.status, told.error) for told in (copied, other_key)] == [(400, "invalid_request")] * 2


async def test_who_acts_for_a_person_hands_that_on_to_nobody(house: AgencyHouse) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES)
    acting = (await house.exchange(there["id_token"], purpose="service_delivery"))["access_token"]

    again = await house.exchange(acting, subject_token_type=ACCESS_TOKEN, purpose="service_delivery")
    named = await house.exchange(
        there["id_token"], actor_token=acting, actor_token_type=ACCESS_TOKEN, purpose="service_delivery"
    )

    assert [(told.status, told.error) for told in (again, named)] == [(400, "invalid_request")] * 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token": "x.y.z"}, "invalid_request"),
        ({"subject_token_type": ""}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"subject_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"audience": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"purpose": "statistics"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_a_request_of_another_shape_is_refused(house: AgencyHouse, changes: dict[str, str], error: str) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES)
    good: dict[str, Any] = {"purpose": "service_delivery", "requested_token_type": ACCESS_TOKEN}
    assert (await house.exchange(there["id_token"], **good)).status == 200

    refused = await house.exchange(there["id_token"], **good | changes)

    assert (refused.status, refused.error) == (400, error)


async def test_a_program_s_own_token_is_no_person_s(house: AgencyHouse) -> None:
    own = (await house.own_token())["access_token"]

    refused = await house.exchange(own, subject_token_type=ACCESS_TOKEN, purpose="service_delivery")

    assert (refused.status, refused.error) == (400, "invalid_request")


async def test_an_id_token_that_has_expired_is_proof_of_nobody_s_presence(house: AgencyHouse) -> None:
    there = await house.signed_in()
    await house.allow(there, FINES)
    assert (await house.exchange(there["id_token"], purpose="service_delivery")).status == 200
    old = await house.id_token_until(there, -1)

    refused = await house.exchange(old, purpose="service_delivery")

    assert (refused.status, refused.error) == (400, "invalid_request")
