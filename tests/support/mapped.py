"""Field maps in a test's hands: read an answer without any network, or ask a system that the test plays."""

import json
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.field_map import FieldMap, build
from gateway.field_map.adapter import MappedLookup, MappedSystem
from gateway.field_map.compiling import CompiledMap, compile_map
from gateway.field_map.findings import Finding
from gateway.field_map.scope import Fuel, Scope
from gateway.resilience.retry import Backoff
from gateway.schema import AnyRecord, Country, NationalIdentifier, Source
from gateway.sdk import Ask, Connection, Deadline, Gate, GateLimits, Inbox
from gateway.sdk.asking import records_of
from tests.support.backend import Talk, backend

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HAMAD, KHALID = (Country.OM, "08123457"), (Country.SA, "1084260288")
SOURCE = Source(country=Country.OM, agency="om-fisheries", adapter="om_fisheries@1.0.0", fetched_at=NOW)

PERMIT: Mapping[str, Any] = {"number": "P-77", "civil_number": "08123457", "ends": "31/12/2026", "boat": "B-17"}
"""An item in the words of the invented register of fishing permits."""

PERMITS: Mapping[str, Any] = {
    "requests": [{"endpoint": "permits", "path": "/people/{subject.value}/permits", "items": "permits"}],
    "answer": {
        "fields": {
            "reference": "number",
            "subject": "civil_number",
            "title": {"value": {"ar": "تصريح صيد", "en": "Fishing permit"}},
            "valid_until": {"path": "ends", "convert": ["date:dd/MM/yyyy"]},
        }
    },
}
"""The map of that register."""


def ask(subject: tuple[Country, str] = HAMAD, *, language: str = "en", seconds: float = 5, **inputs: Any) -> Ask:
    """A question to Oman as the registry would make it."""
    return Ask(
        service="fishing-permits",
        country=Country.OM,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs=inputs,
        purpose="self_service",
        language=language,
        reference="req-1-OM",
        deadline=Deadline.after(seconds),
        source=SOURCE,
    )


def changed(document: Mapping[str, Any], **places: Any) -> dict[str, Any]:
    """A copy with other values, each at a place whose steps have ``__`` between them; numbers count lists."""
    copy = deepcopy(dict(document))
    for place, value in places.items():
        *before, last = (int(step) if step.isdigit() else step for step in place.split("__"))
        holder: Any = copy
        for step in before:
            holder = holder[step]
        holder[last] = value
    return copy


def parsed(document: Mapping[str, Any]) -> FieldMap:
    """The map as the registry would read it."""
    return FieldMap.model_validate_json(json.dumps(document))


def findings(document: Mapping[str, Any], kind: str = "evidence", country: Country = Country.OM) -> list[Finding]:
    """What is wrong with a map."""
    compiled = compile_map(parsed(document), kind, country)
    return compiled if isinstance(compiled, list) else []


def compiled(document: Mapping[str, Any], kind: str = "evidence", country: Country = Country.OM) -> CompiledMap:
    """A map that works."""
    made = compile_map(parsed(document), kind, country)
    assert isinstance(made, CompiledMap), made
    return made


def read(
    document: Mapping[str, Any],
    item: Any,
    kind: str = "evidence",
    country: Country = Country.OM,
    question: Ask | None = None,
) -> AnyRecord:
    """The record of one item; raises ``ValueError`` where there is none."""
    return compiled(document, kind, country).record(item, Scope(question or ask(), item, set(), Fuel()))


@dataclass
class Played:
    """A mapped adapter beside a system that says what is in ``replies``, in their order, the last again and again."""

    lookup: MappedLookup
    system: MappedSystem
    replies: deque[bytes]
    requests: list[Talk]
    gates: Mapping[str, Gate] = field(default_factory=dict)

    async def ask(self, question: Ask) -> Sequence[AnyRecord]:
        """What the flow would get."""
        return await records_of(self.lookup, question)

    @property
    def lines(self) -> list[str]:
        """The first line of each request."""
        return [each.head.split(b"\r\n", 1)[0].decode("ascii") for each in self.requests]

    def headers(self, number: int) -> dict[str, str]:
        """The headers of a request, by their names in small letters."""
        lines = self.requests[number].head.decode("ascii").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}

    def query(self, number: int) -> dict[str, str]:
        """The query of a request."""
        return dict(parse_qsl(urlsplit(self.lines[number].split(" ")[1]).query))


def reply(
    document: Any, status: int = 200, content_type: str = "application/json", more: Mapping[str, str] | None = None
) -> bytes:
    """An answer on the wire; ``document`` is written as JSON unless it is bytes already."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = {"Content-Type": content_type, "Content-Length": str(len(body)), **(more or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


@asynccontextmanager
async def played(
    document: Mapping[str, Any],
    *replies: bytes,
    kind: str = "evidence",
    country: Country = Country.OM,
    secrets: Mapping[str, str] | None = None,
    endpoints: Sequence[str] = ("permits", "auth"),
) -> AsyncIterator[Played]:
    """The map's adapter beside a system of the test's own, which all its endpoints lead to."""
    queue = deque(replies)

    async def say(talk: Talk) -> None:
        await talk.say(queue.popleft() if len(queue) > 1 else queue[0])

    limits = GateLimits(timeout=2.0, breaker_failures=1000)
    async with backend(say) as behind:
        gates = {name: Gate("om_fisheries", behind.url, limits, backoff=Backoff(0, 0)) for name in endpoints}
        connection = Connection(gates, secrets or {}, Inbox("http://127.0.0.1"), lambda: NOW)
        system, lookups = build({"fishing-permits": parsed(document)}, {"fishing-permits": kind}, country, connection)
        lookup = lookups["fishing-permits"]
        assert isinstance(system, MappedSystem)
        assert isinstance(lookup, MappedLookup)
        try:
            yield Played(lookup, system, queue, behind.requests, gates)
        finally:
            await system.close()
            for gate in gates.values():
                await gate.close()
