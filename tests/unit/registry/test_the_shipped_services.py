"""The nine services as shipped: complete, in two languages, and as policy keeps them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from gateway.identity.principal import Assurance
from gateway.policy.rules import PolicyRules
from gateway.registry.sectors import SECTIONS, Sector
from gateway.registry.service import OutputKind
from gateway.registry.services import Service, Services
from gateway.schema.country import Country
from gateway.schema.records import CommercialRegistration, Evidence, PensionContribution, Person, TrafficFine
from tests.unit.registry.catalogue import IDS, LOOKUPS, POLICY, PROCEDURES, SERVICES

ARABIC = re.compile("[\u0600-\u06ff]")
INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture(scope="module")
def services() -> Services:
    return Services.load(SERVICES)


def texts(value: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every pair of Arabic and English words in a document, with its place."""
    if isinstance(value, Mapping):
        if set(value) == {"ar", "en"} and all(isinstance(text, str) for text in value.values()):
            yield place, value
        else:
            for key, item in value.items():
                yield from texts(item, f"{place}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, f"{place}[{number}]")


def test_there_are_four_lookups_and_five_procedures_in_the_order_of_their_ids(services: Services) -> None:
    assert tuple(service.id for service in services) == IDS
    assert len(services) == 9
    assert "traffic-fines" in services
    assert "unknown" not in services


def test_each_service_has_a_competent_authority_in_each_of_the_six_states(services: Services) -> None:
    for service in services:
        assert {authority.country for authority in service.authorities} == set(Country)


def test_an_agency_is_called_the_same_wherever_it_stands(services: Services) -> None:
    names: dict[str, set[str]] = {}
    for service in services:
        for authority in service.authorities:
            names.setdefault(authority.agency, set()).add(f"{authority.name.ar}|{authority.name.en}")

    assert {agency: found for agency, found in names.items() if len(found) > 1} == {}


def test_an_agency_id_begins_with_its_state(services: Services) -> None:
    for service in services:
        for authority in service.authorities:
            assert authority.agency.startswith(f"{authority.country.value.lower()}-")


def test_no_agency_is_said_to_have_joined(services: Services) -> None:
    assert {authority.participation for service in services for authority in service.authorities} == {"sandbox"}


@pytest.mark.parametrize(
    ("service", "assurance"),
    [
        ("identity-verification", Assurance.SUBSTANTIAL),
        ("traffic-fines", Assurance.SUBSTANTIAL),
        ("commercial-registration", Assurance.LOW),
        ("pension-contributions", Assurance.HIGH),
        ("branch-registration", Assurance.SUBSTANTIAL),
        ("certificate-equivalence", Assurance.SUBSTANTIAL),
        ("fine-settlement", Assurance.SUBSTANTIAL),
        ("pension-extension", Assurance.HIGH),
        ("residence-certificate", Assurance.SUBSTANTIAL),
    ],
)
def test_each_service_has_its_level_of_assurance(services: Services, service: str, assurance: Assurance) -> None:
    assert services.find(service).assurance is assurance


def test_services_publish_the_conditions_that_policy_keeps(services: Services) -> None:
    services.check_against(PolicyRules.load(POLICY))


def test_every_lookup_gives_a_record_of_the_shared_schema_and_every_procedure_a_document(services: Services) -> None:
    records = {
        model.model_fields["kind"].default
        for model in (Person, TrafficFine, CommercialRegistration, PensionContribution, Evidence)
    }

    assert set(get_args(OutputKind)) == records | {"document"}
    # No service of ours is answered with an evidence: it is for those that agencies bring.
    assert {service.output.kind for service in services} == set(get_args(OutputKind)) - {"evidence"}
    assert {service.id for service in services if service.output.kind == "document"} == set(PROCEDURES)


def test_every_service_is_of_a_sector(services: Services) -> None:
    assert [service.id for service in services if not service.sectors] == []


def test_the_sectors_are_the_sections_of_nace() -> None:
    assert set(SECTIONS) == set(get_args(Sector))
    assert [section.letter for section in SECTIONS.values()] == list("ABCDEFGHIJKLMNOPQRSTUV")
    for section in SECTIONS.values():
        assert ARABIC.search(section.name.ar)
        assert not ARABIC.search(section.name.en)


def test_lookups_are_free_and_answered_in_seconds(services: Services) -> None:
    for service in (services.find(each, "lookup") for each in LOOKUPS):
        assert service.cost.free
        assert service.processing_time.seconds
        assert service.processing_time.seconds <= 5


def test_procedures_are_for_a_service_alone_and_take_working_days(services: Services) -> None:
    for service in (services.find(each, "procedure") for each in PROCEDURES):
        assert service.purposes == ("service_delivery",)
        assert service.processing_time.working_days
        assert all(rule.hint.ar and rule.hint.en for rule in service.attachments)


@pytest.mark.parametrize("service", IDS)
def test_arabic_is_arabic_and_english_is_not(services: Services, service: str) -> None:
    wrong = [
        place
        for place, text in texts(services.find(service).public())
        if not ARABIC.search(text["ar"]) or ARABIC.search(text["en"])
    ]

    assert wrong == []


@pytest.mark.parametrize("service", IDS)
def test_no_text_hides_a_mark_of_direction(services: Services, service: str) -> None:
    assert [place for place, text in texts(services.find(service).public()) if INVISIBLE.search(str(text))] == []


@pytest.mark.parametrize("service", IDS)
def test_every_field_says_what_to_do_when_it_is_wrong(services: Services, service: str) -> None:
    fields = services.find(service).inputs["properties"]

    assert "identifier" in fields
    assert [name for name, field in fields.items() if not {"x-title", "x-hint", "x-error"} <= set(field)] == []


def test_states_are_called_in_inputs_as_everywhere(services: Services) -> None:
    for service in services:
        names = service.inputs["properties"]["identifier"]["properties"]["country"]["x-options"]
        assert names == {country.value: country.facts.name.model_dump() for country in Country}


def test_every_identifier_field_is_the_same(services: Services) -> None:
    first, *others = (service.inputs["properties"]["identifier"] for service in services)

    assert all(other == first for other in others)


def test_a_service_cannot_be_changed(services: Services) -> None:
    with pytest.raises(ValueError, match="frozen"):
        services.find("traffic-fines").id = "other"  # type: ignore[misc]


def test_the_public_form_is_the_model_as_json(services: Services) -> None:
    service = services.find("traffic-fines")

    assert Service.model_validate_json(service.model_dump_json()) == service
    assert service.public() == service.model_dump(mode="json")
    assert service.public() is service.public()


def test_the_authority_of_a_state_is_found(services: Services) -> None:
    authority = services.find("identity-verification").authority(Country.KW)

    assert authority is not None
    assert authority.agency == "kw-paci"
