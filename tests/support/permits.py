"""A service that the repository does not have: fishing permits of Oman, mapped, with a sandbox and cases."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from gateway import field_map
from gateway.kit.beside import utc_now
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room, gate_limits
from gateway.registry.service import Service
from gateway.registry.services import Services
from gateway.sdk.connection import Connection
from gateway.sdk.gate import Gate
from gateway.sdk.inbox import Inbox

ROOT = Path(__file__).parents[2]
PERSON = "08123457"
KEY = "an-invented-key"
SERVICE = "fishing-permits"


def permits_plate(**changes: Any) -> Manifest:
    """The name plate that ``docs/field-maps.md`` shows, with ``changes``."""
    page = (ROOT / "docs/field-maps.md").read_text("utf-8")
    document = tomllib.loads(page.split("```toml\n")[1].split("```")[0])
    return Manifest.model_validate_json(orjson.dumps({**document, **changes}))


def permits_service() -> Service:
    """Fishing permits, defined as traffic fines are, but for what is answered."""
    known = Services.load(ROOT / "config/services").find("traffic-fines").model_dump(mode="json")
    known["id"] = SERVICE
    known["output"]["kind"] = "evidence"
    known["authorities"] = [
        {**each, "agency": "om-fisheries"} for each in known["authorities"] if each["country"] == "OM"
    ]
    return Service.model_validate_json(orjson.dumps(known))


PERMIT = {"number": "P-77", "civil_number": PERSON, "state": "ACTIVE", "ends": "31/12/2026", "boat": "B-17"}


def permits_cases() -> dict[str, list[dict[str, Any]]]:
    """What the agency promises: found, absent and refused, in both languages."""
    ask = {"subject": {"country": "OM", "value": PERSON}, "purpose": "self_service", "language": "ar"}
    found = {"reference": "P-77", "subject": {"country": "OM", "value": PERSON}, "status": "valid"}
    nobody = {**ask, "subject": {"country": "OM", "value": "99999999"}, "language": "en"}
    refusal = {"status": 403, "content_type": "application/json", "body": '{"error": {"code": "NO_CONTRACT"}}'}
    cases = [
        {"promise": "A permit is found.", "ask": ask, "expect": {"status": "ok", "records": [found]}},
        {"promise": "Nobody has none.", "ask": nobody, "expect": {"status": "none", "records": []}},
        {
            "promise": "A system that has no contract with us says no.",
            "ask": ask,
            "reply": refusal,
            "expect": {"status": "refused", "code": "backend_refused"},
        },
    ]
    return {SERVICE: deepcopy(cases)}


@dataclass
class Fisheries:
    """The agency's own sandbox: ``permit`` is what it says, after so many seconds, of the one person it knows."""

    permit: Mapping[str, Any] = field(default_factory=lambda: dict(PERMIT))
    seconds: float = 0.0
    asked: int = 0

    async def permits(self, request: web.Request) -> web.Response:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if request.headers.get("X-Api-Key") != KEY:
            return web.json_response({"error": {"code": "KEY_UNKNOWN"}}, status=403)
        if request.match_info["person"] != PERSON:
            return web.json_response({"error": {"code": "NO_SUCH_PERSON"}}, status=404)
        return web.json_response({"permits": [self.permit]})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Its address while the context lasts."""
        app = web.Application()
        app.router.add_get("/people/{person}/permits", self.permits)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


@asynccontextmanager
async def permits_room(
    url: str, plate: Manifest | None = None, secrets: Mapping[str, str] | None = None
) -> AsyncIterator[Room]:
    """The adapter, or another with one service, connected to the sandbox at ``url``."""
    plate = plate or permits_plate()
    gates = {name: Gate(plate.name, url, gate_limits(plate), endpoint=name) for name in plate.endpoints}
    connection = Connection(
        gates=gates, secrets=secrets or {"key": KEY}, inbox=Inbox("http://127.0.0.1:9"), clock=utc_now
    )
    maps = {name: offer.map for name, offer in plate.services.items() if offer.map}
    system, lookups = field_map.build(maps, dict.fromkeys(maps, "evidence"), plate.country, connection)
    try:
        yield Room(plate, system, lookups)
    finally:
        await system.close()
        for gate in gates.values():
            await gate.close()
