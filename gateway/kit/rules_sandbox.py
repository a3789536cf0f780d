"""What holds once an adapter answers from a stand-in: its README, its cases, and that each of them is kept."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.kit.findings import Finding
from gateway.kit.folder import Folder
from gateway.kit.promises import missing, strays
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service

README: Final = "README.md"
_ROWS: Final = ("Owner", "Stage", "Protocol")
_HEADINGS: Final[Mapping[str, re.Pattern[str]]] = {
    "National fields that the shared schema does not carry": re.compile(
        r"^## (Every field|National fields that the shared schema does not carry)\s*$", re.MULTILINE
    ),
    "Limits": re.compile(r"^## (Known l|L)imits\s*$", re.MULTILINE),
}


def sandbox_findings(folder: Folder, plate: Manifest, services: Mapping[str, Service]) -> Iterator[Finding]:
    """What is missing before anything is played."""
    yield from strays(plate, folder.cases)
    for name in plate.services:
        if name not in services:
            continue
        for finding in missing(plate, services[name], folder.cases):
            yield finding.model_copy(update={"file": finding.file or f"cases/{name}/"})
    yield from _readme(folder)


def _readme(folder: Folder) -> Iterator[Finding]:
    if not folder.readme:
        yield Finding(rule="file-missing", file=README, expected=README)
        return
    for row in _ROWS:
        if not re.search(rf"^\| {row}s? \|", folder.readme, re.MULTILINE):
            yield Finding(rule="readme-part", file=README, expected=f"| {row} | … |")
    for heading, pattern in _HEADINGS.items():
        if not pattern.search(folder.readme):
            yield Finding(rule="readme-part", file=README, expected=f"## {heading}")
