"""Services as linked data: CPSV-AP 3.2 in JSON-LD, with every term spelt out in the document's own context."""

from collections.abc import Sequence
from typing import Any

from gateway.registry.service import Audience, Authority, LegalBasis, LifeEvent, Service
from gateway.schema.country import Country
from gateway.schema.text import Text

CONTEXT: dict[str, Any] = {
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TABLES = "http://publications.europa.eu/resource/authority"
_LANGUAGES = ("ARA", "ENG")


def json_ld(services: Sequence[Service], public_url: str) -> dict[str, Any]:
    """One document with a ``cpsv:PublicService`` for each of the services.

    The context is in the document, so that reading it fetches nothing. Shapes: CPSV-AP 3.2.0, SHACL.
    """
    return {"@context": CONTEXT, "@graph": [_service(service, f"{public_url}/v1/services") for service in services]}


def _service(service: Service, catalogue: str) -> dict[str, Any]:
    iri = f"{catalogue}/{service.id}"
    return {
        "@id": iri,
        "@type": "cpsv:PublicService",
        "dct:identifier": service.id,
        "dct:title": _text(service.name),
        "dct:description": _text(service.description),
        "dcat:keyword": [literal for keyword in service.keywords for literal in _text(keyword)],
        "dct:language": [_language(code) for code in _LANGUAGES],
        "dct:audience": [_audience(audience, catalogue) for audience in service.audience],
        "dct:spatial": [_place(authority.country) for authority in service.authorities],
        "cv:hasCompetentAuthority": [_authority(authority, catalogue) for authority in service.authorities],
        "cv:isGroupedBy": [_event(event, catalogue) for event in service.life_events],
        "cv:hasLegalResource": [_legal(basis) for basis in service.legal_basis],
        "cv:hasCost": _cost(service, iri),
        "cv:processingTime": {"@type": "xsd:duration", "@value": service.processing_time.duration},
        "cv:hasChannel": _channel(service, iri, catalogue.removesuffix("/services")),
        "cpsv:produces": _output(service, iri),
    }


def _text(text: Text) -> list[dict[str, str]]:
    return [{"@language": "ar", "@value": text.ar}, {"@language": "en", "@value": text.en}]


def _language(code: str) -> dict[str, str]:
    return {"@id": f"{_TABLES}/language/{code}", "@type": "dct:LinguisticSystem"}


def _place(country: Country) -> dict[str, str]:
    return {"@id": f"{_TABLES}/country/{country.facts.alpha3}", "@type": "dct:Location"}


def _audience(audience: Audience, catalogue: str) -> dict[str, str]:
    return {"@id": f"{catalogue}#audience-{audience}", "@type": "skos:Concept", "skos:notation": audience}


def _authority(authority: Authority, catalogue: str) -> dict[str, Any]:
    return {
        "@id": f"{catalogue}#agency-{authority.agency}",
        "@type": "cv:PublicOrganisation",
        "dct:identifier": authority.agency,
        "skos:prefLabel": _text(authority.name),
        "dct:spatial": _place(authority.country),
    }


def _event(event: LifeEvent, catalogue: str) -> dict[str, Any]:
    return {
        "@id": f"{catalogue}#event-{event.id}",
        "@type": "cv:LifeEvent" if event.of == "person" else "cv:BusinessEvent",
        "dct:identifier": event.id,
        "dct:title": _text(event.name),
    }


def _legal(basis: LegalBasis) -> dict[str, Any]:
    return {"@type": "eli:LegalResource", "dct:title": _text(basis.title), "dct:source": basis.source}


def _cost(service: Service, iri: str) -> dict[str, Any]:
    return {
        "@id": f"{iri}#cost",
        "@type": "cv:Cost",
        "dct:identifier": f"{service.id}-cost",
        "cv:hasValue": {"@type": "xsd:double", "@value": "0"},
        "dct:description": _text(service.cost.description),
    }


def _channel(service: Service, iri: str, api: str) -> dict[str, Any]:
    """Where programs ask; the portal's page speaks for people."""
    return {
        "@id": f"{iri}#channel",
        "@type": "cv:Channel",
        "dct:identifier": f"{api}/lookups/{service.id}",
        "cv:processingTime": {"@type": "xsd:duration", "@value": service.processing_time.duration},
    }


def _output(service: Service, iri: str) -> dict[str, Any]:
    return {
        "@id": f"{iri}#output",
        "@type": "cv:Output",
        "dct:identifier": service.output.kind,
        "dct:title": _text(service.output.name),
        "dct:description": _text(service.output.description),
        "dct:language": [_language(code) for code in _LANGUAGES],
    }
