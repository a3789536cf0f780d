"""What holds from the first draft on: services, agencies and maps that there are, and the files that carry them."""

from collections.abc import Iterator, Mapping

from gateway import field_map
from gateway.kit.findings import Finding
from gateway.kit.folder import Folder
from gateway.kit.promises import LOOKUP
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service

_KNOWN_RULES = frozenset({*LOOKUP, "approved", "asked", "paid", "lost", "languages"})


def draft_findings(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Everything that a draft has to mend."""
    yield from _services(folder, plate, services)
    yield from _files(folder, plate, services)
    if plate.kind == "field_map":
        yield from _maps(folder, plate, services)
    for place, exemption in enumerate(plate.exemptions):
        if exemption.rule not in _KNOWN_RULES:
            yield folder.finding(
                "exemption-unknown",
                f"exemptions[{place}].rule",
                severity="warning",
                came=exemption.rule,
                expected=", ".join(sorted(_KNOWN_RULES)),
            )


def _services(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    for name, offer in plate.services.items():
        service = services.get(name)
        if service is None:
            yield folder.finding(
                "service-unknown", f"services.{name}", came=name, expected=f"services/{name}.toml", facts={"name": name}
            )
            continue
        authority = service.authority(plate.country)
        if authority is None:
            yield folder.finding(
                "service-of-no-authority",
                f"services.{name}",
                came=plate.country.value,
                expected=", ".join(each.country.value for each in service.authorities),
            )
        elif authority.agency != offer.agency:
            yield folder.finding(
                "agency-not-competent", f"services.{name}.agency", came=offer.agency, expected=authority.agency
            )


def _files(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    wanted = ["sandbox.py"]
    if plate.kind == "room":
        wanted += ["national.py", *(f"{name.replace('-', '_')}.py" for name in plate.services)]
    for name in wanted:
        if not (folder.path / name).is_file():
            yield Finding(rule="file-missing", file=name, expected=name)
    if plate.kind in ("host", "listing"):
        yield folder.finding("kind-no-folder", "kind", came=plate.kind, expected="room, field_map")
    if plate.kind == "field_map":
        for name in plate.services:
            if (service := services.get(name)) and service.kind != "lookup":
                yield folder.finding("map-no-procedure", f"services.{name}", came=service.kind, expected="lookup")


def _maps(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    for name, offer in plate.services.items():
        key, service = f"services.{name}.map", services.get(name)
        if offer.map is None:
            yield folder.finding("manifest-key-missing", key, expected="map")
            continue
        kind = service.output.kind if service else offer.map.record
        if offer.map.record != kind:
            yield folder.finding(
                "manifest-value", f"{key}.record", came=str(offer.map.record or "…"), expected=str(kind)
            )
            continue
        wrong = field_map.check(
            offer.map, str(kind), plate.country, key=key, endpoints=plate.endpoints, secrets=plate.secrets
        )
        for each in wrong:
            yield folder.finding("map-value", each.key, came=each.came, expected=each.expected)
