"""An application reaches a registered host with its files, and comes to its end as it does by a room in the house."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.demo.applicant import Applicant
from gateway.kit.beside import Beside, beside
from gateway.registry.manifest import Manifest
from gateway.registry.services import Services
from gateway.schema import Country
from gateway.sdk.sandbox import Orders
from tests.support.door import entries
from tests.support.harbour import AUTHORITY, SOON, Harbour, harbour
from tests.support.hosts import ENDPOINT
from tests.support.house import ROOT
from tests.support.program import free_ports

pytestmark = pytest.mark.asyncio

AGENCY, ADAPTER, SERVICE = "bh-moe", "bh_moe_host", "certificate-equivalence"
CITIZEN = ("BH", "010345570")


@dataclass
class Ministry:
    """``beside`` is the national system and the room that runs at home, ``harbour`` the gateway that knows a host."""

    beside: Beside
    harbour: Harbour

    async def join(self) -> None:
        """Registered, stood approved, and live."""
        owner = await self.harbour.door.joined(of=Country.BH, agency=AGENCY, country=Country.BH)
        key = self.harbour.host.sides.host
        await self.harbour.upload(owner, key)
        told = await self.harbour.register(owner, self._version(key.kid), ADAPTER)
        assert told.status == 200, told.text
        said = await self.harbour.live(owner, adapter=ADAPTER)
        while "BH" not in await self._connected():
            assert time.monotonic() < said + SOON
            await asyncio.sleep(0.02)

    async def _connected(self) -> set[str]:
        """The states that give the service through the gateway, as its catalogue says."""
        told = await self.harbour.door.ask("GET", f"/v1/services/{SERVICE}", None)
        return {body["country"] for body in told["authorities"] if body["connected"]}

    def _version(self, key: str) -> dict[str, Any]:
        address = {ENDPOINT: self.harbour.host.address}
        plate = {
            "name": ADAPTER,
            "kind": "host",
            "agency": AGENCY,
            "title": {"ar": "معادلة الشهادات", "en": "Equivalence of certificates"},
            "country": "BH",
            "version": "1.0.0",
            "stage": "live",
            "protocol": "the adapter protocol, 1.0",
            "contact": {
                "name": {"ar": "مكتب الربط", "en": "Integration desk"},
                "email": "desk@moe.example",
                "phone": "+97317000000",
            },
            "endpoints": [ENDPOINT],
            "addresses": {"sandbox": address, "live": address},
            "host": {"keys": [key], "authority": AUTHORITY},
            "services": {SERVICE: {"agency": AGENCY, "latency_budget_ms": 2000}},
        }
        return {"plate": plate, "definitions": [], "cases": {}}


@pytest_asyncio.fixture
async def ministry(tmp_path: Path, storage_url: str) -> AsyncIterator[Ministry]:
    folder = ROOT / "adapters/bahrain"
    port = free_ports(1)
    door = f'[callbacks]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n'
    async with beside(folder, Manifest.load(folder)) as at_home:
        room = at_home.room
        host = harbour(
            tmp_path,
            storage_url,
            procedures={SERVICE: room.procedures[SERVICE]},
            country=Country.BH,
            agency=AGENCY,
            system=room.system,
            rest=door,
        )
        async with host as gateway:
            yield Ministry(at_home, gateway)


async def test_an_application_comes_to_its_end_by_a_registered_host(ministry: Ministry) -> None:
    """Its file arrives, what is asked for later too, and the document comes back; the state has it once."""
    await ministry.join()
    ministry.beside.sandbox.desk.orders = Orders(course="ask", pace=0.2)
    home = ministry.harbour.door.house
    token = home.token(CITIZEN, scopes=("applications",))
    service = Services.load(ROOT / "config/services").find(SERVICE)

    async with aiohttp.ClientSession(home.url) as session:
        applicant = Applicant(session, token, Country.BH)
        address = await applicant.apply(service)
        view = await applicant.see_through(address)
        documents = [await applicant.download(address, document["id"]) for document in view["documents"]]

    (booked,) = ministry.beside.sandbox.desk.books()
    said = [entry["status"] for entry in view["timeline"]]
    assert (view["status"], view["national_reference"]) == ("approved", booked["number"])
    assert "needs_citizen" in said
    assert documents
    assert all(document.startswith(b"%PDF-") for document in documents)
    labels = {entry["adapter"] for entry in await entries(home) if entry.get("application") and entry.get("adapter")}
    assert labels == {f"{ADAPTER}@1.0.0"}
