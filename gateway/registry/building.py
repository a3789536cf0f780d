"""Adapters that agencies registered, built from their name plates: none of their code runs here."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from gateway import adapter_host, field_map
from gateway.errors import ConfigurationError
from gateway.registry.manifest import Environment, Manifest
from gateway.registry.rooms import Room, gate_limits
from gateway.registry.service import Service
from gateway.sdk.adapter import NationalSystem
from gateway.sdk.connection import Connection
from gateway.sdk.gate import Gate
from gateway.sdk.inbox import Inbox
from gateway.sdk.transport import AddressCheck

NO_SERVICES: Final[Mapping[str, Service]] = {}


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """A key that an agency uploaded: ``signing`` is a public JWK, ``authority`` certificates in PEM."""

    kind: Literal["signing", "authority"]
    document: bytes


@dataclass(frozen=True, slots=True)
class HostCredentials:
    """How the gateway proves itself to hosts: the key that it signs with, and its certificate and key in PEM."""

    signer: adapter_host.Signer
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Offered:
    """What a room must know of a service that it gives: its kind, and that of its records."""

    kind: Literal["lookup", "procedure"]
    record: str


class Builder:
    """Builds rooms.

    ``may_connect`` is asked about every address that a connection would be made to. ``find`` tells of a service of the
    catalogue, ``None`` where there is none. Without ``hosts`` no adapter host is taken.
    """

    def __init__(
        self,
        may_connect: AddressCheck,
        find: Callable[[str], Offered | None],
        inbox: Inbox,
        clock: Callable[[], datetime],
        hosts: HostCredentials | None = None,
    ) -> None:
        self._may_connect = may_connect
        self._find = find
        self._inbox = inbox
        self._clock = clock
        self._hosts = hosts

    @property
    def host_keys(self) -> Sequence[Mapping[str, str]]:
        """The public half of what calls to hosts are signed with, a JWK; nothing where no host is taken."""
        return [] if self._hosts is None else [self._hosts.signer.jwk]

    def build(
        self,
        plate: Manifest,
        environment: Environment,
        secrets: Mapping[str, str],
        keys: Mapping[str, AgencyKey],
        defined: Mapping[str, Service] = NO_SERVICES,
    ) -> Room:
        """The room, connected to the addresses of that environment; nothing is sent yet.

        ``defined`` are services that the catalogue does not have yet. Raises ``ConfigurationError`` naming the key of
        the plate, or the secret, that is missing or of no use.
        """
        services = {name: self._offered(name, defined) for name in plate.services}
        if missing := sorted(set(plate.secrets) - set(secrets)):
            raise ConfigurationError(field=f"secrets.{missing[0]}", problem="is not set")
        connection = self._connection(plate, environment, secrets, keys)
        match plate.kind:
            case "listing":
                return Room(plate, NationalSystem(connection), {})
            case "field_map":
                maps = {name: offer.map for name, offer in plate.services.items() if offer.map is not None}
                if missing := sorted(set(plate.services) - set(maps)):
                    raise ConfigurationError(field=f"services.{missing[0]}.map", problem="is missing")
                kinds = {name: offered.record for name, offered in services.items()}
                system, lookups = field_map.build(maps, kinds, plate.country, connection)
                return Room(plate, system, lookups)
            case "host":
                return self._host(plate, connection, keys, services)
            case _:
                raise ConfigurationError(field="kind", problem="a room is code, which agencies do not register")

    def _host(
        self,
        plate: Manifest,
        connection: Connection,
        keys: Mapping[str, AgencyKey],
        services: Mapping[str, Offered],
    ) -> Room:
        if self._hosts is None or plate.host is None:
            raise ConfigurationError(field="registry.host_signing_key_file", problem="is not set, so no host is taken")
        known = _signing(keys, plate.host.keys)
        kinds = {name: service.kind for name, service in services.items()}
        return Room(plate, *adapter_host.build(kinds, plate.country, connection, self._hosts.signer, known))

    def _connection(
        self,
        plate: Manifest,
        environment: Environment,
        secrets: Mapping[str, str],
        keys: Mapping[str, AgencyKey],
    ) -> Connection:
        addresses = plate.addresses.get(environment, {})
        if missing := sorted(set(plate.endpoints) - set(addresses)):
            raise ConfigurationError(field=f"addresses.{environment}.{missing[0]}", problem="is missing")
        tls = self._tls(plate, keys)
        return Connection(
            gates={
                name: Gate(
                    plate.name,
                    addresses[name],
                    gate_limits(plate),
                    endpoint=name,
                    tls=tls,
                    check_address=self._may_connect,
                )
                for name in plate.endpoints
            },
            secrets={name: secrets[name] for name in plate.secrets},
            inbox=self._inbox.of(plate.name),
            clock=self._clock,
        )

    def _tls(self, plate: Manifest, keys: Mapping[str, AgencyKey]) -> ssl.SSLContext | None:
        if plate.host is None or self._hosts is None:
            return _usual_tls()
        authority = _key(keys, plate.host.authority, "authority").decode() if plate.host.authority else None
        return adapter_host.client_tls(self._hosts.certificate, self._hosts.key, authority)

    def _offered(self, name: str, defined: Mapping[str, Service]) -> Offered:
        service = defined.get(name)
        offered = Offered(service.kind, service.output.kind) if service else self._find(name)
        if offered is None:
            raise ConfigurationError(field=f"services.{name}", problem="is not a service that there is")
        return offered


def _signing(keys: Mapping[str, AgencyKey], names: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """Those of the names that the agency still has: whoever signs by a new key takes the old one back."""
    found = [keys[name] for name in names if name in keys]
    if not found or any(key.kind != "signing" for key in found):
        raise ConfigurationError(field="host.keys", problem="names no signing key of the agency")
    return [orjson.loads(key.document) for key in found]


def _key(keys: Mapping[str, AgencyKey], name: str, kind: str) -> bytes:
    found = keys.get(name)
    if found is None or found.kind != kind:
        raise ConfigurationError(field="host", problem=f"names {name}, which is no {kind} key of the agency")
    return found.document


@cache
def _usual_tls() -> ssl.SSLContext:
    """One for all: each holds the certificates of every authority, half a megabyte of them."""
    return ssl.create_default_context()
