"""Cases of lookups played against an open room: what came, and every difference from what was promised."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from gateway.errors import BackendError, BawabaError
from gateway.kit.cases import LookupAsk, LookupCase, Subject
from gateway.kit.report import Difference
from gateway.registry.rooms import Room
from gateway.registry.service import Service
from gateway.resilience.deadline import Deadline
from gateway.schema.answer import Outcome
from gateway.schema.base import Frozen
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.records import records_as_json
from gateway.schema.source import Source
from gateway.sdk.adapter import Ask, Lookup
from gateway.sdk.asking import records_of

ABSENT = "—"
"""What stands for a value that is not there."""

REFERENCE = "kit-1"


class Answer(Frozen):
    """What a room answered: its status, the code of a problem, and the records as JSON."""

    status: Outcome
    code: str | None = None
    problem: str | None = None
    records: tuple[dict[str, Any], ...] = ()
    took_ms: int


async def play(said: LookupCase, room: Room, service: Service, clock: Callable[[], datetime]) -> Answer:
    """What the room answers to the case's ask; the national system behind it was told how to behave before."""
    return await answer_to(said.ask, room, service, clock)


async def answer_to(
    asked: LookupAsk, room: Room, service: Service, clock: Callable[[], datetime], reference: str = REFERENCE
) -> Answer:
    """The room's answer, as the gateway would give it; whatever goes wrong is an answer too."""
    return await answer_by(room.adapters[service.id], asked, room, service, clock, reference)


async def answer_by(
    lookup: Lookup[Any, Any],
    asked: LookupAsk,
    room: Room,
    service: Service,
    clock: Callable[[], datetime],
    reference: str = REFERENCE,
) -> Answer:
    """As ``answer_to``, by a lookup in the place of the room's own."""
    began = time.monotonic()
    try:
        ask = ask_of(asked, room, service, clock(), reference)
        records = await records_of(lookup, ask)
    except BackendError as problem:
        return Answer(
            status=Outcome(problem.outcome), code=problem.code, problem=_reason(problem), took_ms=_since(began)
        )
    except BawabaError as problem:
        return Answer(status=Outcome.refused, code=problem.code, problem=_reason(problem), took_ms=_since(began))
    took = _since(began)
    stale = any("stale" in record.notes for record in records)
    status = (Outcome.stale if stale else Outcome.ok) if records else Outcome.none
    return Answer(status=status, records=tuple(orjson.loads(records_as_json(records))), took_ms=took)


def ask_of(asked: LookupAsk, room: Room, service: Service, now: datetime, reference: str) -> Ask:
    """The question in the words of the SDK, with the room's time; raises ``InvalidInput`` as the front door would."""
    plate = room.plate
    inputs = service.check_inputs(asked.inputs)
    held = [_identifier(each, now) for each in (asked.subject, *asked.also)]
    if named := inputs.get("identifier"):
        held.insert(0, _identifier(Subject.model_validate_json(orjson.dumps(named)), now))
        inputs["identifier"] = held[0]
        subject = held[0]
    else:
        subject = next((each for each in held if each.country is plate.country), held[0])
    source = Source(
        country=plate.country,
        agency=plate.services[service.id].agency,
        adapter=plate.label,
        fetched_at=now,
        reference=None,
    )
    return Ask(
        service=service.id,
        country=plate.country,
        subject=subject,
        inputs=inputs,
        purpose=asked.purpose,
        language=asked.language,
        reference=f"{reference}-{plate.country.value}",
        deadline=Deadline.after(plate.limits.timeout_ms / 1000),
        source=source,
    )


def differences_of(answer: Answer, said: LookupCase, service: Service) -> list[Difference]:
    """Where the answer is not what the case expects; of a record every key that the case gives is compared."""
    expected = said.expect
    found = differences(answer.status.value, expected.status.value, "status")
    if expected.code is not None:
        found += differences(answer.code, expected.code, "code")
    if expected.records is not None and not found:
        found += differences(list(answer.records), list(expected.records), "records")
    for place, record in enumerate(answer.records):
        found += differences(record.get("kind"), service.output.kind, f"records[{place}].kind")
    return list(dict.fromkeys(found))


def differences(came: Any, wanted: Any, path: str = "") -> list[Difference]:
    """Every place where ``came`` is not ``wanted``: of an object the keys that are wanted, of a list all items."""
    if isinstance(wanted, Mapping) and isinstance(came, Mapping):
        return [
            difference
            for key, value in wanted.items()
            for difference in differences(came.get(key, _Absent), value, f"{path}.{key}" if path else key)
        ]
    if isinstance(wanted, Sequence) and isinstance(came, Sequence) and not isinstance(wanted, str):
        if isinstance(came, str):
            return [Difference(path=path, came=_plain(came), expected=_plain(wanted))]
        if len(came) != len(wanted):
            return [Difference(path=f"{path}.length", came=str(len(came)), expected=str(len(wanted)))]
        return [
            difference
            for place, (one, other) in enumerate(zip(came, wanted, strict=True))
            for difference in differences(one, other, f"{path}[{place}]")
        ]
    # JSON tells true from 1, and Python does not.
    if came == wanted and isinstance(came, bool) == isinstance(wanted, bool):
        return []
    return [Difference(path=path, came=_plain(came), expected=_plain(wanted))]


class _Absent:
    """Stands for a key that is not there."""


def _plain(value: Any) -> str:
    if value is _Absent:
        return ABSENT
    return value if isinstance(value, str) else orjson.dumps(value).decode()[:400]


def _identifier(said: Subject, now: datetime) -> NationalIdentifier:
    return NationalIdentifier.parse(said.country, said.value, today=now.date())


def _reason(problem: BawabaError) -> str | None:
    """Which field, or why, as far as the error tells; its facts hold codes only."""
    return problem.field or str(problem.facts.get("reason", "")) or None


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
