"""An adapter watched while it answers once: what it sent, what came back, and what it made of it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.errors import BawabaError
from gateway.kit.beside import beside, door, utc_now
from gateway.kit.cases import LookupAsk
from gateway.kit.playing import Answer, answer_by
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room, Wiring, build_room
from gateway.registry.service import Service
from gateway.resilience.deadline import Deadline
from gateway.schema.records import AnyRecord
from gateway.sdk.adapter import Ask, Lookup
from gateway.sdk.gate import NO_HEADERS, Gate, Headers, Response, ResultT


@dataclass
class Exchange:
    """One request as it was meant, and each answer that came to it; ``problem`` is what ended it otherwise."""

    endpoint: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    answers: list[Response] = field(default_factory=list)
    problem: BawabaError | None = None


@dataclass
class Watched:
    """What was seen: the exchanges, the national answer as the adapter took it, what it tripped over, the verdict."""

    exchanges: list[Exchange] = field(default_factory=list)
    national: Any = None
    problem: Exception | None = None
    answer: Answer | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class WatchedGate(Gate):
    """A gate that writes down what goes through it."""

    exchanges: list[Exchange]

    async def send(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        read: Callable[[Response], ResultT],
        headers: Headers = NO_HEADERS,
        body: bytes = b"",
        safe: bool = True,
    ) -> ResultT:
        made = headers() if callable(headers) else headers
        exchange = Exchange(self.endpoint, method, path, dict(made), body)
        self.exchanges.append(exchange)

        def noted(response: Response) -> ResultT:
            exchange.answers.append(response)
            return read(response)

        try:
            return await super().send(
                method, path, deadline=deadline, read=noted, headers=headers, body=body, safe=safe
            )
        except BawabaError as problem:
            exchange.problem = problem
            raise


class WatchedLookup(Lookup[Any, Any]):
    """A lookup that keeps what the one inside was given and what it tripped over."""

    def __init__(self, inside: Lookup[Any, Any], watched: Watched) -> None:
        super().__init__(inside.system)
        self._inside = inside
        self._watched = watched

    async def fetch(self, ask: Ask) -> Any:
        try:
            self._watched.national = await self._inside.fetch(ask)
        except Exception as problem:
            self._watched.problem = problem
            raise
        return self._watched.national

    def normalise(self, answer: Any, ask: Ask) -> Sequence[AnyRecord]:
        try:
            return self._inside.normalise(answer, ask)
        except Exception as problem:
            self._watched.problem = problem
            raise


async def watch(
    folder: Path,
    plate: Manifest,
    service: Service,
    asked: LookupAsk,
    wiring: Wiring | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Watched:
    """Asks once: the real system where ``wiring`` says where it is, else the adapter's own stand-in.

    Raises ``ConfigurationError`` where the adapter cannot be built, and ``KeyError`` for a service that it lacks.
    """
    watched = Watched()
    opened = _apart(folder, plate, wiring, watched, clock) if wiring else _beside(folder, plate, watched, clock)
    async with opened as room:
        watched.secrets = dict(room.system.connection.secrets)
        lookup = WatchedLookup(room.adapters[service.id], watched)
        watched.answer = await answer_by(lookup, asked, room, service, clock)
    return watched


@asynccontextmanager
async def _beside(
    folder: Path, plate: Manifest, watched: Watched, clock: Callable[[], datetime]
) -> AsyncIterator[Room]:
    async with beside(folder, plate, clock=clock, make_gate=_maker(watched)) as here:
        yield here.room


@asynccontextmanager
async def _apart(
    folder: Path, plate: Manifest, wiring: Wiring, watched: Watched, clock: Callable[[], datetime]
) -> AsyncIterator[Room]:
    async with door(plate.name) as (_, inbox):
        room = build_room(plate, folder.parent, wiring, inbox, clock, _maker(watched))
        await room.system.open()
        try:
            yield room
        finally:
            await room.system.close()
            for gate in room.system.connection.gates.values():
                await gate.close()


def _maker(watched: Watched) -> Callable[..., Gate]:
    def make(*given: Any, **named: Any) -> Gate:
        gate = WatchedGate(*given, **named)
        gate.exchanges = watched.exchanges
        return gate

    return make
