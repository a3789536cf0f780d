"""`bawaba adapter new` makes a folder that passes at once, in every state, and never writes over another."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.kit.making import make_map, make_room
from gateway.kit.newcomer import Newcomer
from gateway.registry.services import Services
from gateway.schema.country import Country
from tests.support.kit import SERVICES, checked

CATALOGUE = {service.id: service for service in Services.load(SERVICES)}
LOOKUPS: Mapping[str, str] = {
    name: service.output.kind for name, service in CATALOGUE.items() if service.kind == "lookup"
}


def newcomer(
    name: str, country: Country, services: Mapping[str, str], defined: frozenset[str] = frozenset()
) -> Newcomer:
    agencies = {}
    for service in services:
        authority = CATALOGUE[service].authority(country) if service in CATALOGUE else None
        agencies[service] = authority.agency if authority else f"{country.value.lower()}-marine"
    return Newcomer(name, country, "رخص القوارب", "Boat licences", services, agencies, defined)


@pytest.mark.parametrize("country", Country)
def test_a_name_plate_passes_at_once_for_every_kind_of_record(tmp_path: Path, country: Country) -> None:
    services = {**LOOKUPS, "boat-licences": "evidence"}
    one = newcomer(f"mapped_{country.value.lower()}", country, services, frozenset({"boat-licences"}))

    folder = asyncio.run(make_map(one, tmp_path / "adapters", SERVICES))
    report = checked(folder, "sandbox")

    assert report.findings == ()
    assert report.passed
    assert {case.service for case in report.cases if case.shows == "found"} == set(services)
    assert len(report.cases) == 7 * len(services)


@pytest.mark.parametrize("country", Country)
def test_a_room_passes_at_once(tmp_path: Path, country: Country) -> None:
    services = {"traffic-fines": "traffic_fine", "residence-certificate": "document"}
    one = newcomer(f"coded_{country.value.lower()}", country, services)

    folder = asyncio.run(make_room(one, tmp_path / "adapters", SERVICES))
    report = checked(folder, "sandbox")

    assert report.findings == ()
    assert report.passed
    assert not any("Example" in path.read_text("utf-8") for path in folder.glob("*.py"))


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    there = tmp_path / "adapters/mine"
    there.mkdir(parents=True)
    one = newcomer("mine", Country.OM, {"traffic-fines": "traffic_fine"})

    for make in (make_map, make_room):
        with pytest.raises(ConfigurationError, match="is there already"):
            asyncio.run(make(one, tmp_path / "adapters", SERVICES))

    assert list(there.iterdir()) == []


def test_nothing_is_left_of_what_cannot_be_made(tmp_path: Path) -> None:
    one = newcomer("half_made", Country.OM, {"pension-contributions": "pension_contribution"})

    with pytest.raises(ConfigurationError):
        asyncio.run(make_room(one, tmp_path / "adapters", SERVICES))

    assert not (tmp_path / "adapters/half_made").exists()
