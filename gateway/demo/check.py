"""Every service of every state, asked as a person would, in one table."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table

from gateway.demo.people import DemoPerson
from gateway.registry.rooms import find_rooms
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
    async with aiohttp.ClientSession(settings.server.public_url) as session:
        findings = [
            await _ask(session, citizens[plate.country], plate.country, service)
            for plate in find_rooms(settings.paths.adapters)
            if plate.name in settings.rooms
            for service in plate.services
        ]
    _print(findings)
    return 0 if findings and all(finding.good for finding in findings) else 1


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
