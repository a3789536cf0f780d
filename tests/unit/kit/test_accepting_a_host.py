"""A host is accepted like a name plate: its procedures are applied for at the agency's sandbox, and put to the test."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter_host import ENDPOINT
from gateway.kit.acceptance import run_acceptance
from gateway.kit.beside import utc_now
from gateway.kit.catalogue import known_services
from gateway.kit.counter import Clock, counter
from gateway.kit.report import Report
from gateway.registry.manifest import Manifest
from gateway.sdk.sandbox import Orders
from tests.support.hosts import from_afar
from tests.support.kit import ROOT, SERVICES

SERVICE = "residence-certificate"
EXEMPT = [
    {"rule": rule, "reason": "The sandbox of this test decides in one way only."} for rule in ("asked", "refused")
]


@dataclass
class Ticking(Clock):
    """Goes on by itself, as outside."""

    def __call__(self) -> datetime:
        return utc_now()


def case(language: str, **expect: Any) -> dict[str, Any]:
    return {
        "promise": "An application is decided.",
        "application": {
            "subject": {"country": "OM", "value": "08123457"},
            "inputs": {"use": "bank", "certificate_language": "ar"},
            "language": language,
        },
        "expect": {"status": "approved", "documents": 1, **expect},
    }


async def accept(folder: Path, cases: list[dict[str, Any]]) -> Report:
    example = Manifest.load(ROOT / "adapters/example")
    offer = example.services[SERVICE].model_dump(mode="json")
    document = {**example.model_dump(mode="json"), "services": {SERVICE: offer}, "exemptions": EXEMPT}
    plate = Manifest.model_validate_json(json.dumps(document))
    async with counter(ROOT / "adapters/example", plate, clock=Ticking()) as here, from_afar(here, folder):
        here.sandbox.desk.orders = Orders(pace=0.05)
        as_host = plate.model_copy(update={"kind": "host", "endpoints": (ENDPOINT,), "secrets": ()})
        room = replace(here.room, plate=as_host)
        return await run_acceptance(room, {SERVICE: cases}, as_host, known_services(SERVICES), utc_now)


async def test_a_host_carries_applications_to_their_end(tmp_path: Path) -> None:
    report = await accept(tmp_path, [case("ar"), case("en", passes=["accepted"])])

    assert report.findings == ()
    assert report.passed
    shown = {(result.shows, result.played) for result in report.cases}
    assert shown == {("approved", "sandbox"), ("lost", "stand_in"), ("garbled", "stand_in")}


@pytest.mark.parametrize(
    "odd",
    [
        {"subject": {"country": "OM", "value": "nobody"}},
        {"attachments": {"form": "application/x-unheard-of"}},
        {"attachments": {"": "application/pdf"}},
    ],
)
async def test_a_case_that_cannot_be_asked_is_told_and_breaks_no_run(tmp_path: Path, odd: dict[str, Any]) -> None:
    strange = case("ar")
    strange["application"] |= odd

    report = await accept(tmp_path, [strange, case("en")])

    assert not report.passed
    assert [result.passed for result in report.cases if result.promise == strange["promise"]][-1:] == [True]


async def test_an_application_that_ends_otherwise_breaks_the_promise(tmp_path: Path) -> None:
    report = await accept(tmp_path, [case("ar"), case("en", national_status="REJECTED")])

    assert not report.passed
    broken = [(finding.field, finding.came, finding.expected) for finding in report.findings]
    assert broken == [("national_status", "ISSUED", "REJECTED")]
