"""What is known of every service without reading it, by id and by words, while adapters come and go."""

import base64
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from typing import Any, Literal

from gateway.errors import Conflict, InvalidInput, UnknownService
from gateway.registry.definition import Definition, Summary, document_of, summary_of
from gateway.registry.search import asked
from gateway.registry.word_index import WordIndex
from gateway.schema.country import Country

FILES = ""
"""The source of the services that the files define; no adapter can be called so."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One service as it stands in the catalogue."""

    id: str
    kind: Literal["lookup", "procedure"]
    countries: frozenset[Country]
    audience: tuple[str, ...]
    life_events: tuple[str, ...]
    sectors: tuple[str, ...]
    source: str
    definition: Definition
    number: int


Test = Callable[[Listing], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, the best first; ``next`` is the place after it, ``None`` on the last page."""

    ids: tuple[str, ...]
    next: str | None


class Listings:
    """Every listing; a change takes as long as what changes is large, however many there are."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._ids: list[str] = []
        self._by_number: dict[int, Listing] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        self._index = WordIndex()
        # Few combinations of states, audiences and sectors are shared by many services.
        self._shared: dict[Any, Any] = {}

    def __contains__(self, service: object) -> bool:
        return service in self._listings

    def __len__(self) -> int:
        return len(self._listings)

    def get(self, service: str) -> Listing | None:
        """The listing of that id, ``None`` where there is none."""
        return self._listings.get(service)

    def document(self, service: str) -> Mapping[str, Any]:
        """The service as JSON; raises ``UnknownService``."""
        if (listing := self._listings.get(service)) is None:
            raise UnknownService
        return document_of(listing.definition)

    def add(self, source: str, definitions: Sequence[Definition]) -> Sequence[str]:
        """Lists what a source defines in place of what it defined before, whose ids come back.

        Raises ``Conflict`` with ``service_taken`` before anything is changed.
        """
        summaries = [summary_of(definition) for definition in definitions]
        self.check_free(source, [summary.id for summary in summaries])
        gone = self.remove(source)
        for summary, definition in zip(summaries, definitions, strict=True):
            self._list(source, summary, definition)
        self._sources[source] = tuple(summary.id for summary in summaries)
        return gone

    def remove(self, source: str) -> Sequence[str]:
        """Takes out what a source defined; the ids come back."""
        gone = self._sources.pop(source, ())
        for service in gone:
            listing = self._listings.pop(service)
            del self._ids[bisect_left(self._ids, service)]
            del self._by_number[listing.number]
            self._index.remove(listing.number)
        self._index.sweep()
        return gone

    def check_free(self, source: str, services: Sequence[str]) -> None:
        """Raises ``Conflict`` when one id stands twice, or belongs to the files or to another source."""
        for place, service in enumerate(services):
            held = self._listings.get(service)
            if service in services[:place] or (held is not None and held.source != source):
                raise Conflict("service_taken", field=f"/definitions/{place}/id", service=service)

    def settle(self) -> None:
        """Brings the index in order, which the first search after a change does otherwise."""
        self._index.settle()

    def search(self, query: str | None, tests: Sequence[Test], limit: int, after: str | None) -> Found:
        """At most ``limit`` listings that pass every test and have every word of the query, or one that begins with it.

        They come by what the words are worth where they stand, then by id; all are found where nothing is asked for.
        Raises ``InvalidInput`` with ``unknown_cursor`` when ``after`` is not a place that a page gave.
        """
        place = _place(after) if after else None
        if not query or query.isspace():
            return _page([(0, listing.id) for listing in self._behind(place, tests, limit + 1)], limit)
        if not (words := asked(query)):
            return Found((), None)
        points = self._index.find(words)
        passed = _passing(map(self._by_number.__getitem__, points), tests)
        found = ((-points[listing.number], listing.id) for listing in passed)
        return _page(nsmallest(limit + 1, (each for each in found if place is None or each > place)), limit)

    def _behind(self, place: tuple[int, str] | None, tests: Sequence[Test], count: int) -> Iterator[Listing]:
        """The first ``count`` listings behind the place, by id, that pass."""
        first = bisect_right(self._ids, place[1]) if place else 0
        behind = islice(self._ids, first, None)
        return islice(_passing(map(self._listings.__getitem__, behind), tests), count)

    def _list(self, source: str, summary: Summary, definition: Definition) -> None:
        listing = Listing(
            summary.id,
            summary.kind,
            self._share(summary.countries),
            self._share(summary.audience),
            self._share(summary.life_events),
            self._share(summary.sectors),
            source,
            Definition(b"", definition.document),
            self._index.add(summary.words),
        )
        self._listings[listing.id] = self._by_number[listing.number] = listing
        insort(self._ids, listing.id)

    def _share(self, value: Any) -> Any:
        return self._shared.setdefault(value, value)


def _passing(listings: Iterable[Listing], tests: Sequence[Test]) -> Iterator[Listing]:
    """Those that pass every test; a chain of filters, because ten thousand may have to be looked at."""
    for test in tests:
        listings = filter(test, listings)
    return iter(listings)


def _page(found: Sequence[tuple[int, str]], limit: int) -> Found:
    shown = found[:limit]
    return Found(tuple(service for _, service in shown), _cursor(shown[-1]) if len(found) > limit else None)


def _cursor(place: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(f"{-place[0]}.{place[1]}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, str]:
    try:
        points, _, service = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(".")
        place = (-int(points), service)
    except ValueError:
        raise InvalidInput("unknown_cursor", field="?after") from None
    if _cursor(place) != cursor:
        raise InvalidInput("unknown_cursor", field="?after")
    return place
