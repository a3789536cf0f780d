"""A whole gateway in this process, with the stand-ins that a test needs, all on ports of their own."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import now, token_keys
from gateway.demo.prepare import Ports, prepare
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder, TokenMint
from gateway.sandbox.identity import build_stand_in
from gateway.sandbox.providers.base import LOOPBACK, ProviderStandIn
from gateway.sandbox.systems import build_sandbox
from gateway.schema import Country, NationalIdentifier
from gateway.sdk.sandbox import Sandbox
from gateway.serve import Doors, serving
from gateway.settings import ProviderWiring, RoomWiring, Settings, load
from gateway.storage.schema import upgrade

ROOT = Path(__file__).parents[2]
STATES = ("bahrain", "kuwait", "oman", "qatar", "saudi_arabia", "uae")


@dataclass
class House:
    """A running gateway: ask it with ``lookup``, reach its sandboxes by room, its insides by ``doors``.

    ``stand_ins`` are the identity providers, by the ids on their name plates.
    """

    settings: Settings
    doors: Doors
    sandboxes: Mapping[str, Sandbox]
    session: aiohttp.ClientSession
    mint: TokenMint
    subjects: dict[str, str] = field(default_factory=dict)
    stand_ins: Mapping[str, ProviderStandIn] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.doors.public_port}"

    @property
    def operators_url(self) -> str:
        return f"http://127.0.0.1:{self.doors.operators_port}"

    def token(
        self,
        *identifiers: tuple[str, str],
        assurance: Assurance = Assurance.HIGH,
        scopes: Sequence[str] = ("lookups", "applications"),
        countries: Sequence[Country] | None = None,
    ) -> str:
        """A token for the person with these identifiers, the first of them home's."""
        held = {
            Country(country): NationalIdentifier.parse(Country(country), value, today=now().date())
            for country, value in identifiers
        }
        holder = Holder(
            subject="person-" + "-".join(country for country, _ in identifiers),
            identifiers=held,
            home=Country(identifiers[0][0]),
            assurance=assurance,
        )
        return self.mint.mint(holder, client="tests", scopes=scopes, countries=countries)

    async def awake(self) -> None:
        """Waits until the house follows revocations again: its loop stood still while other tests ran."""
        headers = {"Authorization": f"Bearer {self.token(('OM', '08123457'))}"}
        async with asyncio.timeout(10):
            while True:
                async with self.session.get(f"{self.url}/v1/me", headers=headers) as response:
                    if response.status == 200:
                        return
                await asyncio.sleep(0.05)

    async def lookup(
        self, service: str, token: str, *, language: str = "en", **body: Any
    ) -> tuple[int, dict[str, Any]]:
        """The status and document that ``POST /v1/lookups/{service}`` answers."""
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        body.setdefault("purpose", "self_service")
        async with self.session.post(f"{self.url}/v1/lookups/{service}", json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)


@asynccontextmanager
async def house(
    folder: Path,
    *,
    rooms: Sequence[str] = STATES,
    providers: Sequence[str] = (),
    storage_url: str | None = None,
    providers_site: str = LOOPBACK,
    **changes: Mapping[str, Any],
) -> AsyncIterator[House]:
    """Runs the gateway with the stand-ins of ``rooms`` and ``providers``; ``changes`` are settings by section.

    With ``providers_site="localhost"`` the providers are another site than the gateway to a browser, as in life.
    """
    async with AsyncExitStack() as stack:
        # Providers send browsers back to the public address, so its port must be known before the start.
        port = stack.enter_context(reserved_port()) if providers else 0
        cards = stack.enter_context(reserved_port()) if providers else 0
        ports = Ports(port, 0, 1, cards=cards)
        settings = load(prepare(folder, ports, ROOT / "adapters", storage_url, rooms, providers))
        await _make_tables(settings.storage.url, None if storage_url else folder / "bawaba.db")
        sandboxes, wiring = {}, {}
        for name in rooms:
            wired = settings.rooms[name]
            sandboxes[name] = build_sandbox(settings.paths.adapters, name, wired)
            url = await stack.enter_async_context(sandboxes[name].running())
            wiring[name] = wired.model_copy(update={"endpoints": dict(sandboxes[name].endpoints(url))})
        stand_ins = {name: build_stand_in(name, settings.providers[name].secrets) for name in providers}
        for stand_in in stand_ins.values():
            await stack.enter_async_context(stand_in.running(name=providers_site))
        entrances = {
            name: ProviderWiring(endpoints=dict(each.endpoints()), secrets=dict(each.secrets))
            for name, each in stand_ins.items()
        }
        settings = settings.model_copy(update={"providers": entrances, **_changed(folder, settings, wiring, changes)})
        doors = await stack.enter_async_context(serving(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        keys, seal = token_keys(settings)
        mint = TokenMint(keys, seal, issuer=settings.tokens.issuer, audience=settings.tokens.audience)
        yield House(settings, doors, sandboxes, session, mint, stand_ins=stand_ins)


async def _make_tables(url: str, new_file: Path | None) -> None:
    """All tables; in a new file of SQLite they are copied from the first that this process made."""
    if new_file is None or new_file.exists():
        await upgrade(url)
        return
    if not _FIRST:
        await upgrade(url)
        _FIRST.append(new_file.read_bytes())
    new_file.write_bytes(_FIRST[0])


_FIRST: list[bytes] = []


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that nobody but a gateway, which shares its port with other workers, can take meanwhile."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def generous(folder: Path) -> Path:
    """The rules as they are, but for the quota: tests ask more than a person does."""
    rules = (ROOT / "config/policy.toml").read_text("utf-8")
    path = folder / "policy.toml"
    path.write_text(re.sub(r"(per_minute|burst) = [0-9]+", r"\1 = 1000000", rules), "utf-8")
    return path


def _changed(
    folder: Path, settings: Settings, wiring: dict[str, RoomWiring], changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "rooms": wiring,
        "paths": settings.paths.model_copy(
            update={
                "services": ROOT / "config/services",
                "policy": generous(folder),
                "providers": ROOT / "config/providers",
            }
        ),
        **{name: getattr(settings, name).model_copy(update=dict(values)) for name, values in changes.items()},
    }
