"""Rooms found on disk, opened once at start and closed at the end."""

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from gateway import field_map
from gateway.errors import ConfigurationError
from gateway.registry.manifest import Manifest
from gateway.sdk.adapter import Lookup, NationalSystem
from gateway.sdk.connection import Connection
from gateway.sdk.gate import Gate, GateLimits
from gateway.sdk.inbox import Inbox
from gateway.sdk.procedure import Procedure

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where one room's national system is and how it knows us: endpoint name to base URL, secret name to value."""

    endpoints: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """An open room: its plate, its national system, and what it gives: lookups and procedures, by service."""

    plate: Manifest
    system: NationalSystem
    adapters: Mapping[str, Lookup[Any, Any]]
    procedures: Mapping[str, Procedure[Any, Any]] = field(default_factory=dict)


def find_rooms(adapters: Path) -> list[Manifest]:
    """Every name plate under ``adapters``, checked, in the order of their folders."""
    return [Manifest.load(path.parent) for path in sorted(adapters.glob("*/manifest.toml"))]


def build_room(
    plate: Manifest,
    adapters: Path,
    wiring: Wiring,
    inbox: Inbox,
    clock: Callable[[], datetime],
    make_gate: Callable[..., Gate] = Gate,
) -> Room:
    """Imports the room that the plate describes and connects it; nothing is sent yet.

    ``make_gate`` makes a ``Gate`` of what ``Gate`` takes: whoever looks over a room's shoulder brings another. Raises
    ``ConfigurationError`` when an endpoint, a secret or one of its parts is missing or of no use.
    """
    _check_wiring(plate, wiring)
    connection = Connection(
        gates={
            name: make_gate(plate.name, wiring.endpoints[name], gate_limits(plate), endpoint=name)
            for name in plate.endpoints
        },
        secrets=wiring.secrets,
        inbox=inbox.of(plate.name),
        clock=clock,
    )
    if plate.kind == "field_map":
        return _mapped(plate, connection)
    package = _import_room(adapters, plate.name)
    kind: type[NationalSystem] = _only(f"{package}.national", NationalSystem)
    try:
        system = kind(connection)
    except ValueError as problem:
        # The words of the problem may repeat a part of the secret.
        raise ConfigurationError(field=f"rooms.{plate.name}.secrets", problem="cannot be used as they are") from problem
    built = {service: _part(plate, package, service)(system) for service in plate.services}
    return Room(
        plate,
        system,
        {service: part for service, part in built.items() if isinstance(part, Lookup)},
        {service: part for service, part in built.items() if isinstance(part, Procedure)},
    )


def _mapped(plate: Manifest, connection: Connection) -> Room:
    """A room without code: its maps say themselves which record they make, for here is no catalogue to ask."""
    maps = {}
    for service, offer in plate.services.items():
        if offer.map is None or offer.map.record is None:
            raise ConfigurationError(field=f"{plate.name}: services.{service}.map.record", problem="is missing")
        maps[service] = offer.map
    kinds = {service: str(each.record) for service, each in maps.items()}
    system, lookups = field_map.build(maps, kinds, plate.country, connection)
    return Room(plate, system, lookups)


def _part(plate: Manifest, package: str, service: str) -> type[Lookup[Any, Any]] | type[Procedure[Any, Any]]:
    """The class that gives the service; raises ``ConfigurationError`` when it says that it gives another."""
    part: type[Any] = _only(f"{package}.{service.replace('-', '_')}", Lookup, Procedure)
    if part.service != service:
        raise ConfigurationError(field=f"{plate.name}: {service}", problem=f"its class says {part.service}")
    return part


def _check_wiring(plate: Manifest, wiring: Wiring) -> None:
    for kind, wanted, given in (
        ("endpoints", plate.endpoints, wiring.endpoints),
        ("secrets", plate.secrets, wiring.secrets),
    ):
        if missing := sorted(set(wanted) - set(given)):
            raise ConfigurationError(field=f"rooms.{plate.name}.{kind}.{missing[0]}", problem="is not set")


def gate_limits(plate: Manifest) -> GateLimits:
    """What the name plate allows each of its gates."""
    limits = plate.limits
    return GateLimits(
        concurrent=limits.concurrent,
        response_bytes=limits.response_bytes,
        attempts=limits.attempts,
        timeout=limits.timeout_ms / 1000,
        breaker_failures=limits.breaker_failures,
        breaker_open=limits.breaker_open_ms / 1000,
    )


def _import_room(adapters: Path, name: str) -> str:
    """Makes ``adapters.<name>`` importable from the folder that the settings name."""
    root = str(adapters.resolve().parent)
    if root not in sys.path:
        sys.path.insert(0, root)
    package = f"{adapters.name}.{name}"
    importlib.import_module(package)
    return package


def _only(module_name: str, *bases: type[Any]) -> type[Any]:
    """The one subclass of ``bases`` that the module itself defines."""
    module = importlib.import_module(module_name)
    found = [
        part
        for _, part in inspect.getmembers(module, inspect.isclass)
        if issubclass(part, bases) and part.__module__ == module_name
    ]
    if len(found) != 1:
        wanted = " or ".join(base.__name__ for base in bases)
        raise ConfigurationError(field=module_name, problem=f"must define one {wanted}, defines {len(found)}")
    return found[0]
