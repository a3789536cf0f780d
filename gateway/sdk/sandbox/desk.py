"""The desk of a national stand-in: it books applications and decides them as time goes by."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked_dataclass

Course = Literal["approve", "refuse", "ask", "stall", "strange"]
Stage = Literal["received", "review", "asks", "unpaid", "approved", "rejected", "withdrawn", "strange"]
Telling = Literal["once", "twice", "late", "never"]

PAID_FIRST = "fine-settlement"
"""The one service that is approved by being paid for."""


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Orders:
    """What the desk does with the applications that come from now on.

    ``approve`` decides for the applicant, ``refuse`` against, ``ask`` asks for something before it approves,
    ``stall`` reviews for ever, ``strange`` passes through a status that nobody has heard of. ``pace`` is how many
    seconds each step takes. ``telling`` is for systems that call back: ``late`` tells everything in the opposite
    order when all is over.
    """

    course: Course = "approve"
    pace: Annotated[float, Field(ge=0.01, le=600, allow_inf_nan=False)] = 1.0
    telling: Telling = "once"


@dataclass(frozen=True, slots=True)
class File:
    """An attachment that was handed in: its size in bytes and its SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size: int
    digest: str


@dataclass(slots=True)
class Dossier:
    """One application in the books. ``number`` is the state's own reference, ``reference`` the gateway's."""

    number: str
    reference: str
    service: str
    identifier: str
    fields: Mapping[str, str]
    callback_url: str
    opened_at: datetime
    orders: Orders
    files: dict[str, File] = field(default_factory=dict)
    supplied: dict[str, str] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    submissions: int = 1
    supplied_at: datetime | None = None
    paid_at: datetime | None = None
    withdrawn_at: datetime | None = None
    stirred: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    issued: bytes | None = field(default=None, repr=False)

    def issue(self, make: Callable[[], bytes]) -> bytes:
        """The document that was decided with, made the first time: what was issued never changes."""
        if self.issued is None:
            self.issued = make()
        return self.issued

    def history(self, now: datetime) -> Sequence[tuple[Stage, datetime]]:
        """Every stage up to ``now`` with the moment it began, the oldest first."""
        ended = min(now, self.withdrawn_at or now)
        passed = [(stage, at) for stage, at in self._plan() if at <= ended]
        if self.withdrawn_at and passed[-1][0] not in ("approved", "rejected"):
            passed.append(("withdrawn", self.withdrawn_at))
        return passed

    def stage(self, now: datetime) -> tuple[Stage, datetime]:
        """Where it stands, and since when."""
        return self.history(now)[-1]

    def next_change(self, now: datetime) -> datetime | None:
        """When it will come to stand otherwise by itself, ``None`` when that takes somebody's act or nothing."""
        if self.stage(now)[0] == "withdrawn":
            return None
        return next((at for _, at in self._plan() if at > now), None)

    def _plan(self) -> Sequence[tuple[Stage, datetime]]:
        """What is known to come as things stand."""
        step, at = timedelta(seconds=self.orders.pace), self.opened_at
        plan: list[tuple[Stage, datetime]] = [("received", at), ("review", at + step)]
        decided = at + 2 * step
        match self.orders.course:
            case "stall":
                return plan
            case "refuse":
                return [*plan, ("rejected", decided)]
            case "strange":
                plan.append(("strange", decided))
                decided += step
            case "ask":
                plan.append(("asks", decided))
                if self.supplied_at is None:
                    return plan
                plan.append(("review", self.supplied_at))
                decided = self.supplied_at + step
        if self.service == PAID_FIRST:
            plan.append(("unpaid", decided))
            if self.paid_at is None:
                return plan
            decided = self.paid_at
        return [*plan, ("approved", decided)]


class Desk:
    """The books: every application once, found by its number or by the gateway's reference."""

    def __init__(self, clock: Callable[[], datetime], prefix: str) -> None:
        self._clock = clock
        self._prefix = prefix
        self.orders = Orders()
        self._by_number: dict[str, Dossier] = {}
        self._by_reference: dict[str, Dossier] = {}

    def submit(
        self, reference: str, service: str, identifier: str, fields: Mapping[str, str], callback_url: str = ""
    ) -> Dossier:
        """Books the application, or finds it where that reference was booked before."""
        known = self._by_reference.get(reference)
        if known is not None:
            known.submissions += 1
            return known
        number = f"{self._prefix}{secrets.randbelow(10**10):010d}"
        dossier = Dossier(
            number, reference, service, identifier, dict(fields), callback_url, self._clock(), self.orders
        )
        self._by_number[number] = self._by_reference[reference] = dossier
        return dossier

    def find(self, number: str) -> Dossier | None:
        """The application of that number, or of that reference of the gateway."""
        return self._by_number.get(number) or self._by_reference.get(number)

    def attach(self, dossier: Dossier, file: File) -> None:
        """Keeps what is known of a file, not the file."""
        dossier.files[file.name] = file

    def supply(self, dossier: Dossier, action: str, values: Mapping[str, str]) -> None:
        """Takes what was asked for; the same ``action`` a second time changes nothing."""
        if self._first(dossier, action) and dossier.stage(self._clock())[0] == "asks":
            dossier.supplied.update(values)
            dossier.supplied_at = self._clock()
            dossier.stirred.set()

    def pay(self, dossier: Dossier) -> None:
        """Takes the payment, once."""
        if dossier.stage(self._clock())[0] == "unpaid":
            dossier.paid_at = self._clock()
            dossier.stirred.set()

    def withdraw(self, dossier: Dossier, action: str) -> None:
        """Ends it at the applicant's word, unless it is decided."""
        if self._first(dossier, action) and dossier.stage(self._clock())[0] not in ("approved", "rejected"):
            dossier.withdrawn_at = dossier.withdrawn_at or self._clock()
            dossier.stirred.set()

    async def changes(self, dossier: Dossier) -> AsyncIterator[tuple[Stage, datetime]]:
        """Every stage as it comes, for systems that tell by themselves; ends when it can change no more."""
        told = 0
        while True:
            dossier.stirred.clear()
            # Time goes by while what has changed is told: the next change is the next after this moment.
            now = self._clock()
            history = dossier.history(now)
            for each in history[told:]:
                yield each
            told = len(history)
            if history[-1][0] in ("approved", "rejected", "withdrawn"):
                return
            upcoming = dossier.next_change(now)
            wait = (upcoming - self._clock()).total_seconds() if upcoming else None
            try:
                async with asyncio.timeout(None if wait is None else max(wait, 0)):
                    await dossier.stirred.wait()
            except TimeoutError:
                continue

    def books(self) -> Sequence[Mapping[str, object]]:
        """Every application as the control door tells it."""
        now = self._clock()
        return [
            {
                "number": each.number,
                "reference": each.reference,
                "service": each.service,
                "stage": each.stage(now)[0],
                "submissions": each.submissions,
                "files": {file.name: file.digest for file in each.files.values()},
                "actions": len(each.actions),
            }
            for each in self._by_number.values()
        ]

    def clear(self) -> None:
        """Forgets every application and order."""
        self.orders = Orders()
        self._by_number.clear()
        self._by_reference.clear()

    @staticmethod
    def _first(dossier: Dossier, action: str) -> bool:
        if action in dossier.actions:
            return False
        dossier.actions.add(action)
        return True
