"""One application of every procedure in every state, carried to its end, in one table."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from rich.console import Console
from rich.table import Table

from gateway.demo.applicant import Applicant, Stuck, since
from gateway.demo.people import DemoPerson
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import find_rooms
from gateway.registry.service import Service
from gateway.registry.services import Services
from gateway.schema.country import Country
from gateway.settings import Settings

PACE: Final = 0.3
"""Seconds that each step of a stand-in takes while it is checked."""

ASKED, LOST = "certificate-equivalence", "residence-certificate"
"""The procedures of each state that ask for more, and whose first reply is lost."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How one application went: ``way`` is what stood in its way, ``booked`` how often the state has it."""

    country: Country
    service: str
    way: str
    result: str
    documents: int
    booked: int
    seconds: float
    receipt: str

    @property
    def good(self) -> bool:
        """Whether it was granted with its document, sealed, and is in the state's books once."""
        return self.result == "approved" and self.documents > 0 and self.booked == 1 and bool(self.receipt)


async def carry_everything(settings: Settings, people: Sequence[DemoPerson]) -> Sequence[Carried]:
    """Applies with a citizen of each state for all that it gives, one after the other; the states go side by side."""
    services = Services.load(settings.paths.services)
    citizens = {person.persona.home: person for person in people if person.is_citizen}
    plates = [plate for plate in find_rooms(settings.paths.adapters) if plate.name in settings.rooms]
    async with aiohttp.ClientSession(settings.server.public_url) as session:
        states = [_State(session, settings, plate, services, citizens[plate.country].token) for plate in plates]
        found = await asyncio.gather(*(state.carry_all() for state in states))
    return [each for of_state in found for each in of_state]


@dataclass
class _State:
    """One state: its stand-in, told what to do by its control door, and a citizen who applies."""

    session: aiohttp.ClientSession
    settings: Settings
    plate: Manifest
    services: Services
    token: str

    async def carry_all(self) -> Sequence[Carried]:
        given = [self.services.find(name) for name in self.plate.services]
        try:
            return [await self._carry(service) for service in given if service.kind == "procedure"]
        finally:
            await self._tell("orders", {})

    async def _carry(self, service: Service) -> Carried:
        way = {ASKED: "asked for more", LOST: "reply lost", "fine-settlement": "paid"}.get(service.id, "")
        await self._tell("orders", {"course": "ask" if service.id == ASKED else "approve", "pace": PACE})
        applicant, began = Applicant(self.session, self.token, self.plate.country), time.perf_counter()
        before = len(await self._books())
        documents, view = 0, dict[str, Any]()
        try:
            if service.id == LOST:
                await self._tell("behaviour", {"kind": "lost", "times": 1})
            address = await applicant.apply(service)
            view = dict(await applicant.see_through(address))
            for document in view["documents"]:
                documents += (await applicant.download(address, document["id"])).startswith(b"%PDF-")
            result = view["status"]
        except (Stuck, aiohttp.ClientError, ValueError) as problem:
            result = str(problem) or type(problem).__name__
        booked = len(await self._books()) - before
        return Carried(
            self.plate.country, service.id, way, result, documents, booked, since(began), view.get("receipt") or ""
        )

    async def _tell(self, what: str, order: dict[str, Any]) -> None:
        async with self.session.post(f"{self._door}/{what}", json=order) as response:
            response.raise_for_status()

    async def _books(self) -> Sequence[Any]:
        async with self.session.get(f"{self._door}/books") as response:
            books: Sequence[Any] = await response.json()
            return books

    @property
    def _door(self) -> str:
        parts = urlsplit(next(iter(self.settings.rooms[self.plate.name].endpoints.values())))
        return f"{parts.scheme}://{parts.netloc}/_control"


def print_carried(carried: Sequence[Carried]) -> None:
    """The table."""
    table = Table("State", "Procedure", "On its way", "Result", "Documents", "Booked", "s", "Receipt")
    for each in carried:
        colour = "green" if each.good else "red"
        table.add_row(
            each.country.value,
            each.service,
            each.way,
            f"[{colour}]{each.result}[/]",
            str(each.documents),
            str(each.booked),
            f"{each.seconds:.1f}",
            each.receipt,
        )
    console = Console()
    console.print(table)
    console.print(f"{sum(each.good for each in carried)} of {len(carried)} applications came to their end, once each.")
