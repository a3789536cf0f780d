"""Services that no file defines, as an agency would register them: changed copies of shipped ones, all invented."""

import tomllib
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.registry.service import Service
from tests.support.house import ROOT

PAGE = "https://licences.bahrain.example/falcons?lang=ar"


def text(ar: str, en: str) -> dict[str, str]:
    """Words in both languages, as JSON."""
    return {"ar": ar, "en": en}


def shipped(service: str) -> dict[str, Any]:
    """The file of a shipped service, as JSON."""
    return tomllib.loads((ROOT / f"config/services/{service}.toml").read_text("utf-8"))


def body(country: str, agency: str = "", page: str | None = None) -> dict[str, Any]:
    """The authority of one state."""
    found: dict[str, Any] = {
        "country": country,
        "agency": agency or f"{country.lower()}-falcons",
        "participation": "sandbox",
        "name": text("هيئة الصقور", "Falcon Authority"),
    }
    return found | ({"page": page} if page else {})


def defined(service: str = "falcon-passport", *, like: str = "traffic-fines", **changes: Any) -> Service:
    """A service of that id, like a shipped one but for ``changes``; one body, in Bahrain, with a page of its own."""
    whole: Mapping[str, Any] = {
        **shipped(like),
        "id": service,
        "name": text("جواز سفر الصقر", "Falcon passport"),
        "keywords": [text("صقور", "birds of prey")],
        "authorities": [body("BH", page=PAGE)],
        **changes,
    }
    return Service.model_validate_json(orjson.dumps(whole))
