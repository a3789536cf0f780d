"""An agency joins and leads an adapter from first draft to its end by pages alone, without scripts."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from gateway.app import now
from gateway.ledger.export import export
from gateway.registry.store import GATEWAY, RegistryStore
from gateway.storage.registry_tables import registry_adapters, registry_events
from gateway.web.agency.adapter import WHAT
from tests.support.agency_pages import HOME, ONE, PERSONAS, Bureau, Clerk, bureau, code_of, form_of, join
from tests.support.fisheries import ADAPTER, HOLDER, KEY, SERVICE
from tests.support.registry_door import stand

VERSION = f"{ONE}/versions/1.0.0"
NEW = f"{ONE}/versions/new"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Bureau]:
    async with bureau(tmp_path) as here:
        yield here


@pytest.fixture
async def anywhere(tmp_path: Path, storage_url: str) -> AsyncIterator[Bureau]:
    """On each database."""
    async with bureau(tmp_path, storage_url) as here:
        yield here


async def ask(here: Bureau) -> str:
    """How a citizen's question ends."""
    citizen = here.gate.house.token(("OM", HOLDER), scopes=("lookups",))
    status, told = await here.gate.house.lookup(SERVICE, citizen, countries=["OM"])
    return str(told["answers"][0]["status"]) if status == 200 else str(told["code"])


async def answered(here: Bureau, wanted: str) -> None:
    """That a citizen's question soon ends so."""
    async with asyncio.timeout(5):
        while True:
            if await ask(here) == wanted:
                return
            await asyncio.sleep(0.05)


async def live(here: Bureau, owner: Clerk, number: str, share: str) -> None:
    """The version, approved by two, goes live."""
    await stand(here.storage, number, "approved")
    done = await owner.act(f"{ONE}/go-live", ONE, version=number, share=share)
    assert done.location.endswith("?done=go-live"), done.words


async def test_from_an_invitation_to_citizens_and_back(anywhere: Bureau) -> None:
    owner = await anywhere.clerk()
    secret = await anywhere.invited()
    shown = await owner.act("/agency/join", "/agency/join", invitation=f"https://bawaba.example/agency/join/{secret}")
    assert ("Fisheries (invented)" in shown.words, "Owner" in shown.words) == (True, True)
    joined = await owner.browser.post("/agency/join/accept", form_of(shown, "/agency/join/accept"))
    assert joined.location.endswith(f"{HOME}?done=joined")

    await anywhere.adapter(owner)
    await anywhere.registered(owner)
    tried = await owner.act(f"{VERSION}/try", VERSION)
    assert tried.location.endswith("?done=tried")
    submitted = await owner.act(f"{VERSION}/submit", VERSION)
    assert submitted.location.endswith("?done=submitted"), submitted.words
    assert "waits for the judgement of the national" in (await owner.see(VERSION)).words
    await live(anywhere, owner, "1.0.0", "100")
    await answered(anywhere, "ok")

    for act, wanted in (("pause", None), ("resume", "ok")):
        done = await owner.act(f"{ONE}/{act}", ONE)
        assert done.location.endswith(f"?done={act}")
        if wanted:
            await answered(anywhere, wanted)
    await anywhere.registered(owner, "1.1.0")
    await live(anywhere, owner, "1.1.0", "5")
    assert {"promote", "withdraw", "pause", "retire"} <= await owner.offers(ONE)
    assert (await owner.act(f"{ONE}/promote", ONE)).status == 303
    assert (await owner.act(f"{ONE}/roll-back", ONE)).status == 303
    end = (now().date() + timedelta(days=60)).isoformat()
    ended = await owner.act(f"{ONE}/retire", ONE, at=end, reason_ar="انتقلت الخدمة.", reason_en="It has moved.")
    assert ended.location.endswith("?done=retire"), ended.words
    assert "It has moved." in (await owner.see(ONE)).words
    assert [each async for each in _events(anywhere)] == [
        *("created", "secret-set", "secret-set", "registered", "tried", "submitted", "live", "paused", "resumed"),
        *("registered", "live", "promoted", "rolled-back", "retires"),
    ]


async def _events(here: Bureau) -> AsyncIterator[str]:
    async with here.storage.reading() as connection:
        for row in await connection.execute(select(registry_events.c.what).order_by(registry_events.c.number)):
            yield row.what


async def test_everything_that_is_wrong_with_a_version_is_said_at_once_and_what_was_typed_is_kept(
    here: Bureau,
) -> None:
    owner = await here.owner()
    await here.adapter(owner)
    wrong = orjson.dumps({"plate": {"name": "om_fish", "country": "ZZ", "extra": 1}}).decode()

    page = await owner.act(NEW, NEW, submission=wrong)

    assert page.status == 422
    for field in ("/plate/country", "/plate/extra", "/plate/title", "/plate/version", "/plate/services"):
        assert field in page.words
    assert form_of(page, NEW)["submission"] == wrong


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "Choose a file"),
        ("{", "cannot be read as JSON"),
        ("[]", "one JSON object"),
        ('{"plate": {}, "plate": {}}', "twice"),
        ('{"plates": {}}', "/plate"),
        ("\u0000", "Choose a file"),
    ],
)
async def test_what_is_no_version_is_told_plainly(here: Bureau, sent: str, said: str) -> None:
    owner = await here.owner()
    await here.adapter(owner)

    page = await owner.act(NEW, NEW, submission=sent)

    assert (page.status, said in page.words) == (422, True), page.words


async def test_a_version_that_is_too_large_is_not_taken(here: Bureau) -> None:
    owner = await here.owner()
    await here.adapter(owner)

    large = await owner.upload(NEW, NEW, here.version(promise="x" * 530_000))
    larger = await owner.upload(NEW, NEW, b" " * 1_200_000)

    assert (large.status, "524288" in large.words) == (422, True), large.words
    assert larger.status == 413


async def test_the_same_form_sent_twice_is_one_act(anywhere: Bureau) -> None:
    owner = await anywhere.owner()
    await anywhere.adapter(owner)
    await anywhere.registered(owner)
    await live(anywhere, owner, "1.0.0", "100")
    form = await owner.form(f"{ONE}/pause", ONE)
    inviting = {**await owner.form(f"{HOME}/members/invite", f"{HOME}/members"), "name": "Noura"}

    paused = [await owner.browser.post(f"{ONE}/pause", form) for _ in range(2)]
    codes = [code_of(await owner.browser.post(f"{HOME}/members/invite", inviting)) for _ in range(2)]

    assert [each.location.rpartition("?")[2] for each in paused] == ["done=pause"] * 2
    assert codes[0] == codes[1]
    other = await owner.browser.post(f"{HOME}/members/invite", inviting | {"name": "Maha"})
    assert code_of(other) != codes[0]


async def test_an_act_that_came_too_late_is_told_of_on_the_page(here: Bureau) -> None:
    owner = await here.owner()
    await here.adapter(owner)
    await here.registered(owner)
    await live(here, owner, "1.0.0", "100")
    before = await owner.form(f"{ONE}/pause", ONE)
    assert (await owner.act(f"{ONE}/pause", ONE)).status == 303

    late = await owner.browser.post(f"{ONE}/pause", before)

    assert (late.status, "The adapter is paused" in late.words, "Resume" in late.words) == (409, True, True), late.words


async def test_a_secret_is_never_shown_again(here: Bureau) -> None:
    owner = await here.owner()
    await here.adapter(owner)

    page = await owner.see(ONE)
    wrong = await owner.act(f"{ONE}/secrets/set", ONE, secret="Not A Name", value="a-value-of-my-own")
    empty = await owner.act(f"{ONE}/secrets/set", ONE, secret="api_key", value="\r\n")

    assert (wrong.status, empty.status) == (422, 422)
    for seen in (page, wrong, empty, await owner.see(f"{ONE}/events")):
        assert KEY not in seen.text
        assert "a-value-of-my-own" not in seen.text
    gone = await owner.act(f"{ONE}/secrets/delete", ONE)
    assert gone.location.endswith("?done=forgotten")


async def test_every_act_is_in_the_ledger_by_its_own_name(here: Bureau) -> None:
    owner = await here.owner()
    await here.adapter(owner)
    viewer = await here.colleague(owner, "viewer")
    await viewer.browser.post(f"{ONE}/secrets/set", await _token(viewer))

    lines = [orjson.loads(line) async for line in export(here.storage)]
    entries = [line["entry"] for line in lines if "entry" in line]
    steps = [(each["step"], each.get("code")) for each in entries if each["service"] == "registry"]

    assert steps == [
        ("accept-invitation", None),
        ("register-adapter", None),
        ("set-secret", None),
        ("set-secret", None),
        ("invite-member", None),
        ("accept-invitation", None),
        ("set-secret", "agency_role_missing"),
    ]


async def _token(clerk: Clerk) -> dict[str, str]:
    form = await clerk.form("/agency/join", "/agency/join")
    return {"form": form["form"], "nonce": form["nonce"], "environment": "live", "secret": "api_key", "value": "x"}


async def test_adapters_are_listed_a_page_at_a_time_and_found_by_their_names(here: Bureau) -> None:
    owner = await here.owner()
    form = await owner.form(f"{HOME}/adapters", HOME)
    for number in range(30):
        made = await owner.browser.post(f"{HOME}/adapters", form | {"name": f"om_boat_{number:02}"})
        assert made.status == 303

    first, found = await owner.see(HOME), await owner.see(f"{HOME}?q=boat_29")
    second = await owner.see(f"{HOME}?q=&after=om_boat_24")

    assert [page.text.count("/adapters/om_boat_") for page in (first, second, found)] == [25, 5, 1]
    assert "No adapter has these words" in (await owner.see(f"{HOME}?q=nothing")).words


async def test_what_waits_is_shown_to_those_whose_step_it_is(anywhere: Bureau) -> None:
    owner = await anywhere.owner()
    await anywhere.adapter(owner)
    await anywhere.registered(owner)
    colleague = await anywhere.colleague(owner, "viewer", PERSONAS[1])

    waits = await owner.see("/agency")
    assert f"{ADAPTER}@1.0.0 is registered and has not passed its tests" in waits.words
    assert "Nothing waits for you" in (await colleague.see("/agency")).words
    await live(anywhere, owner, "1.0.0", "5")
    assert "is being tried on a share" in (await owner.see("/agency")).words
    assert (await owner.act(f"{ONE}/promote", ONE)).status == 303

    assert "Nothing waits for you" in (await owner.see("/agency")).words
    async with anywhere.storage.reading() as connection:
        assert len((await connection.execute(registry_adapters.select())).all()) == 1


async def test_whoever_is_a_member_finds_the_way_from_their_account(here: Bureau) -> None:
    somebody = await here.clerk()
    before = await somebody.see("/account")
    await join(somebody, await here.invited())

    assert ("/agency" in before.text, "/agency" in (await somebody.see("/account")).text) == (False, True)


async def test_what_the_gateway_did_by_itself_is_told_with_its_reason(here: Bureau) -> None:
    owner = await here.owner()
    await here.adapter(owner)
    await here.registered(owner)
    await live(here, owner, "1.0.0", "5")
    store = RegistryStore(time.time)
    async with here.storage.writing() as connection:
        await store.withdraw(connection, ADAPTER, "1.0.0", GATEWAY, {"why": "failures", "calls": 20})

    page = await owner.see(ONE)

    assert "The tried version was withdrawn 1.0.0 because it failed too often" in page.words
    assert "the gateway by itself" in page.words


async def test_everything_that_happens_to_an_adapter_has_its_words(here: Bureau) -> None:
    words = here.gate.house.doors.parts.problems.catalogue

    lacking = [what for what in WHAT for each in words.messages.values() if f"agency.event.{what}" not in each]

    assert lacking == []
