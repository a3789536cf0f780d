"""Numbers, names, telephones and tokens go through every flow, and are in no log, measure, problem or entry."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from gateway.demo.prepare import Ports, prepare
from gateway.sandbox.systems import build_sandbox
from gateway.sdk.sandbox import Behaviour, Sandbox
from gateway.sdk.sandbox.behaviours import KINDS
from gateway.settings import Settings, load
from gateway.storage.schema import upgrade
from tests.support.door import PERSONAS
from tests.support.house import STATES, generous
from tests.support.program import ROOT, Program, free_ports, run, running
from tests.support.tokens import token_of

SERVICES = ("identity-verification", "traffic-fines", "commercial-registration", "pension-contributions")
PERSONAL = frozenset({"value", "full", "given", "father", "grandfather", "family", "phone", "birth_date.date"})
CITIZEN = PERSONAS["kuwaiti-citizen"]
# Short words may stand in a log for reasons of their own.
SHORTEST = 5
CANARY = "784199012345676"


@dataclass
class Street:
    """A gateway in a process of its own, its six sandboxes here, and all that was heard of it."""

    settings: Settings
    program: Program
    sandboxes: dict[str, Sandbox]
    session: aiohttp.ClientSession
    config: Path
    problems: list[str] = field(default_factory=list)
    canaries: set[str] = field(default_factory=set)

    async def send(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        """One request; a problem is kept, whatever it is."""
        address = URL(f"http://127.0.0.1:{self.settings.server.port}{path}", encoded=True)
        async with self.session.request(method, address, **how) as response:
            text = await response.text()
            if response.status >= 400:
                self.problems += [text, str(dict(response.headers))]
            return {"status": response.status, **(json.loads(text) if text.startswith("{") else {})}

    async def ask(self, service: str, token: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        return await self.send(
            "POST", f"/v1/lookups/{service}", json={"purpose": "self_service", **body}, headers=headers
        )

    async def metrics(self) -> str:
        async with self.session.get(f"http://127.0.0.1:{self.settings.server.operators_port}/metrics") as response:
            return await response.text()


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    first = free_ports(2 + len(STATES))
    config = prepare(tmp_path, Ports(first, first + 1, first + 2), ROOT / "adapters", providers=[])
    settings = load(config)
    await upgrade(settings.storage.url)
    variables = {"BAWABA_CONFIG": str(config), "BAWABA_LOOKUPS__DEADLINE_MS": "600"}
    async with AsyncExitStack() as stack:
        sandboxes = {}
        for name, wiring in settings.rooms.items():
            sandboxes[name] = build_sandbox(settings.paths.adapters, name, wiring)
            port = URL(next(iter(wiring.endpoints.values()))).port
            await stack.enter_async_context(sandboxes[name].running(port or 0))
        variables["BAWABA_PATHS__POLICY"] = str(generous(tmp_path))
        program = stack.enter_context(running("serve", variables=variables))
        program.wait_for("worker.ready")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Street(settings, program, sandboxes, session, config)


def personal(value: Any, name: str = "") -> Iterator[str]:
    """Every personal text in a record, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from personal(inner, f"{name}.{key}" if name == "birth_date" else key)
    elif isinstance(value, list):
        for inner in value:
            yield from personal(inner, name)
    elif isinstance(value, str) and name in PERSONAL and len(value) >= SHORTEST:
        yield value


async def every_good_flow(street: Street, token: str) -> None:
    for service in SERVICES:
        document = await street.ask(service, token)
        assert document["status"] == 200, document
        for answer in document["answers"]:
            assert answer["status"] in ("ok", "none"), answer
            street.canaries |= set(personal(answer["records"]))
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/v1/me", "/v1/me/accesses", "/v1/receipts/0", f"/v1/receipts/{CANARY}"):
        await street.send("GET", path, headers=headers)


async def every_bad_flow(street: Street, token: str) -> None:
    for kind in KINDS:
        for sandbox in street.sandboxes.values():
            sandbox.behave(Behaviour(kind, seconds=2))
        await street.ask("identity-verification", token)
    headers = {"Authorization": f"Bearer {token}"}
    identifier = {"country": "AE", "value": CANARY}
    for body in (
        {"inputs": {"identifier": identifier}},
        {"inputs": {"identifier": {"country": "KW", "value": CITIZEN.identifiers[0][1]}}},
        {"inputs": {"since": CANARY}},
        {"purpose": CANARY},
        {"countries": [CANARY]},
    ):
        await street.ask("traffic-fines", token, **body)
    for spoilt in (f"{token}x", token[:-8], CANARY, f"{token.split('.')[0]}..{CANARY}"):
        await street.ask("traffic-fines", spoilt)
    path = f"/v1/lookups/{CANARY}?access_token={token}&id={CANARY}"
    await street.send("POST", path, data=CANARY, headers={**headers, "Content-Type": "application/json"})
    await street.send("POST", path, data=CANARY, headers={**headers, "Content-Type": CANARY})
    await street.send("GET", f"/{CANARY}", headers={**headers, "Cookie": f"id={CANARY}", "X-Forwarded-For": CANARY})
    await street.send("GET", "/v1/services", headers={**headers, "Host": CANARY})
    await street.send("GET", "/v1/services", headers={**headers, "X": CANARY * 1000})


@pytest.mark.slow
async def test_what_is_personal_is_in_no_log_measure_problem_or_entry(street: Street) -> None:
    token = token_of(street.settings, CITIZEN.id)
    await every_good_flow(street, token)
    await every_bad_flow(street, token)
    measures = await street.metrics()
    street.program.process.terminate()
    street.program.process.wait(20)

    code, ledger, _ = await asyncio.to_thread(run, "ledger", "export", "--config", str(street.config))

    canaries = street.canaries | {value for _, value in CITIZEN.identifiers} | {CANARY, *token.split(".")}
    assert len(canaries) > 12
    assert code == 0
    kept = {
        "log": "".join(street.program.lines),
        "measures": measures,
        "problems": "".join(street.problems),
        "ledger": ledger,
    }
    assert all(kept.values())
    assert "adapter.failed" in kept["log"] or "worker.ready" in kept["log"]
    found = {(place, canary) for place, text in kept.items() for canary in canaries if written(canary) in text}
    assert found == set()


def written(canary: str) -> str:
    """As it would stand in a line of JSON, where all but ASCII is escaped."""
    return json.dumps(canary)[1:-1]


@pytest.mark.slow
async def test_random_paths_make_no_new_measures(street: Street) -> None:
    token = token_of(street.settings, CITIZEN.id)
    await street.ask("traffic-fines", token)
    before = len((await street.metrics()).splitlines())

    for number in range(200):
        await street.ask(f"service-{number}", token)
        await street.send("GET", f"/{number}")

    assert len((await street.metrics()).splitlines()) == before
