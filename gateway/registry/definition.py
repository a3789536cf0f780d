"""A service that an adapter defines, made ready once: what the catalogue needs to list it without reading it."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from gateway.registry.search import terms
from gateway.registry.sectors import SECTIONS
from gateway.registry.service import Service
from gateway.registry.usual_words import USUAL
from gateway.registry.word_index import Words
from gateway.schema.country import Country
from gateway.schema.text import Text

EDITION = 1
"""Of the rules that words are normalised, stemmed and placed by; a summary of another edition is made anew."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One service as it is kept: ``summary`` is JSON, ``document`` the whole service as compressed JSON.

    Only ``define`` makes one, and nobody else need know what is in it.
    """

    summary: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a service without reading it; ``words`` by place, see ``words_of``."""

    id: str
    kind: Literal["lookup", "procedure"]
    countries: frozenset[Country]
    audience: tuple[str, ...]
    life_events: tuple[str, ...]
    sectors: tuple[str, ...]
    words: Words


def define(service: Service) -> Definition:
    """Makes both parts of a definition; about a millisecond, so it is done once, when a version is registered."""
    summary = {
        "edition": EDITION,
        "id": service.id,
        "kind": service.kind,
        "countries": [authority.country for authority in service.authorities],
        "audience": service.audience,
        "life_events": [event.id for event in service.life_events],
        "sectors": service.sectors,
        "words": [" ".join(words) for words in words_of(service)],
    }
    return Definition(orjson.dumps(summary), _pressed(orjson.dumps(service.public())))


def summary_of(definition: Definition) -> Summary:
    """The summary read; where it was made by rules that have changed since, it is made anew of the document."""
    found: Mapping[str, Any] = orjson.loads(definition.summary)
    if found.get("edition") != EDITION:
        found = orjson.loads(define(service_of(definition)).summary)
    return Summary(
        id=found["id"],
        kind=found["kind"],
        countries=frozenset(map(Country, found["countries"])),
        audience=tuple(found["audience"]),
        life_events=tuple(found["life_events"]),
        sectors=tuple(found["sectors"]),
        words=[words.split(" ") if words else [] for words in found["words"]],
    )


def document_of(definition: Definition) -> Mapping[str, Any]:
    """The service as JSON, neither checked nor compiled."""
    document: Mapping[str, Any] = orjson.loads(_whole(definition))
    return document


def service_of(definition: Definition) -> Service:
    """The service itself, checked, its inputs compiled: some milliseconds."""
    return Service.model_validate_json(_whole(definition))


def words_of(service: Service) -> Words:
    """The words that a service is found by, the weightiest first, each at the first place where it stands.

    Place 0 is its name, 1 its keywords and id, 2 what describes it, 3 who gives it and where.
    """
    places = (
        _both([service.name]),
        [*_both(service.keywords), service.id.replace("-", " ")],
        _both(
            [
                service.description,
                service.output.name,
                *(event.name for event in service.life_events),
                *(SECTIONS[sector].name for sector in service.sectors),
            ]
        ),
        _both(text for body in service.authorities for text in (body.name, body.country.facts.name)),
    )
    seen, placed = set[str](), list[list[str]]()
    for texts in places:
        here = dict.fromkeys(word for text in texts for word in terms(text) if word not in seen)
        seen.update(here)
        placed.append(list(here))
    return placed


def _pressed(document: bytes) -> bytes:
    press = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zdict=USUAL)
    return press.compress(document) + press.flush()


def _whole(definition: Definition) -> bytes:
    return zlib.decompressobj(zdict=USUAL).decompress(definition.document)


def _both(texts: Iterable[Text]) -> list[str]:
    return [words for text in texts for words in (text.ar, text.en)]
