"""A report in words, for whoever reads a terminal."""

from collections.abc import Iterator

from gateway.i18n import Catalogue, Language
from gateway.kit.findings import Finding, remedy, said
from gateway.kit.report import Report
from gateway.registry.manifest import Manifest


def told(report: Report, plate: Manifest | None, catalogue: Catalogue, language: Language) -> Iterator[str]:
    """Line by line: what is to be mended first, what to consider, and the verdict last."""
    for severity in ("error", "warning"):
        for finding in report.findings:
            if finding.severity == severity:
                yield from _finding(finding, catalogue, language)
    for service, took in report.latency_ms.items():
        budget = plate.services[service].latency_budget_ms if plate else 0
        yield catalogue.text("kit.latency", language, service=service, took=took, budget=budget)
    errors = sum(finding.severity == "error" for finding in report.findings)
    verdict = "kit.verdict.passed" if report.passed else "kit.verdict.failed"
    yield catalogue.text(
        verdict,
        language,
        adapter=report.adapter,
        stage=report.stage,
        cases=len(report.cases),
        seconds=f"{report.took_ms / 1000:.1f}",
        errors=errors,
    )


def _finding(finding: Finding, catalogue: Catalogue, language: Language) -> Iterator[str]:
    word = catalogue.text(f"kit.severity.{finding.severity}", language)
    yield f"{word} [{finding.rule}] {finding.place}"
    yield f"  {said(finding, catalogue, language)}"
    yield f"  {catalogue.text('kit.next', language, remedy=remedy(finding, catalogue, language))}"
    yield ""
