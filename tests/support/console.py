"""The operators' console of a whole gateway, and operators before it, in the hands of a test."""

import time
from base64 import b32decode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from lxml import html

from gateway.app import now
from gateway.app.operators import operator_desk
from gateway.identity.operators.operator import Post
from gateway.identity.revocation import Revocations
from gateway.oauth.clients import Clients
from gateway.sandbox.providers.operators_idp import ROLES, StandIn
from gateway.serve import Doors, serving
from gateway.settings import Settings
from gateway.storage.engine import Storage
from tests.support.entrance import Browser, Seen
from tests.support.house import House, house, reserved_port
from tests.support.passkey import SoftPasskey
from tests.support.programs import confidential

STEP = 30


@dataclass
class Phone:
    """An app that shows codes, for the secret that was typed into it."""

    typed: str
    clock: Callable[[], float] = time.time

    def code(self, steps: int = 0) -> str:
        """The code of now, or of some steps later."""
        codes = TOTP(b32decode(self.typed.replace(" ", "")), 6, SHA1(), STEP)  # noqa: S303
        return codes.generate(int(self.clock()) + steps * STEP).decode()


@dataclass
class Person:
    """Somebody who operates the gateway, with a browser and, once enrolled, a passkey or a telephone."""

    who: str
    browser: Browser
    passkey: SoftPasskey
    phone: Phone | None = None

    async def to_factor(self, invitation: str = "", browser: Browser | None = None) -> Seen:
        """Through the provider; the answer of the console's callback."""
        using = browser or self.browser
        begun = await using.get(f"/console/auth/login{'?invitation=' + invitation if invitation else ''}")
        assert begun.status == 303, begun.words
        page = await using.get(begun.location)
        return await using.get(await using.decide(page, self.who))

    async def factor(self) -> Seen:
        return await self.browser.get("/console/factor")

    async def enrol_passkey(self, **lies: Any) -> Seen:
        page = await self.factor()
        return await self.browser.post(
            "/console/factor/enrol-passkey",
            {"form": page.field("form"), "answer": self.passkey.make(options_of(page), **lies)},
        )

    async def enrol_phone(self) -> Seen:
        page = await self.factor()
        self.phone = Phone(secret_of(page))
        return await self.browser.post(
            "/console/factor/enrol-code", {"form": page.field("form"), "code": self.phone.code()}
        )

    async def show_passkey(self, **lies: Any) -> Seen:
        page = await self.factor()
        return await self.browser.post(
            "/console/factor/passkey",
            {"form": page.field("form"), "answer": self.passkey.show(options_of(page), **lies)},
        )

    async def show_code(self, code: str) -> Seen:
        page = await self.factor()
        return await self.browser.post("/console/factor/code", {"form": page.field("form"), "code": code})

    async def sign_in(self) -> Seen:
        """Both factors, the second by passkey."""
        answer = await self.to_factor()
        return answer if answer.status != 303 else await self.show_passkey()

    async def desk(self) -> Seen:
        return await self.browser.get("/console")

    async def act(self, path: str, page: str = "/console", **fields: str) -> Seen:
        """Posts what a button of the page would."""
        seen = await self.browser.get(page)
        assert seen.status == 200, seen.words
        return await self.browser.post(f"/console/{path}", {"form": seen.field("form"), **fields})


@dataclass
class ConsoleHouse:
    """A gateway with a console, and the provider that its operators sign in with."""

    house: House
    provider: StandIn
    session: aiohttp.ClientSession
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = self.house.settings

    @property
    def url(self) -> str:
        return self.settings.operators.public_url

    def person(self, who: str, base: str = "") -> Person:
        return Person(who, Browser(base or self.url, self.session), SoftPasskey(self.url))

    async def invite(self, name: str = "Somebody", posts: Sequence[str] = ()) -> str:
        async with operator_desk(self.settings, now) as desk:
            return await desk.accounts.invite(name, frozenset(map(Post.parse, posts)))

    async def operator(self, who: str, posts: Sequence[str] = ()) -> Person:
        """An operator with a passkey, signed in."""
        person = self.person(who)
        answer = await person.to_factor(await self.invite(who, posts))
        assert answer.status == 303, answer.words
        done = await person.enrol_passkey()
        assert (done.status, done.location) == (303, f"{self.url}/console"), done.words
        return person

    async def number(self, who: str) -> str:
        """The operator's id, by the name that they were invited under."""
        async with operator_desk(self.settings, now) as desk:
            return next(each.id for each in await desk.accounts.all() if each.name == who)

    async def register(self, **changes: Any) -> str:
        """A program that waits for an operator; its id."""
        async with Storage.open(self.settings.storage.url) as storage, Revocations.open(storage) as revocations:
            client = confidential(**changes)
            await Clients(storage, revocations, time.time).register(client)
            return client.client_id

    async def standing(self, client: str) -> str:
        """How the program stands."""
        async with Storage.open(self.settings.storage.url) as storage, Revocations.open(storage) as revocations:
            found = await Clients(storage, revocations, time.time).all()
        return next(each.standing for each in found if each.client.client_id == client)

    async def entries(self, owner: str) -> list[dict[str, Any]]:
        """What the ledger holds of the operator, the oldest first."""
        found = await self.house.doors.parts.ledger.entries_of(owner)
        return [orjson.loads(each.entry.canonical()) for each in reversed(found)]

    @asynccontextmanager
    async def another_worker(self) -> AsyncIterator[Doors]:
        """A second worker on the same database, at an operators' port of its own."""
        server = self.settings.server.model_copy(update={"port": 0, "operators_port": 0, "callbacks_port": 0})
        async with serving(self.settings.model_copy(update={"server": server})) as doors:
            yield doors


@asynccontextmanager
async def console_house(
    folder: Path,
    *,
    rooms: Sequence[str] = (),
    storage_url: str | None = None,
    server: Mapping[str, Any] | None = None,
    **operators: Any,
) -> AsyncIterator[ConsoleHouse]:
    """Runs it all on this machine; ``operators`` are settings of that section, ``server`` more of that one."""
    async with AsyncExitStack() as stack:
        port = stack.enter_context(reserved_port())
        provider = StandIn(StandIn.make_secrets())
        await stack.enter_async_context(provider.running())
        section = {
            "provider": StandIn.provider,
            "endpoints": dict(provider.endpoints()),
            "secrets": dict(provider.secrets),
            "public_url": f"http://localhost:{port}",
            "roles": dict(ROLES),
            # Every browser of a test stands at one address.
            "sign_ins_per_minute": 100_000,
            **operators,
        }
        home = await stack.enter_async_context(
            house(
                folder,
                rooms=rooms,
                storage_url=storage_url,
                server={"operators_port": port, **(server or {})},
                operators=section,
            )
        )
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        yield ConsoleHouse(home, provider, session)


def options_of(page: Seen) -> str:
    """What the page asks of a passkey."""
    (found,) = html.fromstring(page.text).xpath("//form[@data-options]/@data-options")
    return str(found)


def secret_of(page: Seen) -> str:
    """The secret that the page shows, to be typed into an app."""
    return str(html.fromstring(page.text).xpath("//li/code/bdi/text()")[0])
