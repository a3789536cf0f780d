"""Every page of an agency, whichever there are, is shut to strangers, other agencies, small roles and forgers."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.agencies.acting import Role
from gateway.identity.principal import Assurance
from gateway.storage.registry_tables import registry_agencies
from gateway.storage.tables import metadata, sessions
from tests.support.agency_pages import (
    DIGEST,
    HOME,
    JWK,
    ONE,
    PARTNER,
    PERSONAS,
    WHOM,
    Bureau,
    Clerk,
    bureau,
    code_of,
    form_of,
    furnish,
    join,
    mandate,
)
from tests.support.entrance import Seen
from tests.support.fisheries import ADAPTER, AGENCY

GAPS = {"agency": AGENCY, "adapter": ADAPTER, "version": "1.3.0", "mandate": "0" * 24}
READ = "/agency/{agency}"


@dataclass(frozen=True)
class Door:
    method: str
    path: str

    def address(self, **gaps: str) -> str:
        return re.sub(r"{(\w+)}", lambda gap: {**GAPS, **gaps}[gap[1]], self.path)


@dataclass
class Place:
    """The agency with its owner, and every door of its pages."""

    bureau: Bureau
    owner: Clerk
    doors: Sequence[Door]

    async def knock(self, clerk: Clerk, door: Door, form: Mapping[str, str], **gaps: str) -> Seen:
        if door.method == "GET":
            return await clerk.see(door.address(**gaps))
        return await clerk.browser.post(door.address(**gaps), dict(form))

    async def everything(self) -> Mapping[str, Sequence[Any]]:
        """All that stands in the registry."""
        found = {}
        async with self.bureau.storage.reading() as connection:
            for name, table in metadata.tables.items():
                if name.startswith("registry_"):
                    found[name] = (await connection.execute(select(table))).all()
        return found


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with bureau(tmp_path) as here:
        owner = await furnish(here)
        routes = here.gate.house.doors.parts.public.router.routes()
        doors = [
            Door(each.method, each.resource.canonical)
            for each in routes
            if each.resource and each.resource.canonical.startswith(READ) and each.method != "HEAD"
        ]
        assert len(doors) > 25
        yield Place(here, owner, doors)


async def token(clerk: Clerk) -> dict[str, str]:
    """A form's token, good for every form of the session."""
    form = await clerk.form("/agency/join", "/agency/join")
    return {"form": form["form"], "nonce": form["nonce"]}


def plain(page: Seen) -> str:
    """The page without its request's number."""
    return re.sub(r"[0-9a-f]{32}", "", page.words)


async def test_another_agencys_pages_are_not_there(place: Place) -> None:
    stranger = await place.bureau.clerk(PERSONAS[1])
    await join(stranger, await place.bureau.invited("om-ports"))
    form, before = await token(stranger), await place.everything()

    for door in place.doors:
        theirs = await place.knock(stranger, door, form)
        absent = await place.knock(stranger, door, form, agency="om-nowhere", adapter="om_nowhere")
        own = await place.knock(stranger, door, form, agency="om-ports")
        assert (theirs.status, absent.status) == (404, 404), door
        assert plain(theirs) == plain(absent), door
        if "{adapter}" in door.path or "{mandate}" in door.path:
            assert own.status == 404, door

    assert await place.everything() == before


async def test_who_is_not_signed_in_is_led_to_where_they_sign_in(place: Place) -> None:
    browser = place.bureau.gate.browser()

    for door in (*place.doors, Door("GET", "/agency"), Door("GET", "/agency/join")):
        answer = await browser.get(door.address()) if door.method == "GET" else await browser.post(door.address(), {})
        back = door.address() if door.method == "GET" else "/agency"
        assert (answer.status, answer.headers["Location"]) == (303, f"/signin?return_to={back}"), door


async def test_a_form_without_its_token_or_from_another_site_does_nothing(place: Place) -> None:
    form, before = await token(place.owner), await place.everything()
    other = await token(await place.bureau.clerk(PERSONAS[1]))

    for door in place.doors:
        if door.method == "POST":
            path = door.address()
            bare = await place.owner.browser.post(path, {"nonce": "x"})
            lent = await place.owner.browser.post(path, other)
            across = await place.owner.browser.post(path, form, Origin="https://evil.example")
            assert {bare.status, lent.status, across.status} == {403}, door
            assert "form" in bare.words.lower()

    assert await place.everything() == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.INTEGRATOR])
async def test_a_role_is_offered_what_it_may_do_and_refused_the_rest(place: Place, role: Role) -> None:
    clerk = await place.bureau.colleague(place.owner, role.value)
    form = await token(clerk)
    integrator = {"secrets", "adapters"} if role is Role.INTEGRATOR else set()

    offered = await clerk.offers(ONE)
    assert offered == ({"new", "set", "delete"} if role is Role.INTEGRATOR else set())
    assert await clerk.offers(f"{HOME}/members") == set()
    assert await clerk.offers(f"{HOME}/keys") == set()
    assert await clerk.offers(HOME) == ({"adapters"} if integrator else set())
    before = await place.everything()
    for act in ("pause", "resume", "promote", "roll-back"):
        assert (await clerk.browser.post(f"{ONE}/{act}", form)).status == 403, act
    for path, fields in (
        (f"{HOME}/members/invite", {"name": "X", "role": "owner"}),
        (f"{HOME}/members/remove", {"member": "x"}),
        (f"{HOME}/members/role", {"member": "x", "role": "owner"}),
        (f"{HOME}/keys/revoke", {"name": JWK["kid"]}),
        (f"{HOME}/mandates/new", mandate()),
        (f"{ONE}/go-live", {"version": "1.0.0", "share": "1"}),
        (f"{ONE}/withdraw", {"version": "1.2.0"}),
    ):
        refused = await clerk.browser.post(path, form | fields)
        assert (refused.status, "role in the agency" in refused.words) == (403, True), path
    assert await place.everything() == before


async def test_a_suspended_agency_is_offered_what_stops_alone(place: Place) -> None:
    async with place.bureau.storage.writing() as connection:
        await connection.execute(
            update(registry_agencies).where(registry_agencies.c.agency_id == AGENCY).values(standing="suspended")
        )

    assert await place.owner.offers(ONE) == {"withdraw", "pause", "delete", "retire"}
    assert "An operator has suspended" in (await place.owner.see(HOME)).words
    assert "is registered and has not passed" not in (await place.owner.see("/agency")).words


async def test_members_are_invited_given_another_role_and_removed(place: Place) -> None:
    colleague = await place.bureau.colleague(place.owner, "viewer")
    members = f"{HOME}/members"
    page = await place.owner.see(members)
    ids = re.findall(r'name="member" value="([^"]+)"', page.text)
    other = next(each for each in reversed(ids))

    changed = await place.owner.act(f"{members}/role", members, member=other, role="integrator")
    assert changed.location.endswith("?done=role")
    assert "set" in await colleague.offers(ONE)
    removed = await place.owner.act(f"{members}/remove", members, member=other)
    assert removed.location.endswith("?done=removed")
    assert (await colleague.see(HOME)).status == 404
    last = await place.owner.act(f"{members}/remove", members)
    assert (last.status, "There must be an owner" in last.words) == (409, True)
    nameless = await place.owner.act(f"{members}/invite", members, name=" ")
    assert (nameless.status, "aria-invalid" in nameless.text) == (422, True)


async def test_an_invitation_is_good_once_and_is_not_guessed(place: Place) -> None:
    made = await place.owner.act(f"{HOME}/members/invite", f"{HOME}/members", name="Noura", role="viewer")
    code, clerk = code_of(made), await place.bureau.clerk(PERSONAS[1])

    linked = await clerk.see(f"/agency/join/{code}")
    assert (linked.status, "Viewer" in linked.words) == (200, True)
    form = form_of(linked, "/agency/join/accept")
    twice = [await clerk.browser.post("/agency/join/accept", form) for _ in range(2)]
    assert [each.location.rpartition("/")[2] for each in twice] == [f"{AGENCY}?done=joined"] * 2

    another = await clerk.act("/agency/join", "/agency/join", invitation="x" * 43)
    used = await clerk.see(f"/agency/join/{code}")
    assert [(each.status, "The invitation is not valid" in each.words) for each in (another, used)] == [(404, True)] * 2
    assert (await clerk.see("/agency/join/%2e%2e")).status in (404, 200)


async def test_keys_are_pasted_or_uploaded_and_revoked(place: Place) -> None:
    keys = f"{HOME}/keys"
    again = await place.owner.act(f"{keys}/add", keys, name="host-2026", public_key='{"kty": "RSA"}')
    private = await place.owner.act(f"{keys}/add", keys, public_key="-----BEGIN PRIVATE KEY-----\nAAAA")
    nothing = await place.owner.act(f"{keys}/add", keys, public_key="[]")
    assert {again.status, private.status, nothing.status} == {422}

    revoked = await place.owner.act(f"{keys}/revoke", keys)

    assert revoked.location.endswith("?done=revoked")
    assert "revoked" in (await place.owner.see(keys)).words


async def test_a_mandate_is_accepted_by_its_partner_and_revoked(place: Place) -> None:
    theirs = f"/agency/{PARTNER}/mandates"
    (found,) = re.findall(rf"{theirs}/([0-9a-f]{{24}})", (await place.owner.see(theirs)).text)
    one = f"{theirs}/{found}"
    assert await place.owner.offers(one) == {"accept", "revoke"}
    assert await place.owner.offers(f"{HOME}/mandates/{found}") == {"revoke"}

    own = await place.owner.act(f"{one}/accept", one, document_digest=DIGEST, **WHOM)
    assert (own.status, "nobody agrees with themselves" in own.words) == (403, True)
    partner = await place.bureau.colleague(place.owner, "owner", home=f"/agency/{PARTNER}")
    assert "A mandate waits for your acceptance" in (await partner.see("/agency")).words
    empty = await partner.act(f"{one}/accept", one)
    assert (empty.status, empty.text.count('aria-invalid="true"')) == (422, 5)
    differs = await partner.act(f"{one}/accept", one, document_digest="0" * 64, **WHOM)
    assert (differs.status, "not the document" in differs.words) == (409, True)
    accepted = await partner.act(f"{one}/accept", one, document_digest=DIGEST.upper(), **WHOM)
    assert accepted.location.endswith("?done=accepted")
    revoked = await place.owner.act(f"{HOME}/mandates/{found}/revoke", f"{HOME}/mandates/{found}")
    assert revoked.location.endswith("?done=mandate-revoked")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"partner": "om-nobody"}, "partner"),
        ({"services": " , "}, "services"),
        ({"purposes": "for_fun"}, "purposes"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"ends_on": "tomorrow"}, "ends_on"),
        ({"daily_quota": "many"}, "daily_quota"),
        ({"email": "nobody"}, "email"),
    ],
)
async def test_a_mandate_that_is_wrong_is_shown_again_with_what_was_typed(
    place: Place, wrong: dict[str, str], field: str
) -> None:
    form = f"{HOME}/mandates/new"

    page = await place.owner.act(form, form, **mandate(**wrong))

    assert (page.status, f'id="{field}-error"' in page.text) == (422, True), page.words
    assert form_of(page, form)["obligations_en"] == mandate()["obligations_en"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"at": ""}, "at"),
        ({"at": "9999-12-31"}, ""),
        ({"at": "2026-12-01"}, "at"),
        ({"reason_ar": ""}, "reason_ar"),
        ({"reason_en": "x" * 1001}, "reason_en"),
    ],
)
async def test_an_end_that_is_wrong_is_told_of_beside_its_field(
    place: Place, wrong: dict[str, str], field: str
) -> None:
    good = {"at": "2027-06-01", "reason_ar": "انتقلت الخدمة.", "reason_en": "It has moved."}

    page = await place.owner.act(f"{ONE}/retire", ONE, **(good | wrong))

    assert (page.status, f'id="{field}-error"' in page.text) == ((422, True) if field else (303, False)), page.words


async def test_somebody_who_is_not_known_surely_is_asked_to_sign_in_again(place: Place) -> None:
    async with place.bureau.storage.writing() as connection:
        await connection.execute(update(sessions).values(assurance=Assurance.LOW.value))

    answer = await place.owner.see(HOME)

    assert (answer.status, answer.headers["Location"]) == (303, f"/signin?level=substantial&return_to={HOME}")
