"""The registry's front door as a program of an agency's own people uses it, and versions that are good to bring."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Table, select, update

from gateway.identity.principal import Assurance
from gateway.schema import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_versions
from tests.support.agencies import Joined, joined
from tests.support.fisheries import ADAPTER, AGENCY, HOLDER, KEY, SERVICE, Fisheries, definition, plate
from tests.support.house import House, house

ROOT = "/v1/registry"
ADAPTERS = f"{ROOT}/adapters"
ONE = f"{ADAPTERS}/{ADAPTER}"
NUMBERS: Mapping[Country, str] = {
    Country.OM: HOLDER,
    Country.BH: "010345570",
    Country.KW: "279112346306",
    Country.QA: "29063400002",
}
"""Invented people, one of each state: ``person-OM`` and so on."""


@dataclass(frozen=True)
class Told:
    """What the door answered."""

    status: int
    headers: Mapping[str, str]
    document: Any
    text: str

    def __getitem__(self, name: str) -> Any:
        return self.document[name]

    @property
    def code(self) -> str:
        return str(self.document.get("code", ""))


@dataclass
class RegistryDoor:
    """``fisheries`` is the national system of the agency ``om-fisheries``."""

    house: House
    fisheries: Fisheries
    heard: list[str] = field(default_factory=list)
    """Every answer, as it came."""

    @property
    def storage(self) -> Storage:
        return self.house.doors.parts.storage

    async def joined(self, role: str = "owner", *, of: Country = Country.OM, agency: str = AGENCY, **more: Any) -> str:
        """A person of that state becomes a member of the agency; the token that speaks for them."""
        await joined(self.house, agency=agency, person=f"person-{of.value}", role=role, **more)
        return self.token(of)

    def token(self, of: Country = Country.OM, **changes: Any) -> str:
        """Of a person of that state, with the scope of the registry."""
        settings: dict[str, Any] = {"scopes": ("registry",), "assurance": Assurance.SUBSTANTIAL}
        return self.house.token((of.value, NUMBERS[of]), **(settings | changes))

    async def ask(
        self,
        method: str,
        path: str,
        token: str | None,
        body: Any = None,
        *,
        key: str | None = "",
        language: str = "en",
        **headers: str,
    ) -> Told:
        """The answer; a POST brings a key of its own unless told which, or ``None``."""
        sent = {"Accept-Language": language, **headers}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if method == "POST" and key is not None:
            sent["Idempotency-Key"] = key or str(uuid4())
        async with self.house.session.request(method, f"{self.house.url}{path}", json=body, headers=sent) as answer:
            text = await answer.text()
            self.heard.append(f"{dict(answer.headers)} {text}")
            return Told(answer.status, answer.headers.copy(), await answer.json(content_type=None), text)

    async def adapter(self, token: str, *, secrets: Sequence[str] = ("sandbox", "live")) -> None:
        """The adapter by its name, with its key set."""
        told = await self.ask("PUT", ONE, token, {"agency": AGENCY})
        assert told.status == 200, told.text
        for environment in secrets:
            told = await self.ask("PUT", f"{ONE}/secrets/{environment}/api_key", token, {"value": KEY})
            assert told.status == 200, told.text

    def version(self, number: str = "1.0.0", **changes: Any) -> dict[str, Any]:
        """A good version; ``changes`` are of its name plate."""
        return {
            "plate": {**plate(self.fisheries.url, number), **changes},
            "definitions": [definition()],
            "cases": orjson.loads(orjson.dumps(CASES)),
        }

    async def registered(self, token: str, number: str = "1.0.0", **changes: Any) -> None:
        """A good version, registered."""
        told = await self.ask("PUT", f"{ONE}/versions/{number}", token, self.version(number, **changes))
        assert told.status == 200, told.text

    async def approved(self, token: str, number: str = "1.0.0", **changes: Any) -> None:
        """A good version that two people have judged, as if they had."""
        await self.registered(token, number, **changes)
        await stand(self.storage, number, "approved")

    async def rows(self, table: Table) -> Sequence[Any]:
        """All that stands in a table."""
        async with self.storage.reading() as connection:
            return (await connection.execute(select(table))).all()


async def stand(storage: Storage, version: str, standing: str, adapter: str = ADAPTER) -> None:
    """The version stands so from now on, whoever judged it."""
    own = registry_versions.c.adapter_id == adapter, registry_versions.c.version == version
    async with storage.writing() as connection:
        await connection.execute(update(registry_versions).where(*own).values(standing=standing))


_ASK = {"subject": {"country": "OM", "value": HOLDER}, "purpose": "self_service", "language": "ar"}
CASES: dict[str, list[dict[str, Any]]] = {
    SERVICE: [
        {
            "promise": "A licence is found.",
            "ask": _ASK,
            "expect": {"status": "ok", "records": [{"reference": "F-1001"}, {"reference": "F-1002"}]},
        },
        {
            "promise": "Whoever has none is told so.",
            "ask": {**_ASK, "subject": {"country": "OM", "value": "99999999"}, "language": "en"},
            "expect": {"status": "none", "records": []},
        },
        {
            "promise": "A system that has no contract with us says no.",
            "ask": _ASK,
            "reply": {"status": 403, "content_type": "application/json", "body": '{"code": "NO_CONTRACT"}'},
            "expect": {"status": "refused", "code": "backend_refused"},
        },
    ]
}


@asynccontextmanager
async def registry_door(
    folder: Path, storage_url: str | None = None, fisheries: Fisheries | None = None, **more: Any
) -> AsyncIterator[RegistryDoor]:
    """A gateway without rooms that may reach the fisheries, and nothing else on this machine."""
    async with (fisheries or Fisheries()).running() as fisheries:
        port = fisheries.url.rpartition(":")[2]
        server = {"outward_allowed": (f"127.0.0.1/32 port {port}",), **more.pop("server", {})}
        async with house(folder, rooms=(), storage_url=storage_url, server=server, **more) as running:
            yield RegistryDoor(running, fisheries)


__all__ = ["ADAPTER", "ADAPTERS", "AGENCY", "CASES", "KEY", "ONE", "ROOT", "SERVICE", "Joined", "RegistryDoor", "Told"]
