"""One tried call in words: what was asked, sent, answered and made of it, and where it failed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import BawabaError
from gateway.i18n import Catalogue, Language
from gateway.kit.cases import LookupAsk
from gateway.kit.folder import PLATE, Folder
from gateway.kit.mapping_steps import MappingStep, mapping_steps
from gateway.kit.unmasked import Masker
from gateway.kit.watching import Exchange, Watched
from gateway.registry.manifest import Manifest

LONGEST = 4_000
"""Characters of a body that are shown."""


@dataclass(frozen=True)
class Telling:
    """Who tells, and how much may be shown."""

    catalogue: Catalogue
    language: Language
    masker: Masker

    def heading(self, key: str, **facts: object) -> str:
        return self.catalogue.text(f"kit.try.{key}", self.language, **facts)


def tell(watched: Watched, folder: Folder, service: str, asked: LookupAsk, telling: Telling) -> Iterator[str]:
    """Line by line; the last says how it ended, and before it, where it failed, why."""
    plate = _plate(folder)
    subject = telling.masker.leaf(asked.subject.value, "subject")
    yield telling.heading("asked", service=service, subject=f"{asked.subject.country.value}:{subject}")
    for number, exchange in enumerate(watched.exchanges, 1):
        yield from _exchange(number, exchange, telling)
    offer = plate.services[service]
    answer = watched.answer
    if offer.map is not None and watched.national is not None:
        made = answer.records if answer and len(answer.records) == len(watched.national.items) else ()
        for place, item in enumerate(watched.national.items):
            yield telling.heading("item", number=place + 1)
            for step in mapping_steps(service, offer.map, item):
                yield _step(step, telling, folder, made[place] if made else {})
    if answer is None:
        return
    for place, record in enumerate(answer.records):
        yield telling.heading("record", number=place + 1)
        shown = record if telling.masker.personal else _masked(record, telling.masker)
        yield json.dumps(shown, ensure_ascii=False, indent=2)
    if watched.problem is not None or answer.problem:
        yield from _cause(watched, folder, service, telling)
    yield telling.heading("ended", status=answer.status.value, code=answer.code or "—", took=answer.took_ms)


def _exchange(number: int, exchange: Exchange, telling: Telling) -> Iterator[str]:
    masker = telling.masker
    yield telling.heading("request", number=number, endpoint=exchange.endpoint)
    yield f"  {exchange.method} {masker.text(exchange.path)}"
    yield from (f"  {name}: {value}" for name, value in masker.headers(exchange.headers))
    yield from _body(exchange.body, masker)
    for answer in exchange.answers:
        yield telling.heading("answer", number=number, status=answer.status)
        kind = answer.headers.get("content-type", "—")
        yield f"  content-type: {kind}"
        yield from _body(answer.body, masker)
    if exchange.problem is not None and not exchange.answers:
        reason = str(exchange.problem.facts.get("reason", "—"))
        yield telling.heading("unanswered", number=number, code=exchange.problem.code, reason=reason)


def _body(body: bytes, masker: Masker) -> Iterator[str]:
    if not body:
        return
    text = masker.body(body)
    yield from (f"  {line}" for line in text[:LONGEST].splitlines())
    if len(text) > LONGEST:
        yield f"  … ({len(body)} bytes)"


def _step(step: MappingStep, telling: Telling, folder: Folder, record: Mapping[str, Any]) -> str:
    came = "—" if step.raw is None else _shown(step.raw, step.path, telling.masker)
    chain = f" → {step.converters}" if step.converters else ""
    made = _shown(record[step.field], step.field, telling.masker) if step.field in record else ""
    gave = f" → {made}" if made else ""
    return f"  {step.field} ← {step.path} = {came}{chain}{gave}  ({PLATE}:{folder.lines.of(step.key)})"


def _shown(raw: Any, path: str, masker: Masker) -> str:
    return json.dumps(masker.json(raw, path.rpartition(".")[2]), ensure_ascii=False)


def _masked(record: dict[str, Any], masker: Masker) -> Any:
    """The record, with what a call proves to be nobody's left readable."""
    return masker.json(record)


def _cause(watched: Watched, folder: Folder, service: str, telling: Telling) -> Iterator[str]:
    """Which field, what came, what was expected, and where the name plate says so."""
    problem = watched.problem
    reason = str(problem.facts.get("reason", "—")) if isinstance(problem, BawabaError) else type(problem).__name__
    answer = watched.answer
    field = answer.problem if problem is None and answer else reason
    step = _failing(watched, folder, service, reason)
    cause = getattr(problem, "__cause__", None)
    expected = str(cause) if cause is not None and type(cause).__module__.startswith("gateway.field_map") else "—"
    came, line = "—", None
    if step is not None:
        came = "—" if step.raw is None else _shown(step.raw, step.path, telling.masker)
        line = folder.lines.of(step.key)
        expected = f"{step.converters or 'text'}: {expected}"
    elif cause is not None and expected == "—":
        expected = type(cause).__name__
    place = f"{PLATE}:{line}" if line else "—"
    yield telling.heading("cause", field=field or "—", came=came, expected=expected, place=place)


def _failing(watched: Watched, folder: Folder, service: str, field: str) -> MappingStep | None:
    """The step of the field that the map could not read, in the first item where something stands there."""
    offer = _plate(folder).services[service]
    if offer.map is None or watched.national is None:
        return None
    for item in watched.national.items:
        for step in mapping_steps(service, offer.map, item):
            if field and (step.field == field or step.field.startswith(f"{field}.")):
                return step
    return None


def _plate(folder: Folder) -> Manifest:
    if folder.plate is None:
        raise ValueError("a folder without a name plate cannot be tried")
    return folder.plate
