"""What the catalogue answers as JSON-LD holds by the shapes that CPSV-AP 3.2.0 publishes of itself."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyshacl import validate
from rdflib import Graph, Namespace

from gateway.registry.reach import Connected, with_reach
from gateway.registry.services import Service, Services
from gateway.schema.country import Country
from tests.support.definitions import body, defined, shipped
from tests.support.house import ROOT
from tests.unit.registry.catalogue import IDS, SERVICES

# RDFLib reads JSON-LD by way of a class of its own that it has marked as deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

SHAPES = Graph().parse(ROOT / "tests/data/cpsv-ap/cpsv-ap-SHACL.ttl")
CATALOGUE = Services.load(SERVICES)
SH = Namespace("http://www.w3.org/ns/shacl#")
CV, DCT = "http://data.europa.eu/m8g/", "http://purl.org/dc/terms/"
Node = dict[str, Any]


def everywhere(service: str) -> Sequence[Country]:
    return tuple(Country)


def nowhere(service: str) -> Sequence[Country]:
    return ()


def linked(services: Sequence[Service], connected: Connected = everywhere) -> dict[str, Any]:
    documents = [with_reach(service.public(), connected) for service in services]
    return CATALOGUE.json_ld(documents, "https://gateway.example")


def complaints(document: Mapping[str, Any]) -> set[str]:
    """The paths of the properties that the shapes complain about; none where the document is right."""
    graph = Graph().parse(data=orjson.dumps(document), format="json-ld")
    holds, report, _ = validate(graph, shacl_graph=SHAPES, inference="none", advanced=False, meta_shacl=False)
    assert isinstance(report, Graph)
    found = {str(path) for path in report.objects(None, SH.resultPath)}
    assert holds == (not found)
    return found


def fee_in(country: str, amount: str, currency: str) -> Node:
    return {"country": country, "amount": {"amount": amount, "currency": currency}}


def priced() -> Service:
    """A procedure with a fee in two states."""
    fees = [fee_in("BH", "50.000", "BHD"), fee_in("AE", "200.00", "AED")]
    cost = {**shipped("branch-registration")["cost"], "fees": fees}
    return defined(like="branch-registration", authorities=[body("BH"), body("AE")], cost=cost)


def test_the_shapes_are_those_of_the_release() -> None:
    shapes = set(SHAPES.subjects(SH.targetClass))

    assert len(shapes) == 32
    assert all("/CPSV-AP/releases/3.2.0/" in str(shape) for shape in shapes)


def test_the_whole_catalogue_holds() -> None:
    assert complaints(linked(tuple(CATALOGUE))) == set()


@pytest.mark.parametrize("service", IDS)
def test_each_service_holds_by_itself(service: str) -> None:
    assert complaints(linked([CATALOGUE.find(service)])) == set()


@pytest.mark.parametrize("connected", [everywhere, nowhere])
def test_definitions_hold_whether_connected_or_only_listed(connected: Connected) -> None:
    some = [
        defined(),
        defined("falcon-b", sectors=[], authorities=[body("KW"), body("OM", page="https://om.example/")]),
    ]

    assert complaints(linked(some, connected)) == set()
    assert complaints(linked([priced()], connected)) == set()


def test_a_list_of_none_holds() -> None:
    assert complaints(linked([])) == set()


def _without(key: str) -> Callable[[Node], None]:
    return lambda node: node.pop(key) and None


def _inside(key: str, missing: str) -> Callable[[Node], None]:
    def spoil(node: Node) -> None:
        del node[key][0][missing]

    return spoil


def _set(key: str, value: Any) -> Callable[[Node], None]:
    return lambda node: node.update({key: value})


@pytest.mark.parametrize(
    ("spoil", "complained"),
    [
        (_without("dct:identifier"), f"{DCT}identifier"),
        (_without("dct:title"), f"{DCT}title"),
        (_without("dct:description"), f"{DCT}description"),
        (_without("cv:hasCompetentAuthority"), f"{CV}hasCompetentAuthority"),
        (_inside("cv:hasCompetentAuthority", "dct:spatial"), f"{DCT}spatial"),
        (_inside("cv:hasCompetentAuthority", "skos:prefLabel"), "http://www.w3.org/2004/02/skos/core#prefLabel"),
        (_inside("cv:hasCompetentAuthority", "@type"), f"{CV}hasCompetentAuthority"),
        (_inside("cv:hasCost", "dct:identifier"), f"{DCT}identifier"),
        (_inside("cv:hasChannel", "dct:identifier"), f"{DCT}identifier"),
        (_inside("cv:hasChannel", "@type"), f"{CV}hasChannel"),
        (_inside("cv:isGroupedBy", "dct:title"), f"{DCT}title"),
        (_inside("cv:isGroupedBy", "@type"), f"{CV}isGroupedBy"),
        (_inside("cv:sector", "@type"), f"{CV}sector"),
        (_inside("cv:contactPoint", "@type"), f"{CV}contactPoint"),
        (lambda node: node["cpsv:produces"].pop("dct:title") and None, f"{DCT}title"),
        (_set("dct:title", "plain"), f"{DCT}title"),
        (_set("cv:processingTime", "3 days"), f"{CV}processingTime"),
        (_set("dct:identifier", ["one", "two"]), f"{DCT}identifier"),
        (lambda node: node["cv:hasCost"][0].update({"cv:hasValue": "free"}), f"{CV}hasValue"),
        (lambda node: node["cv:hasCost"][0].update({"cv:currency": {"@id": "urn:x"}}), f"{CV}currency"),
        (lambda node: node["cv:isGroupedBy"][0].update({"@type": "cv:LifeEvent"}), f"{CV}isGroupedBy"),
    ],
)
def test_a_document_that_lacks_what_the_profile_requires_is_complained_of(
    spoil: Callable[[Node], None], complained: str
) -> None:
    document = copy.deepcopy(linked([defined()]))
    spoil(document["@graph"][0])

    assert complained in complaints(document)


def test_the_shapes_are_kept_with_their_origin_and_licence() -> None:
    note = (Path(ROOT) / "tests/data/cpsv-ap/README.md").read_text("utf-8")

    assert all(words in note for words in ("3.2.0", "CC BY 4.0", "SEMICeu/CPSV-AP"))
