"""An agency's pages in the hands of its people, with a national system that its versions are tried against."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from lxml import html

from gateway.agencies.approvals import Approvals
from gateway.agencies.invitations import AgencyInvitations, Invitation
from gateway.app import now
from gateway.app.signin import signin_keys
from gateway.policy.operators import OperatorAct
from gateway.registry.store import RegistryStore
from gateway.schema import Country
from gateway.storage.engine import Storage
from tests.support.agencies import CONTACT
from tests.support.entrance import Browser, Entrance, Seen, entrance
from tests.support.fisheries import ADAPTER, AGENCY, KEY, SERVICE, Fisheries, definition, plate
from tests.support.joining import grant
from tests.support.registry_door import CASES, stand

HOME = f"/agency/{AGENCY}"
ONE = f"{HOME}/adapters/{ADAPTER}"
PROVIDER = "bh-ekey"
PERSONAS = ("bahraini-citizen", "resident")
PARTNER = "om-harbour"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "host-2026"}
WHOM = {
    "contact_ar": "مكتب الربط",
    "contact_en": "Integration desk",
    "email": "desk@agency.example",
    "phone": "+96824000000",
}


@dataclass
class Clerk:
    """Somebody who works for an agency, at their browser."""

    browser: Browser

    async def see(self, path: str, language: str = "en") -> Seen:
        return await self.browser.get(path, Accept_Language=language)

    async def act(self, path: str, page: str, **fields: str) -> Seen:
        """Sends the form of ``page`` that leads to ``path``, with these fields changed."""
        return await self.browser.post(path, await self.form(path, page) | fields)

    async def upload(self, path: str, page: str, file: bytes, **fields: str) -> Seen:
        """The same with a file."""
        sent = aiohttp.FormData()
        for name, value in (await self.form(path, page) | fields).items():
            sent.add_field(name, value)
        sent.add_field("file", BytesIO(file), filename="version.json", content_type="application/json")
        return await self.browser.post(path, sent)

    async def form(self, path: str, page: str) -> dict[str, str]:
        """What a browser would send, were the form of the page sent as it stands."""
        seen = await self.see(page)
        assert seen.status == 200, seen.words
        return form_of(seen, path)

    async def offers(self, page: str) -> set[str]:
        """The last steps of the addresses that the page's forms and buttons lead to."""
        seen = await self.see(page)
        found = html.fromstring(seen.text)
        forms: list[str] = found.xpath("//main//form[@method='post']/@action")
        links: list[str] = found.xpath("//main//a[contains(@class, 'button')]/@href")
        return {each.rpartition("/")[2] for each in (*forms, *links)}


@dataclass
class Bureau:
    """A gateway, an agency that is invited to it, and the agency's own system."""

    gate: Entrance
    fisheries: Fisheries

    @property
    def storage(self) -> Storage:
        return self.gate.house.doors.parts.storage

    async def invited(self, agency: str = AGENCY, kind: Any = "agency") -> str:
        """The secret for the first owner of a new agency."""
        vault, _ = signin_keys(self.gate.house.settings)
        invitations = AgencyInvitations(self.storage, vault, RegistryStore(time.time), time.time)
        told = {
            "agency": agency,
            "country": Country.OM,
            "kind": kind,
            "names": {"ar": "الثروة السمكية (جهة مختلقة)", "en": "Fisheries (invented)"},
            "contact": CONTACT,
            "owner": "Salim",
        }
        return (await invitations.invite(None, Invitation.model_validate(told, strict=False))).secret

    async def clerk(self, persona: str = PERSONAS[0]) -> Clerk:
        """Somebody who is signed in, and a member of nothing yet."""
        browser = self.gate.browser()
        assert (await browser.sign_in(PROVIDER, persona)).status == 303
        return Clerk(browser)

    async def owner(self, agency: str = AGENCY, kind: str = "agency", persona: str = PERSONAS[0]) -> Clerk:
        """The first owner of a new agency."""
        clerk = await self.clerk(persona)
        joined = await join(clerk, await self.invited(agency, kind))
        assert joined.status == 303, joined.words
        return clerk

    async def colleague(self, owner: Clerk, role: str, persona: str = PERSONAS[1], home: str = HOME) -> Clerk:
        """Another member of the agency."""
        made = await owner.act(f"{home}/members/invite", f"{home}/members", name="Noura", role=role)
        clerk = await self.clerk(persona)
        joined = await join(clerk, code_of(made))
        assert joined.status == 303, joined.words
        return clerk

    def version(self, number: str = "1.0.0", *, broken: bool = False, **changes: Any) -> bytes:
        """A good version as it is handed in, or one that promises what is not so; ``changes`` are of its name plate."""
        whole, cases = {**plate(self.fisheries.url, number), **changes}, CASES
        if broken:
            found = {"status": "ok", "records": [{"reference": "F-9999"}, {"reference": "F-1002"}]}
            cases = {SERVICE: [{**CASES[SERVICE][0], "expect": found}, CASES[SERVICE][2]]}
        return orjson.dumps({"plate": whole, "definitions": [definition()], "cases": cases})

    async def adapter(self, owner: Clerk) -> None:
        """The adapter with the key to its system, in both environments."""
        made = await owner.act(f"{HOME}/adapters", HOME, name=ADAPTER)
        assert made.status == 303, made.words
        for environment in ("sandbox", "live"):
            kept = await owner.act(f"{ONE}/secrets/set", ONE, environment=environment, secret="api_key", value=KEY)
            assert kept.status == 303, kept.words

    async def registered(self, owner: Clerk, number: str = "1.0.0", **changes: Any) -> None:
        """A version of the adapter, which is there."""
        path = f"{ONE}/versions/new"
        done = await owner.upload(path, path, self.version(number, **changes))
        assert done.status == 303, done.words


async def join(clerk: Clerk, secret: str) -> Seen:
    """Pastes a code, and accepts what it invites to."""
    shown = await clerk.act("/agency/join", "/agency/join", invitation=secret)
    if shown.status != 200:
        return shown
    return await clerk.browser.post("/agency/join/accept", form_of(shown, "/agency/join/accept"))


def form_of(page: Seen, path: str) -> dict[str, str]:
    """The fields of the page's first form that leads to ``path``, as they stand."""
    forms = [each for each in html.fromstring(page.text).forms if each.action == path]
    assert forms, f"{page.url} has no form to {path}"
    # The first end of a line within a field of text is none of its value, as a browser reads it.
    return {name: value.removeprefix("\n") for name, value in forms[0].form_values()}


def code_of(page: Seen) -> str:
    """The code that an invitation is shown with."""
    found: list[str] = html.fromstring(page.text).xpath("//dd//code[not(contains(., '/'))]")
    return str(found[-1].text_content())  # type: ignore[attr-defined]


@asynccontextmanager
async def bureau(folder: Path, storage_url: str | None = None) -> AsyncIterator[Bureau]:
    """Runs all of it; the gateway may reach the agency's system, and nothing else on this machine."""
    async with Fisheries().running() as fisheries:
        port = fisheries.url.rpartition(":")[2]
        server = {"outward_allowed": (f"127.0.0.1/32 port {port}",)}
        async with entrance(folder, (PROVIDER,), storage_url=storage_url, server=server) as gate:
            yield Bureau(gate, fisheries)


async def furnish(bureau: Bureau) -> Clerk:
    """The agency with one of everything there is to see; its owner, who is the owner of a partner as well.

    Of its adapter, version 1.0.0 answers, 1.1.0 was refused, 1.2.0 is tried on a share, and 1.3.0 has failed the kit.
    """
    owner = await bureau.owner()
    await bureau.adapter(owner)
    for number in ("1.0.0", "1.1.0", "1.2.0"):
        await bureau.registered(owner, number)
        await stand(bureau.storage, number, "submitted" if number == "1.1.0" else "approved")
        if number == "1.1.0":
            await refused(bureau, number)
        else:
            share = "100" if number == "1.0.0" else "5"
            done = await owner.act(f"{ONE}/go-live", ONE, version=number, share=share)
            assert done.status == 303, done.words
    await bureau.registered(owner, "1.3.0", contact={**CONTACT, "email": "other@fish.example"}, broken=True)
    await owner.act(f"{ONE}/versions/1.3.0/try", f"{ONE}/versions/1.3.0")
    await owner.act(f"{HOME}/keys/add", f"{HOME}/keys", public_key=orjson.dumps(JWK).decode())
    joined = await join(owner, await bureau.invited(PARTNER, "partner"))
    assert joined.status == 303, joined.words
    made = await owner.act(f"{HOME}/mandates/new", f"{HOME}/mandates/new", **mandate())
    assert made.status == 303, made.words
    return owner


async def refused(bureau: Bureau, number: str) -> None:
    """The national programme refuses the version."""
    vault, _ = signin_keys(bureau.gate.house.settings)
    approvals = Approvals(bureau.storage, vault, RegistryStore(time.time), time.time)
    digest = (await approvals.find(ADAPTER, number)).digest
    reason = "العنوان الفعلي ليس من عناوين الجهة. The live address is none of the agency's own."
    await approvals.refuse(grant(OperatorAct.REFUSE_ADAPTER, "programme:OM"), ADAPTER, number, digest, reason)


def mandate(**changes: str) -> dict[str, str]:
    """A mandate for the partner, as it is typed into the form."""
    today = now().date()
    return {
        "partner": PARTNER,
        "services": "traffic-fines\nidentity-verification",
        "purposes": "self_service",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=300)).isoformat(),
        "daily_quota": "5000",
        "obligations_ar": "يحفظ السرية ولا يبقي البيانات.",
        "obligations_en": "Keeps what it learns secret, and keeps no data.",
        "document_digest": DIGEST,
        **WHOM,
        **changes,
    }
