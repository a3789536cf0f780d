"""Operators sign in on their own port with two factors and do what their post allows; the ledger knows all of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import now
from gateway.app.operators import operator_desk, rehearse_operators
from gateway.errors import ConfigurationError
from gateway.operators.settings import OperatorSettings
from gateway.settings import ProviderWiring, Settings
from tests.support.console import ConsoleHouse, console_house

SIGNED_IN = 200
LED_AWAY, FORBIDDEN, NOT_FOUND = 303, 403, 404
REASON = "The outbox of Kuwait stands and nobody of security answers."
PAGES = ("", "/applications", "/clients", "/operators")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as here:
        yield here


async def test_an_invitation_leads_by_the_provider_and_a_passkey_to_the_desk(here: ConsoleHouse) -> None:
    person = here.person("security")
    invitation = await here.invite("Noura")
    first = await person.browser.get(f"/console/invitation/{invitation}")
    assert "invited" in first.words

    assert (await person.to_factor(invitation)).location == f"{here.url}/console/factor"
    assert (await person.enrol_passkey()).location == f"{here.url}/console"
    desk = await person.desk()

    assert desk.status == SIGNED_IN
    assert "Security (all states)" in desk.words
    assert "Passkey" in desk.words


async def test_a_telephone_does_as_well_and_another_factor_may_be_added(here: ConsoleHouse) -> None:
    person = here.person("operator")
    await person.to_factor(await here.invite())
    assert (await person.enrol_phone()).location == f"{here.url}/console"
    assert (await person.enrol_passkey()).location == f"{here.url}/console"
    await person.act("signout")

    assert (await person.sign_in()).location == f"{here.url}/console"
    await person.act("signout")
    await person.to_factor()
    assert person.phone is not None
    assert (await person.show_code(person.phone.code(1))).location == f"{here.url}/console"


async def test_nobody_sees_a_page_before_both_factors(here: ConsoleHouse) -> None:
    await here.operator("everything")
    stranger, half = here.person("everything"), here.person("everything")
    await half.to_factor()

    for page in PAGES:
        assert (await stranger.browser.get(f"/console{page}")).location == f"{here.url}/console/signin", page
        assert (await half.browser.get(f"/console{page}")).location == f"{here.url}/console/factor", page
    for act in ("applications/resend", "clients/approve", "operators/suspend", "break-glass", "acknowledge", "signout"):
        form = (await half.factor()).field("form")
        assert (await stranger.browser.post(f"/console/{act}", {"form": form})).location.endswith("/console/signin")
        assert (await half.browser.post(f"/console/{act}", {"form": form})).location.endswith("/console/factor")


async def test_every_step_is_in_the_ledger_under_the_operator_s_pseudonym(here: ConsoleHouse) -> None:
    person = await here.operator("viewer")
    await person.desk()
    refused = await person.act("clients/approve", client="nobody")
    await person.browser.get("/console/operators")
    await person.act("break-glass", role="operator", minutes="5", reason=REASON)
    await person.act("signout")

    number = await here.number("viewer")
    entries = await here.entries(number)
    steps = [(each["step"], each["outcome"], each.get("code")) for each in entries if each["step"] != "see-console"]
    assert refused.status == NOT_FOUND
    assert steps == [
        ("first-factor", "ok", None),
        ("enrol", "ok", None),
        ("see-operators", "refused", "operator_role_missing"),
        ("break-glass", "ok", None),
        ("sign-out", "ok", None),
    ]
    assert {each["service"] for each in entries} == {"operators"}
    assert number not in str(entries)
    assert "Kuwait" not in str(entries)


async def test_programs_are_judged_by_security_and_by_nobody_below(here: ConsoleHouse) -> None:
    registered = await here.register()
    operator, security = await here.operator("operator"), await here.operator("security")
    page = await operator.browser.get("/console/clients")
    assert registered in page.text

    seen = {"client": registered, "version": page.field("version")}
    denied = await operator.act("clients/approve", "/console/clients", **seen)
    allowed = await security.act("clients/approve", "/console/clients", **seen)

    assert (denied.status, allowed.status) == (FORBIDDEN, LED_AWAY)
    assert await here.standing(registered) == "approved"
    stopped = await security.act("clients/suspend", "/console/clients", client=registered)
    assert stopped.status == LED_AWAY
    assert await here.standing(registered) == "suspended"


async def test_a_program_is_approved_only_as_the_operator_saw_it(here: ConsoleHouse) -> None:
    registered = await here.register()
    security = await here.operator("security")
    version = (await security.browser.get("/console/clients")).field("version")
    await here.register(redirect_uris=("https://app.moi.example/changed",))

    for seen in ({"version": version}, {"version": ""}, {}):
        late = await security.act("clients/approve", "/console/clients", client=registered, **seen)
        assert late.status == 409
    assert await here.standing(registered) == "pending"
    version = (await security.browser.get("/console/clients")).field("version")
    again = await security.act("clients/approve", "/console/clients", client=registered, version=version)
    assert (again.status, await here.standing(registered)) == (LED_AWAY, "approved")


async def test_broken_glass_alarms_everybody_until_somebody_else_has_looked(here: ConsoleHouse) -> None:
    person, other = await here.operator("operator"), await here.operator("everything")
    assert (await person.act("operators/suspend", operator=await here.number("everything"))).status == FORBIDDEN

    broken = await person.act("break-glass", role="security", minutes="30", reason=REASON)

    assert broken.status == LED_AWAY
    assert "Security (all states)" in (await person.desk()).words
    assert (await person.browser.get("/console/operators")).status == SIGNED_IN
    assert "An operator has taken a higher role" in (await other.browser.get("/console/applications")).words
    desk = await other.desk()
    assert REASON in desk.words
    alarm = desk.field("alarm")
    assert (await person.act("acknowledge", alarm=alarm)).status == 409
    metrics = await (await here.session.get(f"{here.house.operators_url}/metrics")).text()
    assert 'bawaba_operator_break_glass_total{role="security"} 1.0' in metrics
    assert "bawaba_operator_alarms 1.0" in metrics
    assert (await other.act("acknowledge", alarm=alarm)).status == LED_AWAY
    assert "higher role" not in (await person.browser.get("/console/applications")).words


async def test_a_reason_that_is_none_is_asked_for_again(here: ConsoleHouse) -> None:
    person = await here.operator("operator")

    answer = await person.act("break-glass", role="security", minutes="90", reason="because")

    assert (answer.status, "at least twenty characters" in answer.words) == (422, True)
    assert "higher role" not in (await person.browser.get("/console/applications")).words


async def test_suspended_from_the_console_or_the_command_line_an_operator_is_out_at_once(here: ConsoleHouse) -> None:
    guard, one, two = [await here.operator(who) for who in ("security", "viewer", "operator")]
    assert (await guard.act("operators/suspend", "/console/operators", operator=await here.number("viewer"))).status
    async with operator_desk(here.settings, now) as desk:
        await desk.accounts.suspend(await here.number("operator"))

    for person in (one, two):
        assert (await person.desk()).location == f"{here.url}/console/signin"
        again = await person.to_factor()
        assert (again.status, "may not enter" in again.words) == (FORBIDDEN, True)
    own = await guard.act("operators/suspend", "/console/operators", operator=await here.number("security"))
    assert own.status == 409
    await guard.act("operators/resume", "/console/operators", operator=await here.number("viewer"))
    assert (await one.sign_in()).location == f"{here.url}/console"


async def test_health_and_measures_need_no_operator(here: ConsoleHouse) -> None:
    for path in ("healthz", "readyz", "metrics"):
        async with here.session.get(f"{here.house.operators_url}/{path}") as answer:
            assert answer.status == SIGNED_IN


async def test_the_public_port_knows_no_console(here: ConsoleHouse) -> None:
    for page in ("/console", "/console/signin", "/console/passkey.js"):
        async with here.session.get(f"{here.house.url}{page}") as answer:
            assert answer.status == NOT_FOUND


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"provider": "nobody"}, "operators.provider"),
        ({"provider": "sa-nafath", "endpoints": {"main": "http://127.0.0.1:1"}}, "providers.sa-nafath"),
        ({"roles": {}}, "operators.roles"),
        ({"roles": {"x": "king"}}, "operators.roles.x"),
        ({"role_claim": "groups"}, "operators.role_claim"),
        ({"endpoints": {}}, "providers.operators-idp.endpoints.issuer"),
        ({"secrets": {"client_id": "x"}}, "providers.operators-idp.secrets.client_secret"),
    ],
)
async def test_a_wrong_setting_stops_the_start_by_its_name(
    tmp_path: Path, changes: dict[str, Any], setting: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        async with console_house(tmp_path, **changes):
            pass

    assert str(refused.value.field).startswith(setting)


def test_a_provider_of_people_is_none_of_operators() -> None:
    section = OperatorSettings(provider="bh-ekey", roles={"x": "viewer"})
    settings = Settings(operators=section, providers={"bh-ekey": ProviderWiring(endpoints={})})

    with pytest.raises(ConfigurationError) as refused:
        rehearse_operators(settings, now)

    assert "is one that people sign in with" in str(refused.value.facts["problem"])


def test_without_a_provider_there_is_no_console() -> None:
    assert OperatorSettings().provider == ""
