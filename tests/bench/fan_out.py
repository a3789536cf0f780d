"""One question to six states, with back ends of 20 ms, and then with one of them hung."""

import asyncio
import json
import socket
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import aiohttp

from gateway.app import now
from gateway.demo.people import demo_people
from gateway.demo.prepare import Ports, prepare
from gateway.sandbox.identity import STAND_INS
from gateway.settings import Settings, load
from gateway.storage.schema import upgrade
from tests.bench.machine import LOAD, MEASURED, free_port, process, wait_for
from tests.support.house import ROOT, generous

QUESTIONS, TOGETHER = 240, 4
DELAY, HUNG_QUESTIONS = 0.020, 40
HUNG = "qatar"
PERSON, SERVICE = "saudi-citizen", "identity-verification"

Answers = list[tuple[float, dict[str, Any]]]


def fan_out(folder: Path) -> None:
    """Prints how long one question to all takes, beside the same question to each state alone."""
    with running(folder) as settings:
        asyncio.run(_measure(settings))


@contextmanager
def running(folder: Path) -> Iterator[Settings]:
    """The gateway on one core; the six stand-ins, and whoever asks, on the other."""
    ports = Ports(free_port(), free_port(), _free_row(6), _free_row(len(STAND_INS)))
    config = prepare(folder / "demo", ports, ROOT / "adapters")
    settings = load(config)
    asyncio.run(upgrade(settings.storage.url))
    environment = {"BAWABA_CONFIG": str(config), "BAWABA_PATHS__POLICY": str(generous(folder))}
    bawaba = str(ROOT / ".venv/bin/bawaba")
    with process([bawaba, "sandbox"], LOAD, environment), process([bawaba, "serve"], MEASURED, environment):
        for url in _stand_ins(settings).values():
            wait_for(f"{url}/_control/state")
        wait_for(f"http://127.0.0.1:{settings.server.operators_port}/readyz")
        yield settings


async def _measure(settings: Settings) -> None:
    token = next(each.token for each in demo_people(settings, now(), 60) if each.persona.id == PERSON)
    headers = {"Authorization": f"Bearer {token}"}
    for url in _stand_ins(settings).values():
        _behave(url, {"kind": "slow", "seconds": DELAY})
    async with aiohttp.ClientSession(settings.server.public_url, headers=headers) as session:
        countries = [answer["country"] for answer in (await _ask(session, []))[1]["answers"]]
        alone = {country: await _times(session, [country], QUESTIONS) for country in countries}
        together = await _times(session, [], QUESTIONS)
        print(f"Six states, back ends of {DELAY * 1000:.0f} ms an exchange, {TOGETHER} questions at once\n")
        print(f"{'':34}{'p50 ms':>20}{'p99 ms':>9}")
        for name, answers in [
            *((f"{country} alone", times) for country, times in alone.items()),
            ("all six", together),
        ]:
            print(f"{name:34}{_p50(answers):>20.1f}{_p99(answers):>9.1f}")
        slowest = max(alone, key=lambda country: _p50(alone[country]))
        print(
            f"\nAll six take {_p50(together) - _p50(alone[slowest]):.1f} ms more "
            f"than the slowest alone ({slowest}), at p50."
        )
        await _hang(settings, session)


async def _hang(settings: Settings, session: aiohttp.ClientSession) -> None:
    _behave(_stand_ins(settings)[HUNG], {"kind": "slow", "seconds": 60})
    answers = await _times(session, [], HUNG_QUESTIONS)
    others = {each["status"] for _, said in answers for each in said["answers"] if each["country"] != "QA"}
    room = settings.lookups.deadline_ms
    print(
        f"One hung: p99 {_p99(answers):.0f} ms, deadline {room} ms; the other five said {', '.join(sorted(others))}.\n"
    )


async def _times(session: aiohttp.ClientSession, countries: Sequence[str], questions: int) -> Answers:
    answers: Answers = []
    for _ in range(questions // TOGETHER):
        answers += await asyncio.gather(*(_ask(session, countries) for _ in range(TOGETHER)))
    return answers


async def _ask(session: aiohttp.ClientSession, countries: Sequence[str]) -> tuple[float, dict[str, Any]]:
    began = time.perf_counter()
    body = {"countries": list(countries), "purpose": "self_service"}
    async with session.post(f"/v1/lookups/{SERVICE}", json=body) as response:
        document: dict[str, Any] = json.loads(await response.read())
    return (time.perf_counter() - began) * 1000, document


def _stand_ins(settings: Settings) -> dict[str, str]:
    addresses = {name: next(iter(wiring.endpoints.values())) for name, wiring in settings.rooms.items()}
    return {name: "/".join(address.split("/")[:3]) for name, address in addresses.items()}


def _behave(url: str, behaviour: dict[str, Any]) -> None:
    order = urllib.request.Request(f"{url}/_control/behaviour", json.dumps(behaviour).encode(), method="POST")
    urllib.request.urlopen(order, timeout=5).close()


def _free_row(length: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    while True:
        first = free_port()
        try:
            for port in range(first, first + length):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


def _p50(answers: Answers) -> float:
    return median(took for took, _ in answers)


def _p99(answers: Answers) -> float:
    return quantiles((took for took, _ in answers), n=100)[98]
