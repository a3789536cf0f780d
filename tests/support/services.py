"""Which services there are, and which room gives which: read from the files, as the gateway reads them."""

from collections.abc import Collection
from typing import Literal

from gateway.registry.manifest import Manifest
from gateway.registry.services import Services
from tests.support.house import ROOT


def _of(kind: Literal["lookup", "procedure"]) -> tuple[str, ...]:
    return tuple(sorted(service.id for service in Services.load(ROOT / "config/services") if service.kind == kind))


LOOKUPS, PROCEDURES = _of("lookup"), _of("procedure")


def plates() -> list[Manifest]:
    """The name plate of every room."""
    return [Manifest.load(path.parent) for path in sorted((ROOT / "adapters").glob("*/manifest.toml"))]


def implementations(
    services: Collection[str], *, stages: Collection[str] = ("draft", "sandbox", "live")
) -> list[tuple[str, str]]:
    """Each room, of those at one of ``stages``, with each of ``services`` that it gives."""
    return [
        (plate.name, service)
        for plate in plates()
        if plate.stage in stages
        for service in plate.services
        if service in services
    ]
