"""The catalogue as JSON-LD has what CPSV-AP 3.2.0 requires, in terms that its context spells out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from gateway.registry.services import Services
from gateway.schema.country import Country
from tests.unit.registry.catalogue import IDS, SERVICES

CATALOGUE = Services.load(SERVICES)
DOCUMENT = CATALOGUE.json_ld(tuple(CATALOGUE), "https://gateway.example")

# What the SHACL shapes of CPSV-AP 3.2.0 ask of each class with `sh:minCount 1`.
REQUIRED = {
    "cpsv:PublicService": {"dct:identifier", "dct:title", "dct:description", "cv:hasCompetentAuthority"},
    "cv:PublicOrganisation": {"skos:prefLabel", "dct:spatial"},
    "cv:LifeEvent": {"dct:identifier", "dct:title"},
    "cv:BusinessEvent": {"dct:identifier", "dct:title"},
    "cv:Cost": {"dct:identifier"},
    "cv:Channel": {"dct:identifier"},
    "cv:Output": {"dct:identifier", "dct:title"},
    "eli:LegalResource": set(),
    "dct:Location": set(),
    "dct:LinguisticSystem": set(),
    "skos:Concept": set(),
    "xsd:duration": {"@value"},
    "xsd:double": {"@value"},
}
# What the same shapes give with `sh:maxCount 1`.
SINGLE = {"dct:identifier", "cv:processingTime", "cv:hasValue", "cv:currency"}
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


def service_node(service: str) -> Mapping[str, Any]:
    (node,) = CATALOGUE.json_ld((CATALOGUE.find(service),), "https://gateway.example")["@graph"]
    assert isinstance(node, Mapping)
    return node


def test_every_service_is_a_public_service_with_an_address_of_its_own() -> None:
    assert [node["@id"] for node in DOCUMENT["@graph"]] == [
        f"https://gateway.example/v1/services/{service}" for service in IDS
    ]
    assert {node["@type"] for node in DOCUMENT["@graph"]} == {"cpsv:PublicService"}


def test_every_class_has_what_the_profile_requires_of_it() -> None:
    typed = [node for node in nodes(DOCUMENT["@graph"]) if "@type" in node]

    assert {node["@type"] for node in typed} == set(REQUIRED)
    assert [node for node in typed if not set(node) >= REQUIRED[node["@type"]]] == []


def test_what_may_stand_once_stands_once() -> None:
    repeated = [key for node in nodes(DOCUMENT["@graph"]) for key in SINGLE & set(node) if isinstance(node[key], list)]

    assert repeated == []


def test_words_are_tagged_with_both_languages() -> None:
    for node in nodes(DOCUMENT["@graph"]):
        for key in TAGGED & set(node):
            assert {literal["@language"] for literal in node[key]} == {"ar", "en"}
            assert all(literal["@value"] for literal in node[key])


def test_every_term_is_spelt_out_in_the_documents_own_context() -> None:
    context = DOCUMENT["@context"]
    assert all(isinstance(address, str) and address.endswith(("/", "#")) for address in context.values())

    terms = {key for node in nodes(DOCUMENT["@graph"]) for key in node} | {
        node["@type"] for node in nodes(DOCUMENT["@graph"]) if "@type" in node
    }
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
        "@type": "cv:PublicOrganisation",
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
    assert node["cv:hasCost"]["cv:hasValue"] == {"@type": "xsd:double", "@value": "0"}


@pytest.mark.parametrize(
    ("service", "kinds"),
    [("traffic-fines", {"cv:LifeEvent"}), ("commercial-registration", {"cv:BusinessEvent"})],
)
def test_events_of_persons_and_of_businesses_are_told_apart(service: str, kinds: set[str]) -> None:
    assert {event["@type"] for event in service_node(service)["cv:isGroupedBy"]} == kinds


def test_a_legal_basis_says_where_it_was_read() -> None:
    for basis in service_node("pension-contributions")["cv:hasLegalResource"]:
        assert basis["@type"] == "eli:LegalResource"
        assert basis["dct:source"]


def test_the_channel_is_where_programs_ask() -> None:
    channel = service_node("identity-verification")["cv:hasChannel"]

    assert channel["dct:identifier"] == "https://gateway.example/v1/lookups/identity-verification"


def test_the_document_can_be_sent() -> None:
    assert orjson.loads(orjson.dumps(DOCUMENT)) == DOCUMENT
