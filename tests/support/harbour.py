"""An agency that joins by a host of its own: the host in this process, and a gateway of two workers that reaches it."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme

from gateway.adapter_host import HeldSigner
from gateway.errors import BackendRefused
from gateway.schema import AnyRecord, Country
from gateway.schema.evidence import Evidence
from gateway.sdk.adapter import Ask, Lookup, NationalSystem
from gateway.sdk.procedure import Procedure
from gateway.serve import Doors, serving
from tests.support.fisheries import ADAPTER, AGENCY, HOLDER, SERVICE, definition, plate
from tests.support.hosts import ENDPOINT, Host, Sides, Table, hosting, private_pem
from tests.support.house import house
from tests.support.registry_door import ONE, ROOT, RegistryDoor, Told, stand

BARRED = "07654321"
"""Whom the fisheries give nothing about: an invented number."""
AUTHORITY = "host-authority"
LICENCES = ("F-2001", "F-2002")
SOON = 2.0
"""Seconds within which a change is in force everywhere."""


@dataclass
class Harbour:
    """``door`` is the gateway's first worker, ``other`` its second, ``host`` what the agency runs at home."""

    door: RegistryDoor
    other: Doors
    host: Host
    agency: str = AGENCY

    @property
    def ports(self) -> tuple[int, int]:
        return self.door.house.doors.public_port, self.other.public_port

    async def upload(self, owner: str, key: HeldSigner, authority: trustme.CA | None = None) -> None:
        """The agency's signing key, and the authority of its certificates."""
        of = authority or self.host.sides.agency
        await self._put_key(owner, key.kid, {"kind": "signing", "jwk": key.jwk})
        await self._put_key(owner, AUTHORITY, {"kind": "authority", "pem": of.cert_pem.bytes().decode()})

    async def revoke(self, owner: str, key: str) -> float:
        """The moment when it was said that the key is revoked."""
        told = await self.door.ask("DELETE", f"{ROOT}/agencies/{self.agency}/keys/{key}", owner)
        assert told.status == 200, told.text
        return time.monotonic()

    def version(self, *keys: str, number: str = "1.0.0", **changes: Any) -> dict[str, Any]:
        """A version that the host answers, known by the keys of these names."""
        address = {ENDPOINT: self.host.address}
        made = plate(self.host.address, number, kind="host", endpoints=[ENDPOINT], secrets=[])
        made |= {"addresses": {"sandbox": address, "live": address}, "protocol": "the adapter protocol, 1.0"}
        made |= {"host": {"keys": list(keys), "authority": AUTHORITY}}
        made |= {"services": {SERVICE: {"agency": AGENCY, "latency_budget_ms": 2000}}}
        return {"plate": made | changes, "definitions": [definition()], "cases": CASES}

    async def register(self, owner: str, version: Mapping[str, Any], adapter: str = ADAPTER) -> Told:
        """What the registry says of it."""
        one = f"{ROOT}/adapters/{adapter}"
        told = await self.door.ask("PUT", one, owner, {"agency": self.agency})
        assert told.status == 200, told.text
        return await self.door.ask("PUT", f"{one}/versions/{version['plate']['version']}", owner, version)

    async def attempt(self, owner: str, number: str = "1.0.0") -> Told:
        """The acceptance kit, run by the gateway against the host."""
        return await self.door.ask("POST", f"{ONE}/versions/{number}/acceptance", owner)

    async def live(self, owner: str, number: str = "1.0.0", adapter: str = ADAPTER) -> float:
        """Stood approved, and live; the moment when it was said."""
        await stand(self.door.storage, number, "approved", adapter)
        told = await self.door.ask("POST", f"{ROOT}/adapters/{adapter}/live", owner, {"version": number, "share": 100})
        assert told.status == 200, told.text
        return time.monotonic()

    async def ask(self, port: int) -> tuple[int, dict[str, Any]]:
        """The citizen's question at the worker behind that port."""
        token = self.door.house.token(("OM", HOLDER), scopes=("lookups",))
        body, headers = {"countries": ["OM"], "purpose": "self_service"}, {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{port}/v1/lookups/{SERVICE}"
        async with self.door.house.session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def answered(self, status: str, until: float) -> list[dict[str, Any]]:
        """The first answer of each worker that has that status; fails where one comes too late."""
        return [await self._answered(port, status, until) for port in self.ports]

    async def _answered(self, port: int, status: str, until: float) -> dict[str, Any]:
        while True:
            code, document = await self.ask(port)
            answer: dict[str, Any] = document["answers"][0] if code == 200 else {"status": document["code"]}
            if answer["status"] == status:
                return answer
            assert time.monotonic() < until, document
            await asyncio.sleep(0.02)

    async def _put_key(self, owner: str, name: str, key: Mapping[str, Any]) -> None:
        told = await self.door.ask("PUT", f"{ROOT}/agencies/{self.agency}/keys/{name}", owner, key)
        assert told.status == 200, told.text


async def licences(ask: Ask) -> Sequence[AnyRecord]:
    """What the fisheries' host says."""
    if ask.subject.value == BARRED:
        raise BackendRefused(reason="NO_CONTRACT")
    if ask.subject.value != HOLDER:
        return []
    return [
        Evidence(
            source=ask.source.model_copy(update={"reference": number}),
            reference=number,
            subject=ask.subject,
            title={"ar": "رخصة صيد تقليدي", "en": "Artisanal fishing licence"},  # type: ignore[arg-type]
            status="valid",
        )
        for number in LICENCES
    ]


def _case(promise: str, value: str, language: str, **expect: Any) -> dict[str, Any]:
    ask = {"subject": {"country": "OM", "value": value}, "purpose": "self_service", "language": language}
    return {"promise": promise, "ask": ask, "expect": expect}


CASES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    SERVICE: [
        _case("Licences are found.", HOLDER, "ar", status="ok", records=[{"reference": each} for each in LICENCES]),
        _case("Whoever has none is told so.", "99999999", "en", status="none", records=[]),
        _case("Of some nothing is said.", BARRED, "en", status="refused", code="backend_refused"),
    ]
}


@asynccontextmanager
async def harbour(
    folder: Path,
    storage_url: str | None = None,
    *,
    lookups: Mapping[str, Lookup[Any, Any]] | None = None,
    procedures: Mapping[str, Procedure[Any, Any]] | None = None,
    country: Country = Country.OM,
    agency: str = AGENCY,
    system: NationalSystem | None = None,
    rest: str = "",
    **settings: Mapping[str, Any],
) -> AsyncIterator[Harbour]:
    """A host of these, the fisheries' unless told otherwise, and a gateway without rooms; ``settings`` by section."""
    given = {SERVICE: Table(licences)} if lookups is None and procedures is None else lookups
    sides = Sides(folder / "sides")
    at_home = hosting(folder, given, procedures, sides=sides, country=country, system=system, rest=rest)
    async with at_home as host:
        changes: dict[str, Any] = {
            "server": {"outward_allowed": (f"127.0.0.1/32 port {host.port}",)},
            "registry": credentials(sides),
            **settings,
        }
        async with house(folder, rooms=(), storage_url=storage_url, **changes) as home:
            server = home.settings.server.model_copy(update={"port": 0, "operators_port": 0, "callbacks_port": 0})
            async with serving(home.settings.model_copy(update={"server": server})) as other:
                # Nothing of these agencies is a field map, so there is no system beside the host.
                yield Harbour(RegistryDoor(home, None), other, host, agency)  # type: ignore[arg-type]


def credentials(sides: Sides) -> Mapping[str, Path]:
    """The settings by which the gateway calls hosts."""
    sides.file("gateway-signing.pem").write_bytes(private_pem(sides.gateway))
    return {
        "host_signing_key_file": sides.file("gateway-signing.pem"),
        "host_certificate_file": sides.file("gateway.pem"),
        "host_key_file": sides.file("gateway.key"),
    }
