"""``bawaba config``: what the settings are, and whether the whole house fits them."""

import json
from typing import Any

import typer

from gateway.app import rehearse
from gateway.cli import ConfigOption, config_verbs, settings_of

HIDDEN = "(set)"


@config_verbs.command()
def show(config: ConfigOption = None) -> None:
    """Print every setting in force, secrets hidden."""
    document = settings_of(config).model_dump(mode="json")
    typer.echo(json.dumps(_hide(document), indent=2, ensure_ascii=False))


@config_verbs.command()
def check(config: ConfigOption = None) -> None:
    """Read settings, keys, services, policy and every name plate, and build every room; nothing is served."""
    rooms = rehearse(settings_of(config))
    typer.echo(f"Everything fits: {len(rooms)} rooms ({', '.join(rooms)}).")


def _hide(document: dict[str, Any]) -> dict[str, Any]:
    for room in document["rooms"].values():
        room["secrets"] = dict.fromkeys(room["secrets"], HIDDEN)
    scheme, _, rest = document["storage"]["url"].partition("://")
    if "@" in rest:
        document["storage"]["url"] = f"{scheme}://{HIDDEN}@{rest.rpartition('@')[2]}"
    return document
