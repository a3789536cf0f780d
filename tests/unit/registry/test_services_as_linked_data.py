"""The catalogue as JSON-LD says what its services are, in terms that its context spells out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from gateway.registry.reach import Connected, with_reach
from gateway.registry.services import Service, Services
from gateway.schema.country import Country
from tests.support.definitions import PAGE, body, defined, shipped
from tests.unit.registry.catalogue import IDS, SERVICES

CATALOGUE = Services.load(SERVICES)


def in_all_states(service: str) -> tuple[Country, ...]:
    return tuple(Country)


def nowhere(service: str) -> tuple[Country, ...]:
    return ()


def linked(*services: Service, connected: Connected = in_all_states) -> dict[str, Any]:
    """What is answered about these services."""
    documents = [with_reach(service.public(), connected) for service in services]
    return CATALOGUE.json_ld(documents, "https://gateway.example")


DOCUMENT = linked(*CATALOGUE)

# Paths of the shapes whose values are language-tagged.
TAGGED = {"dct:title", "dct:description", "dcat:keyword", "skos:prefLabel"}


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of the graph."""
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def service_node(service: str | Service, connected: Connected = in_all_states) -> Mapping[str, Any]:
    (node,) = linked(CATALOGUE.find(service) if isinstance(service, str) else service, connected=connected)["@graph"]
    assert isinstance(node, Mapping)
    return node


def test_every_service_is_a_public_service_with_an_address_of_its_own() -> None:
    assert [node["@id"] for node in DOCUMENT["@graph"]] == [
        f"https://gateway.example/v1/services/{service}" for service in IDS
    ]
    assert {node["@type"] for node in DOCUMENT["@graph"]} == {"cpsv:PublicService"}


def test_words_are_tagged_with_both_languages() -> None:
    for node in nodes(DOCUMENT["@graph"]):
        for key in TAGGED & set(node):
            assert {literal["@language"] for literal in node[key]} == {"ar", "en"}
            assert all(literal["@value"] for literal in node[key])


def test_every_term_is_spelt_out_in_the_documents_own_context() -> None:
    context = DOCUMENT["@context"]
    assert all(isinstance(address, str) and address.endswith(("/", "#")) for address in context.values())

    whole = list(nodes(linked(*CATALOGUE, defined())["@graph"]))
    types = [node["@type"] for node in whole if "@type" in node]
    terms = {key for node in whole for key in node}.union(
        *([each] if isinstance(each, str) else each for each in types)
    )
    prefixes = {term.split(":")[0] for term in terms if not term.startswith("@")}

    assert prefixes == set(context)


def test_every_address_is_absolute_and_plain() -> None:
    addresses = [node["@id"] for node in nodes(DOCUMENT["@graph"]) if "@id" in node]

    assert [address for address in addresses if not re.fullmatch(r"https?://[\w./#-]+", address)] == []


def test_a_service_names_its_authority_in_every_state() -> None:
    authorities = service_node("traffic-fines")["cv:hasCompetentAuthority"]

    assert len(authorities) == len(Country)
    assert authorities[0] == {
        "@id": "https://gateway.example/v1/services#agency-bh-traffic",
        "@type": ["cv:PublicOrganisation", "org:Organization"],
        "dct:identifier": "bh-traffic",
        "skos:prefLabel": [
            {"@language": "ar", "@value": "وزارة الداخلية، الإدارة العامة للمرور"},
            {"@language": "en", "@value": "Ministry of Interior, General Directorate of Traffic"},
        ],
        "dct:spatial": {
            "@id": "http://publications.europa.eu/resource/authority/country/BHR",
            "@type": "dct:Location",
        },
    }


def test_time_and_cost_have_their_datatypes() -> None:
    node = service_node("traffic-fines")

    assert node["cv:processingTime"] == {"@type": "xsd:duration", "@value": "PT5S"}
    assert [cost["cv:hasValue"] for cost in node["cv:hasCost"]] == [{"@type": "xsd:double", "@value": "0"}]
    assert service_node("fine-settlement")["cv:processingTime"] == {"@type": "xsd:duration", "@value": "P3D"}


def test_what_an_authority_sets_is_no_number() -> None:
    (cost,) = service_node("branch-registration")["cv:hasCost"]

    assert "cv:hasValue" not in cost
    assert {literal["@language"] for literal in cost["dct:description"]} == {"ar", "en"}


def test_a_fee_is_the_real_amount_in_its_currency_and_says_who_charges_it() -> None:
    shipped_cost = shipped("branch-registration")["cost"]
    fees = [{"country": "KW", "amount": {"amount": "12.500", "currency": "KWD"}}]
    (cost,) = service_node(
        defined(like="branch-registration", authorities=[body("KW")], cost={**shipped_cost, "fees": fees})
    )["cv:hasCost"]

    assert cost["cv:hasValue"] == {"@type": "xsd:double", "@value": "12.500"}
    assert cost["cv:currency"] == {
        "@id": "http://publications.europa.eu/resource/authority/currency/KWD",
        "@type": "skos:Concept",
    }
    assert cost["cv:isDefinedBy"] == {"@id": "https://gateway.example/v1/services#agency-kw-falcons"}


def test_a_sector_is_a_section_of_nace_by_its_letter_and_name() -> None:
    (sector,) = service_node("traffic-fines")["cv:sector"]

    assert sector == {
        "@id": "http://data.europa.eu/ux2/nace2.1/H",
        "@type": "skos:Concept",
        "skos:notation": "H",
        "skos:prefLabel": [
            {"@language": "ar", "@value": "النقل والتخزين"},
            {"@language": "en", "@value": "Transportation and storage"},
        ],
    }


@pytest.mark.parametrize(
    ("service", "kinds"),
    [("traffic-fines", {"cv:LifeEvent"}), ("commercial-registration", {"cv:BusinessEvent"})],
)
def test_events_of_persons_and_of_businesses_are_told_apart(service: str, kinds: set[str]) -> None:
    assert {event["@type"][0] for event in service_node(service)["cv:isGroupedBy"]} == kinds


def test_a_legal_basis_says_where_it_was_read() -> None:
    for basis in service_node("pension-contributions")["cv:hasLegalResource"]:
        assert basis["@type"] == "eli:LegalResource"
        assert basis["dct:source"]


@pytest.mark.parametrize(
    ("service", "api"),
    [("identity-verification", "lookups/identity-verification"), ("branch-registration", "applications")],
)
def test_the_channels_are_the_page_for_people_and_the_interface_for_programs(service: str, api: str) -> None:
    channels = [channel["dct:identifier"] for channel in service_node(service)["cv:hasChannel"]]

    assert channels == [f"https://gateway.example/services/{service}", f"https://gateway.example/v1/{api}"]


def test_what_is_only_listed_leads_to_the_authority_and_not_through_the_gateway() -> None:
    node = service_node(defined(), nowhere)

    assert node["cv:hasChannel"] == [
        {
            "@id": "https://gateway.example/v1/services/falcon-passport#page-bh",
            "@type": "cv:Channel",
            "dct:identifier": PAGE,
            "cv:ownedBy": {"@id": "https://gateway.example/v1/services#agency-bh-falcons"},
        }
    ]
    (contact,) = node["cv:contactPoint"]
    assert contact["cv:contactPage"] == {"@id": PAGE, "@type": "foaf:Document"}


def test_the_document_can_be_sent() -> None:
    assert orjson.loads(orjson.dumps(DOCUMENT)) == DOCUMENT
