"""Services as linked data: CPSV-AP 3.2 in JSON-LD, with every term spelt out in the document's own context."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.registry.sectors import SECTIONS
from gateway.schema.country import Country

CONTEXT: dict[str, Any] = {
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TABLES = "http://publications.europa.eu/resource/authority"
_LANGUAGES = ("ARA", "ENG")

Json = Mapping[str, Any]
Node = dict[str, Any]


def json_ld(documents: Sequence[Json], public_url: str) -> dict[str, Any]:
    """One document with a ``cpsv:PublicService`` for each of the services, given as ``with_reach`` makes them.

    The context is in the document, so that reading it fetches nothing. Shapes: CPSV-AP 3.2.0, SHACL.
    """
    return {"@context": CONTEXT, "@graph": [_service(document, public_url) for document in documents]}


def _service(service: Json, public_url: str) -> Node:
    catalogue = f"{public_url}/v1/services"
    iri = f"{catalogue}/{service['id']}"
    bodies: Sequence[Json] = service["authorities"]
    node = {
        "@id": iri,
        "@type": "cpsv:PublicService",
        "dct:identifier": service["id"],
        "dct:title": _text(service["name"]),
        "dct:description": _text(service["description"]),
        "dcat:keyword": [literal for keyword in service["keywords"] for literal in _text(keyword)],
        "dct:language": [_language(code) for code in _LANGUAGES],
        "dct:audience": [_audience(audience, catalogue) for audience in service["audience"]],
        "dct:spatial": [_place(body["country"]) for body in bodies],
        "cv:hasCompetentAuthority": [_authority(body, catalogue) for body in bodies],
        "cv:isGroupedBy": [_event(event, catalogue) for event in service["life_events"]],
        "cv:sector": [_sector(sector) for sector in service.get("sectors", ())],
        "cv:hasLegalResource": [_legal(basis) for basis in service["legal_basis"]],
        "cv:hasCost": _costs(service, iri, catalogue),
        "cv:processingTime": _duration(service["processing_time"]),
        "cv:hasChannel": [*_own_channels(service, iri, public_url), *_channels_elsewhere(bodies, iri, catalogue)],
        "cv:contactPoint": [_contact(body, iri) for body in bodies if body.get("page")],
        "cpsv:produces": _output(service, iri),
    }
    return {key: value for key, value in node.items() if value != []}


def _text(text: Json) -> list[Node]:
    return [{"@language": "ar", "@value": text["ar"]}, {"@language": "en", "@value": text["en"]}]


def _language(code: str) -> Node:
    return {"@id": f"{_TABLES}/language/{code}", "@type": "dct:LinguisticSystem"}


def _place(country: str) -> Node:
    return {"@id": f"{_TABLES}/country/{Country(country).facts.alpha3}", "@type": "dct:Location"}


def _audience(audience: str, catalogue: str) -> Node:
    return {"@id": f"{catalogue}#audience-{audience}", "@type": "skos:Concept", "skos:notation": audience}


def _sector(sector: Any) -> Node:
    section = SECTIONS[sector]
    return {
        "@id": section.iri,
        "@type": "skos:Concept",
        "skos:notation": section.letter,
        "skos:prefLabel": _text(section.name.model_dump()),
    }


def _agency(body: Json, catalogue: str) -> str:
    return f"{catalogue}#agency-{body['agency']}"


def _authority(body: Json, catalogue: str) -> Node:
    return {
        "@id": _agency(body, catalogue),
        # The profile knows a public organisation as its own class, and as an organisation where it owns something.
        "@type": ["cv:PublicOrganisation", "org:Organization"],
        "dct:identifier": body["agency"],
        "skos:prefLabel": _text(body["name"]),
        "dct:spatial": _place(body["country"]),
    }


def _event(event: Json, catalogue: str) -> Node:
    return {
        "@id": f"{catalogue}#event-{event['id']}",
        # That the two are kinds of event is said in the vocabulary, which whoever reads this need not have.
        "@type": ["cv:LifeEvent" if event["of"] == "person" else "cv:BusinessEvent", "cv:Event"],
        "dct:identifier": event["id"],
        "dct:title": _text(event["name"]),
    }


def _legal(basis: Json) -> Node:
    return {"@type": "eli:LegalResource", "dct:title": _text(basis["title"]), "dct:source": basis["source"]}


def _costs(service: Json, iri: str, catalogue: str) -> list[Node]:
    """What is known: nothing to pay, the fee of each state, or words alone where an authority says how much."""
    cost: Json = service["cost"]
    words = {"@type": "cv:Cost", "dct:description": _text(cost["description"])}
    if not cost.get("fees"):
        value = {"cv:hasValue": _double("0")} if cost["free"] else {}
        return [{"@id": f"{iri}#cost", **words, "dct:identifier": f"{service['id']}-cost", **value}]
    owners = {body["country"]: _agency(body, catalogue) for body in service["authorities"]}
    return [
        {
            "@id": f"{iri}#cost-{fee['country'].lower()}",
            **words,
            "dct:identifier": f"{service['id']}-cost-{fee['country'].lower()}",
            "cv:hasValue": _double(fee["amount"]["amount"]),
            "cv:currency": {"@id": f"{_TABLES}/currency/{fee['amount']['currency']}", "@type": "skos:Concept"},
            "cv:isDefinedBy": {"@id": owners[fee["country"]]},
        }
        for fee in cost["fees"]
    ]


def _own_channels(service: Json, iri: str, public_url: str) -> list[Node]:
    """The portal's page for people and the interface for programs, where the gateway itself gives the service."""
    if service["listing_only"]:
        return []
    lookup = service["kind"] == "lookup"
    addresses = {
        "page": f"{public_url}/services/{service['id']}",
        "api": f"{public_url}/v1/lookups/{service['id']}" if lookup else f"{public_url}/v1/applications",
    }
    time = _duration(service["processing_time"])
    return [
        {"@id": f"{iri}#{name}", "@type": "cv:Channel", "dct:identifier": address, "cv:processingTime": time}
        for name, address in addresses.items()
    ]


def _channels_elsewhere(bodies: Sequence[Json], iri: str, catalogue: str) -> list[Node]:
    return [
        {
            "@id": f"{iri}#page-{body['country'].lower()}",
            "@type": "cv:Channel",
            "dct:identifier": body["page"],
            "cv:ownedBy": {"@id": _agency(body, catalogue)},
        }
        for body in bodies
        if body.get("page")
    ]


def _contact(body: Json, iri: str) -> Node:
    return {
        "@id": f"{iri}#contact-{body['country'].lower()}",
        "@type": "cv:ContactPoint",
        "cv:contactPage": {"@id": body["page"], "@type": "foaf:Document"},
    }


def _output(service: Json, iri: str) -> Node:
    output: Json = service["output"]
    return {
        "@id": f"{iri}#output",
        "@type": "cv:Output",
        "dct:identifier": output["kind"],
        "dct:title": _text(output["name"]),
        "dct:description": _text(output["description"]),
        "dct:language": [_language(code) for code in _LANGUAGES],
    }


def _duration(time: Json) -> Node:
    """ISO 8601 has no working days: they are told as days, the description says which."""
    days = time.get("working_days")
    return {"@type": "xsd:duration", "@value": f"P{days}D" if days else f"PT{time['seconds']}S"}


def _double(amount: str) -> Node:
    return {"@type": "xsd:double", "@value": amount}
