"""The files of a new adapter, written from their skeletons: name plate, map, definition, stand-in, README."""

from pathlib import Path
from string import Template
from typing import Final

from gateway.kit.newcomer import Newcomer

SKELETONS: Final = Path(__file__).parent / "skeletons"


def plate(newcomer: Newcomer) -> str:
    """``manifest.toml`` with a map for each service."""
    parts = [_filled("plate", newcomer.words)]
    for service, kind in newcomer.services.items():
        words = newcomer.words | {"service": service, "kind": kind, "agency": newcomer.agencies[service]}
        about = _filled("about", words) if kind == "commercial_registration" else ""
        parts.append(_filled("service", words | {"fields": _filled(f"fields-{kind}", words), "about": about}))
    return "".join(parts)


def definition(newcomer: Newcomer, service: str) -> str:
    """``services/<id>.toml`` of a service that the catalogue does not have."""
    return _filled("definition", newcomer.words | {"service": service, "agency": newcomer.agencies[service]})


def sandbox(newcomer: Newcomer) -> str:
    """``sandbox.py``."""
    kinds = ", ".join(f'"{service}": "{kind}"' for service, kind in newcomer.services.items())
    return _filled("sandbox", newcomer.words | {"kinds": f"{{{kinds}}}"})


def readme(newcomer: Newcomer) -> str:
    """``README.md``, with the parts that a README has to have."""
    scope = ", ".join(f"`{service}` (`{newcomer.agencies[service]}`)" for service in newcomer.services)
    return _filled("readme", newcomer.words | {"scope": scope})


def _filled(name: str, words: dict[str, str]) -> str:
    return Template((SKELETONS / f"{name}.tmpl").read_text("utf-8")).substitute(words)
