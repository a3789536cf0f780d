"""The operators' own port: is it alive, is it ready, what has it been doing, and the console."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gateway.applications.parking import Counts, Parking
from gateway.policy.permit import Call
from gateway.registry.registry import Registry
from gateway.registry.service import Service
from gateway.schema.answer import Outcome
from gateway.schema.country import Country
from gateway.storage.engine import Storage, StorageDown

if TYPE_CHECKING:
    from gateway.web.console.app import Console

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
SHARED_MEASURES = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which the workers of one parent keep their measures (prometheus-client)."""
BROUGHT = "brought"
"""Stands for every service that an agency brought while the gateway ran: they may be thousands."""

BREAKER_STATES = ("closed", "half_open", "open")


class Measures:
    """What the operators see of finished calls; every label comes from a closed list, so series are bounded.

    ``shared`` shows the measures of all workers together, from the folder that ``SHARED_MEASURES`` names.
    """

    def __init__(self, catalogue: Iterable[Service], shared: bool = False) -> None:
        self.registry = CollectorRegistry()
        self._shared = shared
        known = tuple(catalogue)
        services = [*(service.id for service in known), BROUGHT]
        labels = ("service", "country", "outcome")
        calls = Counter("bawaba_calls", "Calls answered, by state and outcome.", labels, registry=self.registry)
        seconds = Histogram(
            "bawaba_call_seconds", "Time of a call.", labels[:2], buckets=BUCKETS, registry=self.registry
        )
        self._breakers = Gauge(
            "bawaba_breaker_open",
            "0 closed, 1 half open, 2 open.",
            ("room", "endpoint"),
            registry=self.registry,
            multiprocess_mode="max",
        )
        self._calls = {
            (service, country, outcome): calls.labels(service, country, outcome)
            for service in services
            for country in Country
            for outcome in Outcome
        }
        self._puzzles = Counter(
            "bawaba_application_puzzles",
            "Answers whose status the room does not know.",
            ("service", "country"),
            registry=self.registry,
        )
        self._refused = Counter(
            "bawaba_documents_refused",
            "Documents that do not bear the signature that their state promises.",
            ("service", "country"),
            registry=self.registry,
        )
        self._applications = _Applications(known, self.registry)
        self._seconds = {
            (service, country): seconds.labels(service, country) for service in services for country in Country
        }

    def finished(self, call: Call, outcome: Outcome, seconds: float) -> None:
        """Counts one call; ``seconds`` is its whole time but for sealing."""
        service = call.service if (call.service, call.country) in self._seconds else BROUGHT
        self._calls[service, call.country, outcome].inc()
        self._seconds[service, call.country].observe(seconds)

    def status_unknown(self, service: str, country: Country) -> None:
        """Counts a state's word that its room cannot interpret."""
        self._puzzles.labels(service, country).inc()

    def document_refused(self, service: str, country: Country) -> None:
        """Counts a document that is not given out."""
        self._refused.labels(service, country).inc()

    def show(self, counts: Counts) -> None:
        """Takes over how many applications stand where."""
        self._applications.show(counts)

    def page(self, rooms: Registry) -> bytes:
        """The text that Prometheus reads."""
        for room in rooms.rooms:
            for name, gate in room.system.connection.gates.items():
                self._breakers.labels(room.plate.name, name).set(BREAKER_STATES.index(gate.state.breaker))
        return generate_latest(self._collected())

    def _collected(self) -> CollectorRegistry:
        """This worker's measures, or those of all workers together where several share the port."""
        if not self._shared:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return together


class _Applications:
    """Three gauges by agency; an agency of which there is nothing shows 0."""

    def __init__(self, services: Iterable[Service], registry: CollectorRegistry) -> None:
        agencies = {each.agency for service in services if service.kind == "procedure" for each in service.authorities}
        self._agencies = sorted(agencies)
        self._waiting = _gauge("waiting", "Messages on their way to the agency.", registry)
        self._parked = _gauge("parked", "Messages that wait for an operator.", registry)
        self._overdue = _gauge("overdue", "Applications past their expected date.", registry)

    def show(self, counts: Counts) -> None:
        self._set(self._waiting, counts.waiting)
        self._set(self._parked, counts.parked)
        self._set(self._overdue, counts.overdue)

    def _set(self, gauge: Gauge, numbers: Mapping[str, int]) -> None:
        for agency in self._agencies:
            gauge.labels(agency).set(numbers.get(agency, 0))


def _gauge(name: str, words: str, registry: CollectorRegistry) -> Gauge:
    # All workers read the same tables, so the one that looked last is right.
    return Gauge(f"bawaba_applications_{name}", words, ("agency",), registry=registry, multiprocess_mode="mostrecent")


def operators_app(
    measures: Measures,
    registry: Registry,
    storage: Storage,
    sealing: Callable[[], bool],
    parking: Parking | None = None,
    console: "Console | None" = None,
) -> web.Application:
    """Health answers while the process lives; readiness only while it can serve. The console is for people."""

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        checks = {"sealing": sealing(), "storage": await storage.answers()}
        body = orjson.dumps({"ready": all(checks.values()), "checks": checks})
        return web.Response(body=body, status=200 if all(checks.values()) else 503, content_type="application/json")

    async def metrics(request: web.Request) -> web.Response:
        if parking is not None:
            with suppress(StorageDown):
                measures.show(await parking.counts())
        if console is not None:
            with suppress(StorageDown):
                await console.count()
        return web.Response(body=measures.page(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    if console is not None:
        console.add_to(app)
    return app
