"""The gateway plays the cases of what an agency registered: some in its sandbox, some on a stand-in that misbehaves."""

from pathlib import Path
from typing import Any

from gateway.kit.acceptance import run_acceptance
from gateway.kit.beside import sandbox_class, utc_now
from gateway.kit.catalogue import known_services
from gateway.kit.folder import read_folder
from gateway.kit.making import make_map
from gateway.kit.newcomer import Newcomer
from gateway.kit.packing import pack
from gateway.kit.report import Report
from gateway.registry.manifest import Manifest
from gateway.schema.country import Country
from tests.support.kit import SERVICES
from tests.support.permits import (
    PERMIT,
    PERSON,
    SERVICE,
    Fisheries,
    permits_cases,
    permits_plate,
    permits_room,
    permits_service,
)

BOATS = "boat-licences"


async def accept(
    cases: dict[str, list[dict[str, Any]]],
    agency: Fisheries | None = None,
    plate: Manifest | None = None,
    **bounds: Any,
) -> Report:
    plate = plate or permits_plate()
    async with (agency or Fisheries()).running() as url, permits_room(url, plate) as room:
        return await run_acceptance(room, cases, plate, {SERVICE: permits_service()}, utc_now, **bounds)


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


async def test_an_adapter_that_keeps_its_promises_passes() -> None:
    agency = Fisheries()

    report = await accept(permits_cases(), agency)

    assert report.findings == ()
    assert report.passed
    assert {case.shows for case in report.cases} == {"found", "absent", "refused", "garbled", "down", "late"}
    assert {case.shows for case in report.cases if case.played == "sandbox"} == {"found", "absent"}
    assert agency.asked == 2
    assert report.latency_ms[SERVICE] < 800


async def test_a_broken_promise_is_told_with_what_came_and_what_was_expected() -> None:
    cases = permits_cases()
    cases[SERVICE][0]["expect"]["records"][0]["status"] = "revoked"

    report = await accept(cases)

    assert not report.passed
    (finding,) = report.findings
    assert (finding.rule, finding.file) == ("case-broken", f"/cases/{SERVICE}/0")
    assert (finding.field, finding.came, finding.expected) == ("records[0].status", "valid", "revoked")


async def test_a_report_names_nobody() -> None:
    """Approvers read it, and the agency's sandbox may hold anything."""
    cases = permits_cases()
    cases[SERVICE][0]["expect"]["records"][0]["subject"]["value"] = "91234567"
    cases[SERVICE][0]["expect"]["records"][0]["reference"] = "P-78"

    report = await accept(cases)

    assert not report.passed
    shown = report.as_json().decode()
    assert PERSON not in shown
    assert "91234567" not in shown
    assert "P-77" not in shown
    assert Report.model_validate_json(report.as_json()) == report


async def test_an_answer_about_somebody_else_breaks_the_promise() -> None:
    report = await accept(permits_cases(), Fisheries({**PERMIT, "civil_number": "91234567"}))

    assert not report.passed
    assert {case.code for case in report.cases if case.shows == "found"} == {"backend_wrong_subject"}


async def test_what_no_case_shows_is_asked_for() -> None:
    cases = permits_cases()
    del cases[SERVICE][1:]

    report = await accept(cases)

    wanted = {(finding.rule, finding.expected) for finding in report.findings}
    assert wanted == {("promise-missing", "absent"), ("promise-missing", "refused"), ("language-missing", "en")}


async def test_an_exemption_takes_the_place_of_a_case() -> None:
    cases = permits_cases()
    del cases[SERVICE][2]
    exemption = {"rule": "refused", "reason": "The register is open to whoever may ask at all."}

    report = await accept(cases, plate=permits_plate(exemptions=[exemption]))

    assert report.passed


async def test_a_case_that_cannot_be_read_is_told_by_its_key() -> None:
    cases = permits_cases()
    cases[SERVICE][0]["expct"] = {}
    cases[SERVICE][1]["ask"]["language"] = "fr"

    report = await accept(cases)

    told = {(finding.rule, finding.field) for finding in report.findings}
    assert {("case-key-unknown", "expct"), ("case-value", "ask.language")} <= told


async def test_cases_of_another_service_are_strays() -> None:
    report = await accept({**permits_cases(), "hunting-permits": permits_cases()[SERVICE]})

    assert "case-stray" in rules(report)
    assert not report.passed


async def test_a_system_that_is_too_slow_for_its_budget_does_not_pass() -> None:
    document = permits_plate().model_dump(mode="json")["services"]
    document[SERVICE]["latency_budget_ms"] = 1

    report = await accept(permits_cases(), Fisheries(seconds=0.02), permits_plate(services=document))

    assert [(finding.rule, finding.expected) for finding in report.findings] == [("latency-budget", "≤ 1 ms")]
    assert not report.passed


async def test_it_is_bounded_in_number_and_in_time() -> None:
    many = {SERVICE: permits_cases()[SERVICE] * 5}

    counted = await accept(many, most_cases=4)
    timed = await accept(many, seconds=0.001)

    assert "cases-many" in rules(counted)
    assert len([case for case in counted.cases if case.place.startswith("/cases")]) == 4
    assert rules(timed) == {"acceptance-time"}
    assert not timed.passed


async def test_what_is_made_and_packed_is_accepted(tmp_path: Path) -> None:
    """From `adapter new` to a report for approvers: the agency's sandbox is what was made along with the map."""
    one = Newcomer(
        "om_accepted", Country.OM, "رخص القوارب", "Boats", {BOATS: "evidence"}, {BOATS: "om-marine"}, frozenset({BOATS})
    )
    folder = await make_map(one, tmp_path / "adapters", SERVICES)
    kind = sandbox_class(folder.parent, folder.name)
    sandbox = kind(secrets=kind.make_secrets())
    services = known_services(SERVICES, folder)

    async with sandbox.running() as url:
        submission = pack(read_folder(folder), services, "om-marine", url)
        async with permits_room(url, submission.plate, sandbox.secrets) as room:
            report = await run_acceptance(room, submission.cases, submission.plate, services, utc_now)

    assert report.findings == ()
    assert report.passed
    assert len(report.cases) == 10
