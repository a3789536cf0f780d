"""What an attacker may try at the operators' port, each of it refused: forms, cookies, states, factors and guesses."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.promises.test_operators_see_what_waits import applied, until_parked
from tests.support.console import ConsoleHouse, Person, console_house
from tests.support.entrance import Browser, Seen
from tests.support.passkey import SoftPasskey

BROWSER, SESSION = "__Host-console-browser", "__Host-console"
REASON = "The outbox of Kuwait stands and nobody of security answers."
ACTS = (
    "applications/resend",
    "applications/give-up",
    "clients/approve",
    "clients/suspend",
    "operators/suspend",
    "operators/resume",
    "break-glass",
    "acknowledge",
    "signout",
    "factor/code",
    "factor/passkey",
    "factor/enrol-code",
    "factor/enrol-passkey",
)
FOREIGN = (
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "none"},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:8080"},
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as here:
        yield here


async def test_the_cookies_are_confined(here: ConsoleHouse) -> None:
    person = here.person("viewer")
    begun = await person.browser.get("/console/auth/login")
    half = await person.to_factor(await here.invite())
    whole = await person.enrol_passkey()
    given = [
        (cookie.split("=")[0], sorted(cookie.split("; ")[1:]))
        for seen in (begun, half, whole)
        for cookie in seen.cookies
    ]

    assert given == [
        (BROWSER, ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"]),
        (SESSION, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]),
        (SESSION, ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]),
    ]


async def test_a_form_without_its_own_token_does_nothing(here: ConsoleHouse) -> None:
    person, other = await here.operator("everything"), await here.operator("security")
    client = await here.register()
    theirs = (await other.desk()).field("form")

    for act in ACTS:
        for form in ({}, {"form": ""}, {"form": "x"}, {"form": "\u0661"}, {"form": theirs}):
            answer = await person.browser.post(f"/console/{act}", {**form, "client": client, "operator": "x"})
            assert answer.status == 403, (act, form)
    assert await here.standing(client) == "pending"
    assert (await person.desk()).status == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_form_that_another_site_sends_does_nothing(here: ConsoleHouse, headers: dict[str, str]) -> None:
    person = await here.operator("everything")
    form = (await person.desk()).field("form")

    for act in ACTS:
        assert (await person.browser.post(f"/console/{act}", {"form": form}, **headers)).status == 403, act
    assert (await person.desk()).status == 200


async def test_nothing_is_done_by_looking(here: ConsoleHouse) -> None:
    person = await here.operator("everything")
    form = (await person.desk()).field("form")

    for act in ACTS:
        assert (await person.browser.get(f"/console/{act}?form={form}")).status == 405, act


async def test_the_secret_of_half_a_session_is_worth_nothing_once_it_is_whole(here: ConsoleHouse) -> None:
    person = await here.operator("viewer")
    await person.act("signout")
    await person.to_factor()
    planted = dict(person.browser.cookies)
    await person.show_passkey()
    thief = Browser(here.url, here.session, planted)

    assert (await thief.get("/console")).location == f"{here.url}/console/signin"
    assert person.browser.cookies[SESSION] != planted[SESSION]


async def test_a_citizen_s_cookies_and_states_open_nothing_here(here: ConsoleHouse) -> None:
    person = await here.operator("viewer")
    person.browser.cookies = {"__Host-session": person.browser.cookies[SESSION]}

    assert (await person.desk()).location == f"{here.url}/console/signin"


@pytest.mark.parametrize("value", ["", "x" * 4000, '"a\\000b"', "\u0661", "A" * 43])
async def test_no_cookie_breaks_anything(here: ConsoleHouse, value: str) -> None:
    browser = here.person("viewer").browser

    assert (await browser.get("/console", Cookie=f"{SESSION}={value}")).location == f"{here.url}/console/signin"


async def test_whoever_began_a_sign_in_must_end_it_in_the_same_browser_and_once(here: ConsoleHouse) -> None:
    person, thief = here.person("viewer"), here.person("viewer")
    invitation = await here.invite()
    begun = await person.browser.get(f"/console/auth/login?invitation={invitation}")
    back = await person.browser.decide(await person.browser.get(begun.location), "viewer")
    await thief.browser.get("/console/auth/login")

    assert (await thief.browser.get(back)).status == 400
    assert (await person.browser.get(back)).status == 303
    assert (await person.browser.get(back)).status == 400


async def test_an_invitation_is_not_spent_by_looking_and_is_good_once(here: ConsoleHouse) -> None:
    invitation, first, second = await here.invite(), here.person("viewer"), here.person("operator")
    for _ in range(3):
        assert (await second.browser.get(f"/console/invitation/{invitation}")).status == 200

    assert (await first.to_factor(invitation)).status == 303
    again = await second.to_factor(invitation)
    assert (again.status, "no longer good" in again.words) == (403, True)
    assert (await second.to_factor("A" * 43)).status == 403
    for wrong in ("x", "A" * 44, "%2e" * 43, "%D9%A1" * 43):
        assert (await second.browser.get(f"/console/invitation/{wrong}")).status == 404


async def test_whoever_left_before_enrolling_needs_a_new_invitation(here: ConsoleHouse) -> None:
    person = here.person("viewer")
    await person.to_factor(await here.invite())
    await person.to_factor()

    page = await person.factor()

    assert (page.status, "without an invitation" in page.words) == (403, True)


async def test_without_a_role_at_the_provider_nobody_comes_in(here: ConsoleHouse) -> None:
    invitation = await here.invite()
    gardener = await here.person("gardener").to_factor(invitation)
    assert (gardener.status, "gives you no role" in gardener.words) == (403, True)
    person = await here.operator("security")
    await person.act("signout")
    here.provider.groups["security"] = ("gardens",)

    assert (await person.to_factor()).status == 403
    assert (await here.person("viewer").to_factor(invitation)).status == 303, "a refusal does not spend an invitation"


async def test_the_provider_gives_no_more_than_the_invitation_does(here: ConsoleHouse) -> None:
    person = await here.operator("everything", ["operator:BH"])

    assert "Operator (Bahrain)" in (await person.desk()).words
    assert "Security" not in (await person.desk()).words.split("Session began")[0]
    assert (await person.browser.get("/console/operators")).status == 403
    outsider = await here.person("viewer").to_factor(await here.invite("x", ["security"]))
    assert outsider.status == 403


async def test_one_code_signs_in_once_though_two_workers_are_asked_at_the_same_time(here: ConsoleHouse) -> None:
    person = here.person("viewer")
    await person.to_factor(await here.invite())
    await person.enrol_phone()
    assert person.phone is not None
    async with here.another_worker() as doors:
        other = Person("viewer", Browser(f"http://localhost:{doors.operators_port}", here.session), person.passkey)
        await person.act("signout")
        await person.to_factor()
        other.browser.cookies = dict(person.browser.cookies)
        code = person.phone.code(1)
        pages = [await each.factor() for each in (person, other)]

        async def show(each: Person, page: Seen) -> Seen:
            return await each.browser.post("/console/factor/code", {"form": page.field("form"), "code": code})

        answers = await asyncio.gather(*(show(*pair) for pair in zip((person, other), pages, strict=True)))

        assert sorted(answer.status for answer in answers) in ([303, 422], [303, 303])
        assert [answer.location for answer in answers].count(f"{here.url}/console") + [
            answer.location for answer in answers
        ].count(f"{other.browser.base}/console") == 1
        again = here.person("viewer")
        await again.to_factor()
        assert (await again.show_code(code)).status == 422


async def test_guessing_a_code_ends_soon_for_all_sessions_of_the_operator(here: ConsoleHouse) -> None:
    person = here.person("viewer")
    await person.to_factor(await here.invite())
    await person.enrol_phone()
    assert person.phone is not None
    right = person.phone.code(1)
    statuses = []
    for place in range(7):
        if place % 3 == 0:
            await person.act("signout") if place == 0 else None
            await person.to_factor()
        statuses.append((await person.show_code("000000" if right != "000000" else "000001")).status)

    assert statuses == [422] * 5 + [429] * 2
    assert (await person.show_code(right)).status == 429


LIES = ({"origin": "https://evil.example"}, {"challenge": "A" * 43}, {"type": "webauthn.create"}, {"crossOrigin": True})


@pytest.mark.parametrize("lie", LIES, ids=str)
async def test_a_forged_passkey_answer_signs_nobody_in(here: ConsoleHouse, lie: dict[str, object]) -> None:
    person = await here.operator("viewer")
    await person.act("signout")
    await person.to_factor()

    assert (await person.show_passkey(**lie)).status == 422
    assert (await person.desk()).location == f"{here.url}/console/factor"
    assert (await person.show_passkey()).status == 303


async def test_somebody_else_s_passkey_and_a_copied_one_sign_nobody_in(here: ConsoleHouse) -> None:
    person, other = await here.operator("viewer"), await here.operator("operator")
    await person.act("signout")
    await person.sign_in()
    copy = SoftPasskey(**{**vars(person.passkey), "count": 0})
    await person.act("signout")
    await person.to_factor()
    own, person.passkey = person.passkey, other.passkey
    assert (await person.show_passkey()).status == 422
    person.passkey = copy
    assert (await person.show_passkey()).status == 422
    person.passkey = own
    assert (await person.show_passkey()).status == 303


async def test_a_session_ended_on_one_worker_is_over_on_the_other(here: ConsoleHouse) -> None:
    person, guard = await here.operator("viewer"), await here.operator("security")
    async with here.another_worker() as doors:
        twin = Browser(f"http://localhost:{doors.operators_port}", here.session, dict(person.browser.cookies))
        assert (await twin.get("/console")).status == 200
        await guard.act("operators/suspend", "/console/operators", operator=await here.number("viewer"))

        assert (await twin.get("/console")).location.endswith("/console/signin")


async def test_another_host_s_name_is_not_answered(here: ConsoleHouse) -> None:
    answer = await here.person("viewer").browser.get("/console/signin", Host="evil.example")

    assert answer.status == 400


async def test_beginning_sign_ins_without_end_is_slowed_down(tmp_path: Path) -> None:
    async with console_house(tmp_path, sign_ins_per_minute=4) as here:
        browser = here.person("viewer").browser

        begun = [(await browser.get("/console/auth/login")).status for _ in range(5)]
        ended = await browser.get("/console/auth/callback?state=x")

        assert begun == [303, 303, 303, 303, 429]
        assert ended.status == 429


async def test_an_operator_of_one_state_neither_sees_nor_moves_what_is_of_another(tmp_path: Path) -> None:
    async with console_house(tmp_path, rooms=["example"]) as here:
        sandbox = here.house.sandboxes["example"]
        secrets, sandbox.secrets = sandbox.secrets, {**sandbox.secrets, "api_key": "changed without telling us"}
        parked = (await applied(here.house)).id
        await until_parked(here.house)
        omani, bahraini = await here.operator("operator", ["operator:OM"]), await here.operator("bahrain")
        viewer = await here.operator("viewer")
        page = "/console/applications"

        assert parked in (await omani.browser.get(page)).text
        assert parked in (await viewer.browser.get(page)).text
        assert parked not in (await bahraini.browser.get(page)).text
        for person in (bahraini, viewer):
            for act in ("resend", "give-up"):
                answer = await person.act(f"applications/{act}", application=parked)
                assert answer.status == 403
        assert parked in (await omani.browser.get(page)).text
        sandbox.secrets = secrets
        assert (await omani.act("applications/resend", page, application=parked)).status == 303
        assert parked not in (await omani.browser.get(page)).text
        entries = await here.entries(await here.number("bahrain"))
        assert [(each["step"], each["code"], each["country"]) for each in entries if each.get("application")] == [
            ("resend", "operator_role_missing", "OM"),
            ("give-up", "operator_role_missing", "OM"),
        ]
