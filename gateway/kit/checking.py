"""An adapter's folder, checked by the rules of its stage: everything that is to be mended, at once."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gateway.errors import ConfigurationError
from gateway.kit import applying, playing
from gateway.kit.beside import Beside, beside, utc_now
from gateway.kit.cases import Case, LookupCase
from gateway.kit.counter import counter
from gateway.kit.findings import Finding
from gateway.kit.folder import Folder
from gateway.kit.promises import too_slow
from gateway.kit.report import CaseResult, Difference, Report, percentile95
from gateway.kit.rules_draft import draft_findings
from gateway.kit.rules_live import live_findings
from gateway.kit.rules_sandbox import sandbox_findings
from gateway.registry.manifest import Manifest, Stage
from gateway.registry.service import Service
from gateway.schema.answer import Outcome
from gateway.sdk.sandbox import Behaviour, Reply

AT_ONCE: Final = 8
"""Cases played side by side, of those that wait for a system that misbehaves."""

CASE_SECONDS: Final = 60.0
STAGES: Final[tuple[Stage, ...]] = ("draft", "sandbox", "live")


async def check(
    folder: Folder,
    services: Mapping[str, Service],
    stage: Stage | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Report:
    """The verdict by the rules up to ``stage``, the name plate's own unless told.

    ``services`` are those of the catalogue and those that the folder defines. From ``sandbox`` on every case is played
    against the adapter's own stand-in. What the adapter's code trips over is a finding, never raised.
    """
    began = time.monotonic()
    plate = folder.plate
    run = _Run(folder, services, clock, list(folder.findings))
    wanted = stage or (plate.stage if plate else "draft")
    if plate is not None:
        run.findings += draft_findings(folder, plate, services)
        if wanted != "draft":
            run.findings += sandbox_findings(folder, plate, services)
            await run.play_all(plate)
        if wanted == "live":
            run.findings += live_findings(folder, plate, services)
    return run.report(plate.label if plate else folder.path.name, wanted, round((time.monotonic() - began) * 1000))


@dataclass
class _Run:
    folder: Folder
    services: Mapping[str, Service]
    clock: Callable[[], datetime]
    findings: list[Finding]
    results: dict[str, CaseResult] = field(default_factory=dict)
    took: dict[str, list[int]] = field(default_factory=dict)

    async def play_all(self, plate: Manifest) -> None:
        """Plays every case of a service that there is, once the adapter has been built at all."""
        cases = [case for case in self.folder.cases if case.service in plate.services and self._fits(case)]
        if not await self._builds(plate):
            return
        # One after another where time counts; those that wait for something to go wrong, side by side.
        for case in cases:
            if isinstance(case.said, LookupCase) and case.said.behaviour is None:
                await self._play(case, plate)
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(case: Case) -> None:
            async with slots:
                await self._play(case, plate)

        async with asyncio.TaskGroup() as group:
            for case in cases:
                if case.place not in self.results:
                    group.create_task(one(case))
        latency = {name: percentile95(took) for name, took in self.took.items()}
        self.findings += [self._with_line(each) for each in too_slow(plate, latency)]

    def report(self, label: str, stage: Stage, took_ms: int) -> Report:
        results = [self.results[place] for place in sorted(self.results)]
        broken = any(finding.severity == "error" for finding in self.findings)
        return Report(
            adapter=label,
            stage=stage,
            passed=not broken and all(result.passed for result in results),
            findings=tuple(self.findings),
            cases=tuple(results),
            latency_ms={name: percentile95(took) for name, took in self.took.items()},
            took_ms=took_ms,
        )

    def _fits(self, case: Case) -> bool:
        service = self.services.get(case.service)
        return service is not None and (service.kind == "lookup") == isinstance(case.said, LookupCase)

    def _with_line(self, finding: Finding) -> Finding:
        return self.folder.finding(
            finding.rule, finding.field or "", **finding.model_dump(include={"severity", "came", "expected", "facts"})
        )

    async def _builds(self, plate: Manifest) -> bool:
        """Whether the adapter opens beside its stand-in; if not, why not is a finding."""
        try:
            async with beside(self.folder.path, plate, clock=self.clock):
                return True
        except ConfigurationError as problem:
            words = str(problem.facts.get("problem", problem.code))
            self.findings.append(Finding(rule="adapter-unbuilt", field=problem.field, came=words))
        except Exception as problem:  # noqa: BLE001 - it is somebody else's code, and whatever it raises is told
            self.findings.append(_raised(problem, self.folder))
        return False

    async def _play(self, case: Case, plate: Manifest) -> None:
        try:
            async with asyncio.timeout(CASE_SECONDS):
                result = await (
                    self._lookup(case, plate) if isinstance(case.said, LookupCase) else self._apply(case, plate)
                )
        except TimeoutError:
            late = Difference(path="took_ms", came=f"> {CASE_SECONDS:g} s", expected=f"≤ {CASE_SECONDS:g} s")
            result = _result(case, None, None, round(CASE_SECONDS * 1000), [late])
        except Exception as problem:  # noqa: BLE001 - as above
            self.findings.append(_raised(problem, self.folder))
            raised = Difference(path="status", came=type(problem).__name__, expected="…")
            result = _result(case, None, None, 0, [raised])
        self.results[case.place] = result
        if result.differences:
            self.findings.append(_broken(case, result))

    async def _lookup(self, case: Case, plate: Manifest) -> CaseResult:
        said, service = case.lookup, self.services[case.service]
        async with beside(self.folder.path, plate, clock=self.clock) as here:
            _tell(here, said.behaviour, said.reply)
            answer = await playing.play(said, here.room, service, self.clock)
        if said.behaviour is None and answer.status in (Outcome.ok, Outcome.none):
            self.took.setdefault(case.service, []).append(answer.took_ms)
        found = playing.differences_of(answer, said, service)
        return _result(case, answer.status.value, answer.code, answer.took_ms, found)

    async def _apply(self, case: Case, plate: Manifest) -> CaseResult:
        began = time.monotonic()
        async with counter(self.folder.path, plate) as here:
            played = await applying.play(case.application, case.service, here)
            found = applying.differences_of(played, case.application, here.books())
        status = played.statuses[-1] if played.seen else None
        return _result(case, status, played.trouble, round((time.monotonic() - began) * 1000), found)


def _tell(here: Beside, behaviour: Mapping[str, Any] | None, reply: Mapping[str, Any] | None) -> None:
    if behaviour:
        here.sandbox.behave(Behaviour(**behaviour))
    if reply:
        here.sandbox.prime(Reply.from_json(reply))


def _result(case: Case, status: str | None, code: str | None, took_ms: int, found: list[Difference]) -> CaseResult:
    return CaseResult(
        service=case.service,
        shows=case.shows,
        promise=case.said.promise,
        place=case.place,
        played="sandbox",
        passed=not found,
        status=status,
        code=code,
        took_ms=took_ms,
        differences=tuple(found[:50]),
    )


def _broken(case: Case, result: CaseResult) -> Finding:
    first = result.differences[0]
    return Finding(
        rule="case-broken",
        file=case.place,
        field=first.path,
        came=first.came,
        expected=first.expected,
        facts={"promise": case.said.promise, "number": len(result.differences)},
    )


def _raised(problem: Exception, folder: Folder) -> Finding:
    """What the adapter's own code raised, at the last of its lines that was reached."""
    file, line, trace = None, None, problem.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(f"{folder.path}/"):
            file, line = name.removeprefix(f"{folder.path}/"), trace.tb_lineno
        trace = trace.tb_next
    words = f"{type(problem).__name__}: {problem}"[:200]
    return Finding(rule="code-raised", file=file, line=line, came=words)
