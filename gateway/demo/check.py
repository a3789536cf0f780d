"""Every service of every state, asked as a person would, in one table."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table

from gateway.demo.people import DemoPerson
from gateway.demo.procedures import carry_everything, print_carried
from gateway.demo.visitor import Visitor
from gateway.identity.providers.plate import ProviderPlate
from gateway.registry.rooms import find_rooms
from gateway.registry.services import Services
from gateway.schema.country import Country
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What one implementation answered; ``milliseconds`` is the whole time on the wire."""

    country: Country
    service: str
    result: str
    records: int
    milliseconds: float
    receipt: str

    @property
    def good(self) -> bool:
        """Whether records came, sealed."""
        return self.result == "ok" and self.records > 0 and bool(self.receipt)


async def ask_everything(settings: Settings, people: Sequence[DemoPerson]) -> int:
    """Asks each implementation with a citizen of its state; 0 when every one answered rightly, else 1."""
    citizens = {person.persona.home: person for person in people if person.is_citizen}
    services = Services.load(settings.paths.services)
    async with aiohttp.ClientSession(settings.server.public_url) as session:
        findings = [
            await _ask(session, citizens[plate.country], plate.country, service)
            for plate in find_rooms(settings.paths.adapters)
            if plate.name in settings.rooms
            for service in plate.services
            if services.find(service).kind == "lookup"
        ]
    entrances = [await _sign_in(settings, people, provider) for provider in settings.providers]
    _print(findings)
    _print_entrances(entrances)
    carried = await carry_everything(settings, people)
    print_carried(carried)
    good = [finding.good for finding in findings] + [entrance.good for entrance in entrances]
    good += [each.good for each in carried]
    return 0 if findings and all(good) else 1


@dataclass(frozen=True, slots=True)
class Entrance:
    """How one sign-in went; ``milliseconds`` is the whole way in, a lookup with its session not counted."""

    provider: str
    persona: str
    signed_in: bool
    answered: str
    milliseconds: float

    @property
    def good(self) -> bool:
        """Whether the session came, and a state answered it."""
        return self.signed_in and self.answered == "ok"


async def _sign_in(settings: Settings, people: Sequence[DemoPerson], provider: str) -> Entrance:
    """Signs the citizen of the provider's state in by its pages, and asks a lookup with the session."""
    country = ProviderPlate.load(settings.paths.providers / f"{provider}.toml").country or Country.OM
    persona = next(each.persona for each in people if each.persona.home is country and each.is_citizen)
    telephone = next(iter(settings.providers[provider].endpoints.values()))
    origin = "/".join(telephone.split("/")[:3])
    async with Visitor(settings.server.public_url) as visitor:
        began = time.perf_counter()
        signed_in = await visitor.sign_in(provider, persona, origin)
        took = (time.perf_counter() - began) * 1000
        document: dict[str, Any] = await visitor.ask("identity-verification", country.value) if signed_in else {}
    answers = document.get("answers") or [{"status": document.get("code", "")}]
    return Entrance(provider, persona.id, signed_in, answers[0]["status"], took)


async def _ask(session: aiohttp.ClientSession, person: DemoPerson, country: Country, service: str) -> Finding:
    body = {"countries": [country.value], "purpose": "self_service"}
    headers = {"Authorization": f"Bearer {person.token}"}
    began = time.perf_counter()
    try:
        async with session.post(f"/v1/lookups/{service}", json=body, headers=headers) as response:
            document = await response.json(content_type=None)
    except (aiohttp.ClientError, ValueError) as problem:
        document = {"code": type(problem).__name__}
    took = (time.perf_counter() - began) * 1000
    answer: dict[str, Any] = next(iter(document.get("answers", [])), {})
    return Finding(
        country,
        service,
        answer.get("code") or answer.get("status") or document.get("code", "unreadable"),
        len(answer.get("records", ())),
        took,
        answer.get("receipt", {}).get("id", ""),
    )


def _print_entrances(entrances: Sequence[Entrance]) -> None:
    table = Table("Provider", "Person", "Signed in", "Lookup", "ms")
    for each in entrances:
        colour = "green" if each.good else "red"
        signed_in = "yes" if each.signed_in else "no"
        table.add_row(
            each.provider, each.persona, f"[{colour}]{signed_in}[/]", each.answered, f"{each.milliseconds:.0f}"
        )
    console = Console()
    console.print(table)
    console.print(f"{sum(each.good for each in entrances)} of {len(entrances)} providers signed somebody in.")


def _print(findings: Sequence[Finding]) -> None:
    table = Table("State", "Service", "Result", "Records", "ms", "Receipt")
    for finding in findings:
        table.add_row(
            finding.country.value,
            finding.service,
            f"[green]{finding.result}[/]" if finding.good else f"[red]{finding.result}[/]",
            str(finding.records),
            f"{finding.milliseconds:.1f}",
            finding.receipt,
        )
    console = Console()
    console.print(table)
    good = sum(finding.good for finding in findings)
    console.print(f"{good} of {len(findings)} implementations answered rightly.")
