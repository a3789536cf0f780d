"""What an adapter has to show: every way in which a service can turn out, in both languages, or a reason why not."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from gateway.kit.cases import ApplicationCase, Case
from gateway.kit.findings import Finding
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.sdk.sandbox.desk import PAID_FIRST

LOOKUP: Final = ("found", "absent", "refused", "garbled", "down", "late")
GUARDS: Final = frozenset({"garbled", "down", "late", "lost"})
"""What no agency can make its own system do at will: the kit does it in its place where it has to."""

_PROCEDURE: Final = ("refused", "lost", "garbled")


def needed(service: Service) -> tuple[str, ...]:
    """What cases of the service have to show, by the beginning of a file's name."""
    if service.kind == "lookup":
        return LOOKUP
    return (*_PROCEDURE, "paid") if service.id == PAID_FIRST else ("approved", "asked", *_PROCEDURE)


def missing(
    plate: Manifest, service: Service, cases: Sequence[Case], played_by_kit: Collection[str] = ()
) -> Iterator[Finding]:
    """What the cases of one service do not show, and the language in which none of them asks."""
    own = [case for case in cases if case.service == service.id]
    exempt = {exemption.rule for exemption in plate.exemptions}
    key = f"services.{service.id}"
    for promise in needed(service):
        if promise not in exempt and promise not in played_by_kit and promise not in {case.shows for case in own}:
            yield Finding(
                rule="promise-missing", field=key, expected=promise, facts={"service": service.id, "promise": promise}
            )
    for language in ("ar", "en"):
        if own and language not in {case.language for case in own} and "languages" not in exempt:
            yield Finding(rule="language-missing", field=key, expected=language, facts={"service": service.id})
    for case in own:
        if (service.kind == "procedure") != isinstance(case.said, ApplicationCase):
            yield Finding(rule="case-kind", file=case.place, field=key, expected=service.kind)


def strays(plate: Manifest, cases: Sequence[Case]) -> Iterator[Finding]:
    """Cases of services that the adapter does not give: they would be played by nobody."""
    for case in cases:
        if case.service not in plate.services:
            yield Finding(
                rule="case-stray", file=case.place, came=case.service, expected=", ".join(sorted(plate.services))
            )


def too_slow(plate: Manifest, latency_ms: dict[str, int]) -> Iterator[Finding]:
    """Services whose answers took longer than their name plate allows."""
    for service, took in latency_ms.items():
        budget = plate.services[service].latency_budget_ms
        if took > budget:
            yield Finding(
                rule="latency-budget",
                field=f"services.{service}.latency_budget_ms",
                came=f"{took} ms",
                expected=f"≤ {budget} ms",
                facts={"service": service},
            )
