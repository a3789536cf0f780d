"""A whole gateway on one machine: keys, settings and wiring, all made up and kept in one folder."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.demo.cards import prepare_cards
from gateway.demo.joining import prepare_hosts, reachable
from gateway.identity.key_files import make_demo_keys, make_demo_secret
from gateway.kit.beside import sandbox_class
from gateway.ledger.key_files import make_demo_ledger_keys
from gateway.registry.manifest import Manifest
from gateway.registry.rooms import find_rooms
from gateway.sandbox.identity import STAND_INS, endpoints_at
from gateway.sandbox.providers import operators_idp


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens; the stand-ins take one port each, from ``sandboxes`` and ``providers`` on.

    ``staff`` is that of the provider that operators sign in with.
    """

    public: int = 8080
    operators: int = 9090
    sandboxes: int = 7101
    providers: int = 7201
    cards: int = 8443
    staff: int = 7231


def prepare(
    folder: Path,
    ports: Ports,
    adapters: Path = Path("adapters"),
    database: str | None = None,
    rooms: Sequence[str] | None = None,
    providers: Sequence[str] = tuple(STAND_INS),
    console: bool = False,
) -> Path:
    """Makes what is missing in ``folder`` and returns the settings file; keys and data of an earlier run are kept.

    ``rooms`` are those to wire, every one that is past the stage ``draft`` unless told otherwise; ``providers`` the
    identity providers, every one that has a stand-in. ``console`` opens that of the operators, and lets agencies join.

    Every key and secret is random, made here, and readable by its owner alone.
    """
    keys = folder / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    make_demo_keys(keys / "tokens", keys / "identifiers.key")
    make_demo_secret(keys / "vault.key")
    make_demo_secret(keys / "finder.key")
    make_demo_ledger_keys(keys / "ledger.pem", keys / "pseudonym.key")
    known = _provider_secrets(folder / "providers.json", providers)
    door = prepare_cards(folder, ports.cards, known, _write)
    sections: dict[str, Mapping[str, Any]] = {
        **_sections(folder, ports, database or f"sqlite+aiosqlite:///{folder / 'bawaba.db'}", door),
        "paths": {"adapters": str(adapters)},
        **_providers(known, ports.providers),
        **(_operators(folder / "operators.json", ports) if console else {}),
        **({"registry": prepare_hosts(folder, _write)} if console else {}),
        **_rooms(folder / "secrets.json", _plates(adapters, rooms), adapters, ports.sandboxes),
    }
    if console:
        sections["server"] = {**sections["server"], "outward_allowed": reachable()}
    path = folder / "gateway.toml"
    _write(path, _toml(sections).encode())
    return path


def _sections(folder: Path, ports: Ports, database: str, door: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    keys, url = folder / "keys", f"http://127.0.0.1:{ports.public}"
    return {
        "server": {"port": ports.public, "public_url": url, "operators_port": ports.operators, **door},
        "storage": {"url": database},
        # The stand-ins decide in seconds.
        "applications": {"track_seconds": 1, "retry_seconds": 0.5},
        "ledger": {
            "origin": "bawaba.example/demo",
            "key_file": str(keys / "ledger.pem"),
            "pseudonym_key_file": str(keys / "pseudonym.key"),
        },
        "signin": {"vault_file": str(keys / "vault.key"), "finder_file": str(keys / "finder.key")},
        "tokens": {
            "issuer": url,
            "audience": f"{url}/v1",
            "keys_dir": str(keys / "tokens"),
            "identifiers_key_file": str(keys / "identifiers.key"),
        },
    }


def _provider_secrets(store: Path, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The secrets of each identity provider and its stand-in, kept as those of the rooms are."""
    kept: dict[str, dict[str, str]] = json.loads(store.read_text("utf-8")) if store.exists() else {}
    known = {name: kept.get(name) or dict(STAND_INS[name].make_secrets()) for name in names}
    _write(store, json.dumps(kept | known).encode())
    return known


def _providers(known: Mapping[str, Mapping[str, str]], first_port: int) -> dict[str, Mapping[str, str]]:
    """Each identity provider's endpoints and secrets."""
    sections: dict[str, Mapping[str, str]] = {}
    for place, (name, secrets) in enumerate(known.items()):
        sections[f"providers.{name}.endpoints"] = endpoints_at(name, secrets, first_port + place)
        sections[f"providers.{name}.secrets"] = secrets
    return sections


def _operators(store: Path, ports: Ports) -> dict[str, Mapping[str, str]]:
    """The operators' console and its provider, whose secrets are kept as those of the others are."""
    secrets: dict[str, str] = (
        json.loads(store.read_text("utf-8")) if store.exists() else dict(operators_idp.StandIn.make_secrets())
    )
    _write(store, json.dumps(secrets).encode())
    stand_in = operators_idp.StandIn(secrets)
    stand_in.url = f"http://127.0.0.1:{ports.staff}"
    # Browsers make passkeys for a name and not for a number.
    url = f"http://localhost:{ports.operators}"
    return {
        "operators": {"provider": stand_in.provider, "public_url": url},
        "operators.endpoints": stand_in.endpoints(),
        "operators.secrets": secrets,
        "operators.roles": operators_idp.ROLES,
    }


def _plates(adapters: Path, rooms: Sequence[str] | None) -> list[Manifest]:
    if rooms is not None:
        return [Manifest.load(adapters / name) for name in rooms]
    return [plate for plate in find_rooms(adapters) if plate.stage != "draft"]


def _rooms(store: Path, plates: list[Manifest], adapters: Path, first_port: int) -> dict[str, Mapping[str, str]]:
    """Each room's endpoints and secrets; the secrets outlive a restart, so that both sides keep knowing each other.

    Those that are not on the name plate go to the stand-in alone, such as the key that it signs documents with.
    """
    known: dict[str, dict[str, str]] = json.loads(store.read_text("utf-8")) if store.exists() else {}
    sections: dict[str, Mapping[str, str]] = {}
    for place, plate in enumerate(plates):
        kind = sandbox_class(adapters, plate.name)
        made = dict(kind.make_secrets())
        if set(known.get(plate.name, {})) != set(made):
            known[plate.name] = made
        secrets = known[plate.name]
        sections[f"rooms.{plate.name}.endpoints"] = kind.endpoints(f"http://127.0.0.1:{first_port + place}")
        sections[f"rooms.{plate.name}.secrets"] = {key: secrets[key] for key in plate.secrets if key in secrets}
        sections[f"rooms.{plate.name}.sandbox"] = {key: secrets[key] for key in secrets if key not in plate.secrets}
    _write(store, json.dumps(known).encode())
    return sections


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and for the owner's eyes only from the first moment."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def _toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Sections of strings and numbers as TOML, whose basic strings are JSON's."""
    lines: list[str] = []
    for name, values in sections.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
    return "\n".join(lines)
