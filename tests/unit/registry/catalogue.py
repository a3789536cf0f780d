"""The catalogue as shipped, and services written to a folder of one's own to be spoilt."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SERVICES = ROOT / "config" / "services"
POLICY = ROOT / "config" / "policy.toml"

LOOKUPS = ("commercial-registration", "identity-verification", "pension-contributions", "traffic-fines")
PROCEDURES = (
    "branch-registration",
    "certificate-equivalence",
    "fine-settlement",
    "pension-extension",
    "residence-certificate",
)
IDS = tuple(sorted((*LOOKUPS, *PROCEDURES)))


def shipped(service: str) -> str:
    """The file of a shipped service."""
    return (SERVICES / f"{service}.toml").read_text("utf-8")


def spoilt(folder: Path, old: str, new: str, service: str = "traffic-fines") -> Path:
    """A folder with one service in which ``old`` was replaced by ``new`` once."""
    text = shipped(service)
    assert old in text, f"{service} has no {old!r} to spoil"
    (folder / f"{service}.toml").write_text(text.replace(old, new, 1), "utf-8")
    return folder


def field(kind: str = "string", /, **keywords: Any) -> dict[str, Any]:
    """A field's schema with its words."""
    bounds: Mapping[str, Any] = {"maxLength": 10} if kind == "string" else {}
    return {"type": kind, "x-title": {"ar": "حقل", "en": "Field"}, **bounds, **keywords}


def schema(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """An input schema of these fields."""
    return {"type": "object", "additionalProperties": False, "properties": fields}


def parsed(service: str) -> dict[str, Any]:
    """The file of a shipped service as TOML says it."""
    return tomllib.loads(shipped(service))
