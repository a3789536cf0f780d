"""What holds before people are answered: somebody to call, safe addresses, sane limits, and nothing invented."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.kit.findings import Finding
from gateway.kit.folder import Folder
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service

LARGEST_RESPONSE: Final = 8_388_608
_INVENTED: Final = (".example", "@example.", ".invalid", ".test", "@localhost")


def live_findings(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    """Everything that keeps an adapter from going live."""
    yield from _contact(folder, plate)
    yield from _addresses(folder, plate)
    yield from _limits(folder, plate, services)
    for name in plate.services:
        authority = services[name].authority(plate.country) if name in services else None
        if authority is not None and authority.participation != "agreed":
            yield folder.finding(
                "participation-invented", f"services.{name}", came=authority.participation, expected="agreed"
            )
    if not plate.secrets:
        yield folder.finding("secrets-none", "secrets", severity="warning", came="[]")


def _contact(folder: Folder, plate: Manifest) -> Iterator[Finding]:
    contact = plate.contact
    if any(mark in contact.email for mark in _INVENTED):
        yield folder.finding("contact-invented", "contact.email", came=contact.email)
    dial = plate.country.facts.dial
    if not contact.phone.startswith(dial) or set(contact.phone[len(dial) :]) == {"0"}:
        yield folder.finding("contact-phone", "contact.phone", came=contact.phone, expected=f"{dial}…")


def _addresses(folder: Folder, plate: Manifest) -> Iterator[Finding]:
    for environment, addresses in plate.addresses.items():
        for endpoint, address in addresses.items():
            if environment == "live" and not address.startswith("https://"):
                yield folder.finding(
                    "address-not-https",
                    f"addresses.{environment}.{endpoint}",
                    came=address.partition("://")[0],
                    expected="https://…",
                )


def _limits(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    limits = plate.limits
    if limits.response_bytes > LARGEST_RESPONSE:
        yield folder.finding(
            "limit-unsound",
            "limits.response_bytes",
            severity="warning",
            came=str(limits.response_bytes),
            expected=f"≤ {LARGEST_RESPONSE}",
        )
    for name, offer in plate.services.items():
        if offer.latency_budget_ms > limits.timeout_ms:
            yield folder.finding(
                "limit-unsound",
                f"services.{name}.latency_budget_ms",
                came=str(offer.latency_budget_ms),
                expected=f"≤ limits.timeout_ms = {limits.timeout_ms}",
            )
        promised = services[name].processing_time.seconds if name in services else None
        if promised is not None and limits.timeout_ms > promised * 1000:
            yield folder.finding(
                "limit-unsound",
                "limits.timeout_ms",
                came=str(limits.timeout_ms),
                expected=f"≤ {promised * 1000} ({name}: processing_time)",
            )
