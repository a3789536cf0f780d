"""What a version must be beyond its form: about its own agency, services that it may give, addresses that are safe."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway import field_map
from gateway.agencies.acting import Actor
from gateway.agencies.reading import pointer, shown
from gateway.errors import Conflict, Finding, InvalidInput, UnknownService
from gateway.outward.addresses import Outward
from gateway.policy.rules import PolicyRules
from gateway.registry.building import AgencyKey
from gateway.registry.mandates import MandateTerms
from gateway.registry.manifest import Environment, Manifest
from gateway.registry.service import Service
from gateway.registry.services import Services

Ordinal = tuple[int, int, int]
MOST: Final[Mapping[str, int]] = {"response_bytes": 8_388_608, "concurrent": 256}
"""Limits of registered adapters: a room, which is read and installed by hand, may have more."""

_ROOM: Final = "room"
_STEP: Final = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where a version is to be registered; ``newest`` is the last version, if there is one.

    ``adapter`` and ``version`` are the names that it is registered by, ``secrets`` those that are set, ``keys`` those
    that are not revoked, ``claimed`` says which adapter may define a service, ``mandates`` are those of the agency
    that are valid now.
    """

    actor: Actor
    adapter: str
    version: str
    newest: Ordinal | None
    secrets: Mapping[str, frozenset[str]]
    keys: Mapping[str, AgencyKey]
    claimed: Mapping[str, str]
    mandates: Sequence[MandateTerms]

    def may_give(self, agency: str, service: str) -> bool:
        """Whether the service of that agency is the actor's own to give, or mandated to them."""
        if agency == self.actor.agency and self.actor.kind == "agency":
            return True
        return any(
            each.agency == agency and service in each.services and self.actor.country in each.states
            for each in self.mandates
        )


def ordinal(version: str) -> Ordinal:
    """``1.12.0`` as what it is compared by."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


@dataclass(frozen=True, slots=True)
class VersionRules:
    """Judges versions by what the gateway as a whole knows; ``hosts`` says whether it has a key to call hosts with."""

    outward: Outward
    services: Services
    policy: PolicyRules
    hosts: bool = True

    def judge(
        self,
        plate: Manifest,
        definitions: Sequence[Service],
        cases: Sequence[str],
        known: Known,
    ) -> Iterator[Finding]:
        """Everything that is wrong; ``cases`` are the services that there are acceptance cases for."""
        yield from _names(plate, known)
        yield from self._addresses(plate)
        yield from _limits(plate)
        yield from _secrets(plate, known)
        if plate.kind == "host" and not self.hosts:
            yield Finding("/plate/kind", "hosts", plate.kind)
        yield from _host(plate, known)
        yield from self._definitions(plate, definitions, known)
        yield from _offers(plate, self.services_of(plate, definitions), known)
        yield from (
            Finding(pointer("/cases", name), "case_service", shown(name))
            for name in cases
            if name not in plate.services
        )

    def services_of(self, plate: Manifest, definitions: Sequence[Service]) -> Mapping[str, Service]:
        """Those of the services on the plate that there are, by the definitions or by the catalogue."""
        defined = {service.id: service for service in definitions}
        return {name: service for name in plate.services if (service := self._find(name, defined))}

    def _find(self, name: str, defined: Mapping[str, Service]) -> Service | None:
        try:
            return defined.get(name) or self.services.find(name)
        except UnknownService:
            return None

    def _addresses(self, plate: Manifest) -> Iterator[Finding]:
        """Every address, wherever it stands: where calls go, and what citizens are shown."""
        if plate.endpoints and "sandbox" not in plate.addresses:
            yield Finding("/plate/addresses/sandbox", "missing")
        for environment, addresses in plate.addresses.items():
            for name, url in addresses.items():
                yield from self._address(url, pointer("/plate/addresses", environment, name))

    def _address(self, url: str, field: str) -> Iterator[Finding]:
        try:
            self.outward.check(url, field)
        except InvalidInput:
            yield Finding(field, "address", shown(url))

    def _definitions(self, plate: Manifest, definitions: Sequence[Service], known: Known) -> Iterator[Finding]:
        ids = [service.id for service in definitions]
        for place, service in enumerate(definitions):
            at = pointer("/definitions", place)
            if service.id not in plate.services:
                yield Finding(f"{at}/id", "definition_unused", service.id)
            if ids.index(service.id) != place or self._is_taken(service, known):
                yield Finding(f"{at}/id", "service_taken", service.id)
            for number, purpose in enumerate(service.purposes):
                if self.policy.purpose(purpose) is None:
                    yield Finding(f"{at}/purposes/{number}", "purpose", shown(purpose))
            for number, authority in enumerate(service.authorities):
                where = pointer(at, "authorities", number)
                if authority.country is not known.actor.country:
                    # Nobody says what another state gives.
                    yield Finding(f"{where}/country", "country", authority.country, _of(known.actor.country.value))
                elif not known.may_give(authority.agency, service.id):
                    yield Finding(f"{where}/agency", "mandate", authority.agency)
                if authority.page is not None:
                    yield from self._address(authority.page, f"{where}/page")

    def _is_taken(self, service: Service, known: Known) -> bool:
        if service.id in known.claimed:
            return known.claimed[service.id] != known.adapter
        try:
            self.services.check_free(known.adapter, [service])
        except Conflict as problem:
            return problem.code == "service_taken"
        return False


def _names(plate: Manifest, known: Known) -> Iterator[Finding]:
    actor = known.actor
    if plate.kind == _ROOM:
        yield Finding("/plate/kind", "kind", plate.kind)
    if plate.name != known.adapter:
        yield Finding("/plate/name", "same", plate.name, _of(known.adapter))
    if plate.agency != actor.agency:
        yield Finding("/plate/agency", "same", plate.agency or "", _of(actor.agency))
    if plate.country is not actor.country:
        yield Finding("/plate/country", "country", plate.country.value, _of(actor.country.value))
    if plate.version != known.version:
        yield Finding("/plate/version", "same", plate.version, _of(known.version))
    elif known.newest is not None and ordinal(plate.version) <= known.newest:
        yield Finding("/plate/version", "version_not_greater", plate.version, _of(".".join(map(str, known.newest))))


def _limits(plate: Manifest) -> Iterator[Finding]:
    """What a worker, which many share, takes from a system that nobody here runs."""
    for name, most in MOST.items():
        if (value := getattr(plate.limits, name)) > most:
            yield Finding(f"/plate/limits/{name}", "limit", str(value), {"most": most})


def _secrets(plate: Manifest, known: Known) -> Iterator[Finding]:
    """What the kit needs to begin with; those for ``live`` may follow until the version is handed in."""
    yield from missing_secrets(plate, "sandbox", known.secrets)


def missing_secrets(plate: Manifest, environment: Environment, kept: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """The secrets on the plate that are not set for that environment."""
    for place, name in enumerate(plate.secrets):
        if name not in kept.get(environment, frozenset()):
            yield Finding(pointer("/plate/secrets", place), "secret_missing", name, {"environment": environment})


def _host(plate: Manifest, known: Known) -> Iterator[Finding]:
    if plate.host is None:
        return
    named = [("signing", name, pointer("/plate/host/keys", place)) for place, name in enumerate(plate.host.keys)]
    if plate.host.authority is not None:
        named.append(("authority", plate.host.authority, "/plate/host/authority"))
    for kind, name, field in named:
        key = known.keys.get(name)
        if key is None or key.kind != kind:
            yield Finding(field, f"key_{kind}", shown(name))


def _offers(plate: Manifest, found: Mapping[str, Service], known: Known) -> Iterator[Finding]:
    """Each service is one that there is, of the agency that is competent in the state, and given with its leave."""
    country = known.actor.country
    for name, offer in plate.services.items():
        at, service = pointer("/plate/services", name), found.get(name)
        authority = service.authority(country) if service else None
        if service is None:
            yield Finding(at, "service_unknown", shown(name))
        elif authority is None:
            yield Finding(at, "service_of_state", name, _of(country.value))
        elif offer.agency != authority.agency:
            yield Finding(f"{at}/agency", "same", offer.agency, _of(authority.agency))
        elif not known.may_give(authority.agency, name):
            yield Finding(f"{at}/agency", "mandate", offer.agency)
        elif plate.kind == "listing" and authority.page is None:
            yield Finding(at, "page_missing", name)


def check_maps(plate: Manifest, found: Mapping[str, Service]) -> Iterator[Finding]:
    """Each map is there where it should be, and can be built; a hundred of them take a while."""
    for name, offer in plate.services.items():
        at, service = pointer("/plate/services", name), found.get(name)
        if plate.kind != "field_map":
            if offer.map is not None:
                yield Finding(f"{at}/map", "map_of_other_kind", plate.kind)
        elif offer.map is None:
            yield Finding(f"{at}/map", "missing")
        elif service is not None and service.kind != "lookup":
            yield Finding(at, "map_of_procedure", name)
        elif service is not None:
            wrong = field_map.check(
                offer.map, service.output.kind, plate.country, endpoints=plate.endpoints, secrets=plate.secrets
            )
            yield from (
                Finding(pointer(at, *_STEP.findall(each.key)), "map", shown(each.came), {"detail": each.expected})
                for each in wrong
            )


def _of(expected: str) -> Mapping[str, str]:
    return {"expected": expected}
