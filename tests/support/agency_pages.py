"""An agency's pages in the hands of its people, with a national system that its versions are tried against."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from lxml import html

from gateway.agencies.invitations import AgencyInvitations, Invitation
from gateway.app.signin import signin_keys
from gateway.registry.store import RegistryStore
from gateway.schema import Country
from gateway.storage.engine import Storage
from tests.support.agencies import CONTACT
from tests.support.entrance import Browser, Entrance, Seen, entrance
from tests.support.fisheries import ADAPTER, AGENCY, KEY, Fisheries, definition, plate
from tests.support.registry_door import CASES

HOME = f"/agency/{AGENCY}"
ONE = f"{HOME}/adapters/{ADAPTER}"
PROVIDER = "bh-ekey"
PERSONAS = ("bahraini-citizen", "resident")


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
        sent.add_field("file", file, filename="version.json", content_type="application/json")
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

    async def colleague(self, owner: Clerk, role: str, persona: str = PERSONAS[1]) -> Clerk:
        """Another member of the agency."""
        made = await owner.act(f"{HOME}/members/invite", f"{HOME}/members", name="Noura", role=role)
        clerk = await self.clerk(persona)
        joined = await join(clerk, code_of(made))
        assert joined.status == 303, joined.words
        return clerk

    def version(self, number: str = "1.0.0", **changes: Any) -> bytes:
        """A good version as it is handed in; ``changes`` are of its name plate."""
        whole = {**plate(self.fisheries.url, number), **changes}
        return orjson.dumps({"plate": whole, "definitions": [definition()], "cases": CASES})

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


def form_of(page: Seen, path: str) -> Mapping[str, str] | Any:
    """The fields of the page's first form that leads to ``path``, as they stand."""
    forms = [each for each in html.fromstring(page.text).forms if each.action == path]
    assert forms, f"{page.url} has no form to {path}"
    return {name: value for name, value in forms[0].form_values() if isinstance(value, str)}


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
