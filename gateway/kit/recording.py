"""A tried call as an acceptance case: everybody in it invented, and whatever cannot be made so for sure refused."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.kit.beside import beside, utc_now
from gateway.kit.cases import LookupAsk, Subject
from gateway.kit.findings import Finding
from gateway.kit.first_cases import promised
from gateway.kit.newcomer import nobody, somebody
from gateway.kit.playing import Answer, answer_to
from gateway.kit.synthetic import Synthesis
from gateway.kit.unmasked import Masker, is_personal, leaves_of
from gateway.kit.watching import Exchange, Watched
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.schema.country import Country
from gateway.sdk.gate import Response
from gateway.sdk.sandbox import Population, Reply, population

_REFERENCES = ("reference", "source.reference", "number", "unified_number", "branch_of", "employer.number")


@dataclass
class Recording:
    """The case, or the findings for which there is none."""

    case: dict[str, Any] | None = None
    findings: list[Finding] = field(default_factory=list)


async def record_invented(watched: Watched, asked: LookupAsk, promise: str) -> Recording:
    """The case of a call to the adapter's own stand-in, where everybody is invented already."""
    answer = watched.answer
    if answer is None:
        return Recording()
    return Recording({"promise": promise, "ask": _written(asked), "expect": _expected(answer)})


async def record_real(
    watched: Watched,
    asked: LookupAsk,
    promise: str,
    folder: Path,
    plate: Manifest,
    service: Service,
    plain: Iterable[str] = (),
    clock: Callable[[], datetime] = utc_now,
) -> Recording:
    """The case of a call to a real system: ask and reply with invented people, and what the adapter makes of them.

    ``plain`` are paths of the reply whose values its author knows to be nobody's. What the adapter makes is found by
    playing the invented reply beside its stand-in; the case is refused where that ends otherwise than the call did.
    """
    findings: list[Finding] = []
    reply = _only_answer(watched, findings)
    if reply is None or watched.answer is None:
        return Recording(findings=findings)
    people = population(plate.country)
    synthesis = Synthesis(people)
    _know(synthesis, watched.answer, asked, people)
    masker = Masker.of(watched.secrets.values(), [asked.subject.value], watched.answer.records)
    invented = _Inventor(synthesis, masker, frozenset(plain), findings)
    body = invented.document(_json(reply, findings))
    ask = asked.model_copy(
        update={
            "subject": Subject(country=asked.subject.country, value=synthesis.known[asked.subject.value]),
            "inputs": invented.document(dict(asked.inputs), "/ask/inputs"),
        }
    )
    if findings:
        return Recording(findings=findings)
    primed = {
        "status": reply.status,
        "content_type": reply.headers.get("content-type", "application/json"),
        "body": json.dumps(body, ensure_ascii=False),
    }
    async with beside(folder, plate, clock=clock) as here:
        here.sandbox.prime(Reply.from_json(primed))
        answer = await answer_to(ask, here.room, service, clock)
    before = watched.answer
    if (answer.status, len(answer.records)) != (before.status, len(before.records)):
        findings.append(Finding(rule="record-unsteady", came=answer.status.value, expected=before.status.value))
        return Recording(findings=findings)
    case = {"promise": promise, "ask": _written(ask), "reply": primed, "expect": _expected(answer)}
    return Recording(case)


@dataclass
class _Inventor:
    """Walks a document; a leaf is invented, kept because it is surely nobody's, or a finding."""

    synthesis: Synthesis
    masker: Masker
    plain: frozenset[str]
    findings: list[Finding]

    def document(self, value: Any, path: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self.document(each, f"{path}.{name}" if path else name) for name, each in value.items()}
        if isinstance(value, list):
            return [self.document(each, f"{path}[{place}]") for place, each in enumerate(value)]
        if value is None or isinstance(value, bool):
            return value
        made = self._leaf(str(value), path)
        return made if isinstance(value, str) else json.loads(made) if made != str(value) else value

    def _leaf(self, text: str, path: str) -> str:
        key = path.rpartition(".")[2].partition("[")[0]
        known = self.synthesis.known
        if text in known:
            return known[text]
        if path in self.plain or self.masker.is_open(text, key):
            return self.synthesis.inside(text)
        if not any(text == each or each in text for each in self.masker.known):
            self.findings.append(Finding(rule="record-unsure", field=path, came=self.masker.leaf(text, key)))
            return ""
        if (day := self.synthesis.day(text)) is not None:
            return day
        return self.synthesis.words(text)


def _know(synthesis: Synthesis, answer: Answer, asked: LookupAsk, people: Population) -> None:
    """Pairs everybody whom the call is about with somebody invented, and every reference with another."""
    own = nobody(people) if answer.status.value == "none" else somebody(people, bool).identifier
    if asked.subject.country is not people.country:
        own = synthesis.identifier(asked.subject.country, asked.subject.value)
    synthesis.pair(asked.subject.value, own)
    for record in answer.records:
        for name in ("identifier", "subject"):
            if isinstance(about := record.get(name), Mapping):
                synthesis.identifier(Country(about["country"]), about["value"])
        for party in record.get("parties", ()):
            if party.get("identifier"):
                synthesis.identifier(Country(party["identifier"]["country"]), party["identifier"]["value"])
        for path, text in leaves_of(record):
            if path in _REFERENCES and text not in synthesis.known:
                synthesis.digits(text)
            elif path.endswith("phone") and is_personal(path):
                synthesis.pair(text, synthesis.digits(text))


def _only_answer(watched: Watched, findings: list[Finding]) -> Response | None:
    """The one answer that the records come from; tokens are not among the answers that count."""
    answers = [answer for each in watched.exchanges if not _gives_token(each) for answer in each.answers]
    if len(answers) == 1:
        return answers[0]
    findings.append(Finding(rule="record-many", came=str(len(answers)), expected="1"))
    return None


def _gives_token(exchange: Exchange) -> bool:
    return any(b'"access_token"' in answer.body for answer in exchange.answers)


def _json(reply: Response, findings: list[Finding]) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        kind = reply.headers.get("content-type", "—").partition(";")[0]
        findings.append(Finding(rule="record-not-json", came=kind, expected="application/json"))
        return None


def _written(asked: LookupAsk) -> dict[str, Any]:
    document = asked.model_dump(mode="json", exclude_defaults=True)
    return {"subject": document.pop("subject"), "inputs": document.pop("inputs", {}), **document}


def _expected(answer: Answer) -> dict[str, Any]:
    expected: dict[str, Any] = {"status": answer.status.value}
    if answer.code:
        return {**expected, "code": answer.code}
    return {**expected, "records": promised(answer.records)}
