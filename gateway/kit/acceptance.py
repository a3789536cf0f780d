"""The acceptance of a registered adapter, run by the gateway: asked of the agency's sandbox, and put to the test."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from gateway.errors import BackendDown, BackendGarbled, ConfigurationError
from gateway.kit import applying
from gateway.kit.afar import play_afar
from gateway.kit.cases import ApplicationCase, ApplicationExpect, Case, LookupAsk, LookupCase, LookupExpect, cases_of
from gateway.kit.findings import Finding
from gateway.kit.masking import masked_differences
from gateway.kit.playing import Answer, differences, differences_of, play
from gateway.kit.promises import GUARDS, missing, strays, too_slow
from gateway.kit.report import CaseResult, Difference, Report, percentile95
from gateway.kit.stand_in import SLOW_SECONDS, in_place
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import Room
from gateway.registry.service import Service
from gateway.schema.answer import Outcome
from gateway.sdk.sandbox import Behaviour, Reply

MOST_CASES: Final = 200
SECONDS: Final = 60.0
AT_ONCE: Final = 4

_GUARDS: Final[Mapping[str, tuple[Behaviour, Outcome]]] = {
    "garbled": (Behaviour("garbled"), Outcome.garbled),
    "down": (Behaviour("down"), Outcome.down),
    "late": (Behaviour("slow", seconds=SLOW_SECONDS), Outcome.late),
}
_WELL = Reply(200, "application/json", b'{"items": [{"value": "a true answer, which is cut on its way"}]}')


async def run_acceptance(
    room: Room,
    submission_cases: Mapping[str, Sequence[Mapping[str, Any]]],
    plate: Manifest,
    services: Mapping[str, Service],
    clock: Callable[[], datetime],
    *,
    most_cases: int = MOST_CASES,
    seconds: float = SECONDS,
) -> Report:
    """Plays the cases of a submission against its room, which is open and connected to the agency's sandbox.

    Cases that only ask are asked there; those with a ``reply`` or a ``behaviour`` are played on a stand-in of the
    kit's own, to which the same adapter is bound, and so are the answers that no agency can give at will (garbled,
    down, late). ``services`` are those of the name plate, defined by the catalogue or by the submission. It ends
    within ``seconds``; what was not played by then is a finding. Never raises for what an adapter does.
    """
    began = time.monotonic()
    run = _Run(room, plate, services, clock, most_cases, seconds)
    try:
        async with asyncio.timeout(seconds):
            await run.whole(submission_cases)
    except TimeoutError:
        run.findings.append(Finding(rule="acceptance-time", came=f"> {seconds:g} s", expected=f"≤ {seconds:g} s"))
    return run.report(round((time.monotonic() - began) * 1000))


@dataclass
class _Run:
    room: Room
    plate: Manifest
    services: Mapping[str, Service]
    clock: Callable[[], datetime]
    most_cases: int
    seconds: float
    findings: list[Finding] = field(default_factory=list)
    results: list[CaseResult] = field(default_factory=list)
    took: dict[str, list[int]] = field(default_factory=dict)

    async def whole(self, submitted: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        cases, wrong = cases_of(submitted)
        self.findings += wrong
        if len(cases) > self.most_cases:
            self.findings.append(
                Finding(rule="cases-many", came=str(len(cases)), expected=f"≤ {self.most_cases}", field="cases")
            )
            cases = cases[: self.most_cases]
        self.findings += strays(self.plate, cases)
        for name in self.plate.services:
            self._look_at(name, cases)
        lookups = [case for case in cases if isinstance(case.said, LookupCase) and self._gives(case.service)]
        for case in lookups:
            if _asks_only(case):
                await self._asked(case)
        await self._on_stand_ins([case for case in lookups if not _asks_only(case)] + self._guards(lookups))
        await self._apply([case for case in cases if case.service in self.room.procedures and _is_applied(case)])
        self.findings += too_slow(self.plate, {name: percentile95(took) for name, took in self.took.items()})

    def report(self, took_ms: int) -> Report:
        errors = any(finding.severity == "error" for finding in self.findings)
        return Report(
            adapter=self.plate.label,
            stage="sandbox",
            passed=not errors and all(result.passed for result in self.results),
            findings=tuple(self.findings),
            cases=tuple(self.results),
            latency_ms={name: percentile95(took) for name, took in self.took.items()},
            took_ms=took_ms,
        )

    def _alone(self, case: Case) -> Mapping[str, Service]:
        """The service of the case: to bind all hundred that an adapter may give to each stand-in would take minutes."""
        return {case.service: self.services[case.service]}

    def _gives(self, name: str) -> bool:
        return name in self.room.adapters and name in self.services

    def _look_at(self, name: str, cases: Sequence[Case]) -> None:
        service = self.services.get(name)
        if service is None:
            self.findings.append(Finding(rule="service-unknown", field=f"services.{name}", came=name))
            return
        if self.plate.kind == "listing":
            # It is asked of nobody: there is nothing to play.
            return
        self.findings += missing(self.plate, service, cases, GUARDS)

    async def _asked(self, case: Case) -> None:
        """One case asked of the agency's own sandbox; its time counts."""
        answer = await play(case.lookup, self.room, self.services[case.service], self.clock)
        if answer.status in (Outcome.ok, Outcome.none):
            self.took.setdefault(case.service, []).append(answer.took_ms)
        self._judge(case, answer, "sandbox")

    async def _on_stand_ins(self, cases: Sequence[Case]) -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(case: Case) -> None:
            async with slots:
                await self._stood_in(case)

        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(one(case))

    async def _stood_in(self, case: Case) -> None:
        said = case.lookup
        if self.plate.kind == "host" and said.reply is not None:
            self.findings.append(Finding(rule="case-reply-host", file=case.place, came="reply"))
            return
        try:
            async with in_place(self.room, self._alone(case), hurried=said.expect.status is Outcome.late) as placed:
                placed.stand_in.prime(Reply.from_json(said.reply) if said.reply else _WELL)
                if said.behaviour:
                    placed.stand_in.behave(_hurried(Behaviour(**said.behaviour)))
                answer = await play(said, placed.room, self.services[case.service], self.clock)
        except ConfigurationError as problem:
            self.findings.append(Finding(rule="adapter-unbuilt", field=problem.field, came=_words(problem)))
            return
        self._judge(case, answer, "stand_in")

    def _judge(self, case: Case, answer: Answer, played: Literal["sandbox", "stand_in"]) -> None:
        found = differences_of(answer, case.lookup, self.services[case.service])
        self._note(case, played, found, answer.status.value, answer.code, answer.took_ms)

    def _note(
        self,
        case: Case,
        played: Literal["sandbox", "stand_in"],
        found: Sequence[Difference],
        status: str | None,
        code: str | None,
        took_ms: int,
    ) -> None:
        result = CaseResult(
            service=case.service,
            shows=case.shows,
            promise=case.said.promise,
            place=case.place,
            played=played,
            passed=not found,
            status=status,
            code=code,
            took_ms=took_ms,
            differences=masked_differences(found),
        )
        self.results.append(result)
        if found:
            first = result.differences[0]
            self.findings.append(
                Finding(
                    rule="case-broken",
                    file=case.place,
                    field=first.path,
                    came=first.came,
                    expected=first.expected,
                    facts={"promise": case.said.promise, "number": len(found)},
                )
            )

    async def _apply(self, cases: Sequence[Case]) -> None:
        """Applications, side by side: each takes the time of the agency's own sandbox."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(case: Case) -> None:
            async with slots:
                await (self._applied(case) if _asks_only(case) else self._misapplied(case))

        guarded = {case.service: case for case in cases}
        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(one(case))
            for case in guarded.values():
                for kind in ("lost", "garbled"):
                    group.create_task(one(_guarded(case, kind)))

    async def _applied(self, case: Case) -> None:
        """One application handed in at the agency's sandbox; how often it was booked only that knows."""
        began = time.monotonic()
        played = await play_afar(case.application, self.room, case.service, self.clock)
        unknown = case.application.expect.model_copy(update={"submissions": None})
        expected = case.application.model_copy(update={"expect": unknown})
        found = applying.differences_of(played, expected, ())
        status = played.statuses[-1] if played.seen else None
        self._note(case, "sandbox", found, status, played.trouble, round((time.monotonic() - began) * 1000))

    async def _misapplied(self, case: Case) -> None:
        """One try at a stand-in that fails in the way of the case: what it comes to is the trouble."""
        began, said = time.monotonic(), case.application
        try:
            async with in_place(self.room, self._alone(case), hurried=True) as placed:
                placed.stand_in.prime(Reply.from_json(said.reply) if said.reply else _WELL)
                if said.behaviour:
                    placed.stand_in.behave(_hurried(Behaviour(**{**said.behaviour, "after": 0, "times": None})))
                played = await play_afar(said, placed.room, case.service, self.clock)
        except ConfigurationError as problem:
            self.findings.append(Finding(rule="adapter-unbuilt", field=problem.field, came=_words(problem)))
            return
        found = differences(played.trouble, said.expect.trouble, "trouble")
        self._note(case, "stand_in", found, None, played.trouble, round((time.monotonic() - began) * 1000))

    def _guards(self, cases: Sequence[Case]) -> list[Case]:
        """One case for each way in which a system fails, asked with what the agency's own cases ask."""
        asks: dict[str, LookupAsk] = {}
        for case in cases:
            asks.setdefault(case.service, case.lookup.ask)
        return [_guard(service, ask, shows) for service, ask in asks.items() for shows in _GUARDS]


def _guard(service: str, ask: LookupAsk, shows: str) -> Case:
    behaviour, outcome = _GUARDS[shows]
    said = LookupCase(
        promise=f"kit: {shows}",
        ask=ask,
        behaviour={"kind": behaviour.kind, "seconds": behaviour.seconds},
        expect=LookupExpect(status=outcome),
    )
    return Case(service=service, place=f"kit/{service}/{shows}", shows=shows, said=said)


def _guarded(case: Case, kind: Literal["lost", "garbled"]) -> Case:
    """The application of the case, at a system that loses its answer or garbles it."""
    trouble = BackendDown.code if kind == "lost" else BackendGarbled.code
    said = case.application.model_copy(
        update={
            "promise": f"kit: {kind}",
            "behaviour": {"kind": kind},
            "reply": None,
            "expect": ApplicationExpect(trouble=trouble),
        }
    )
    return Case(service=case.service, place=f"kit/{case.service}/{kind}", shows=kind, said=said)


def _is_applied(case: Case) -> bool:
    return isinstance(case.said, ApplicationCase)


def _asks_only(case: Case) -> bool:
    return case.said.behaviour is None and case.said.reply is None


def _hurried(behaviour: Behaviour) -> Behaviour:
    """A slow system that outlasts the short patience of an adapter at the kit's stand-in, and no more."""
    if behaviour.kind != "slow":
        return behaviour
    return Behaviour("slow", seconds=min(behaviour.seconds, SLOW_SECONDS), times=behaviour.times)


def _words(problem: ConfigurationError) -> str:
    return str(problem.facts.get("problem", problem.code))
