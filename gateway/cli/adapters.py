"""``bawaba adapter``: an adapter beside its national system, and the keys that both sides know each other by."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import app
from gateway.logs import configure_logs

if TYPE_CHECKING:
    from gateway.adapter_host.running import Plan

adapter_verbs = typer.Typer(help="Adapters of national systems.", no_args_is_help=True)
app.add_typer(adapter_verbs, name="adapter")


@adapter_verbs.command()
def serve(
    name: Annotated[str, typer.Argument(help="The room, by the name of its folder.")],
    config: Annotated[Path, typer.Option(help="The host's own settings, docs/adapter-host.md.")],
    listen: Annotated[str, typer.Option(help="Address and port.")] = "127.0.0.1:8443",
) -> None:
    """Run a room beside its national system, for a gateway elsewhere, until told to stop (SIGTERM or Ctrl-C)."""
    from gateway.adapter_host.running import run

    made = planned(name, config, listen)
    configure_logs()
    run(made)


@adapter_verbs.command()
def key(file: Annotated[Path, typer.Argument(help="A private key in PEM, Ed25519 or P-256.")]) -> None:
    """Print the public half of a key as a JWK Set, for the other side."""
    from gateway.adapter_host.keys import load_signer

    typer.echo(json.dumps({"keys": [load_signer(file, "FILE").jwk]}, indent=2))


@adapter_verbs.command()
def protocol() -> None:
    """Print the adapter protocol as OpenAPI 3.1, as docs/adapter-protocol/openapi.json has it."""
    from gateway.adapter_host.openapi import document

    typer.echo(json.dumps(document(), indent=2, ensure_ascii=False))


def planned(name: str, config: Path, listen: str) -> "Plan":
    """The host of the room, everything that could be wrong judged; raises ``ConfigurationError``."""
    from gateway.adapter_host.protocol import VERSION, About, ServiceOffer
    from gateway.adapter_host.running import Hosted, plan
    from gateway.adapter_host.settings import load_settings
    from gateway.errors import ConfigurationError
    from gateway.registry.manifest import Manifest
    from gateway.registry.rooms import Wiring, build_room
    from gateway.sdk.inbox import Inbox

    settings = load_settings(config)
    plate = Manifest.load(settings.adapters / name)
    wiring = Wiring(settings.endpoints, settings.secrets)

    def room(inbox: Inbox) -> Hosted:
        try:
            built = build_room(plate, settings.adapters, wiring, inbox, lambda: datetime.now(UTC))
        except ConfigurationError as problem:
            # The host's file has one room, whose name it does not repeat.
            field = (problem.field or "").removeprefix(f"rooms.{name}.")
            raise ConfigurationError(field=field, problem=str(problem.facts["problem"])) from problem
        kinds = dict.fromkeys(built.adapters, "lookup") | dict.fromkeys(built.procedures, "procedure")
        offers = [ServiceOffer.model_validate({"id": each, "kind": kinds[each]}) for each in plate.services]
        about = About(
            protocol=VERSION, name=plate.name, version=plate.version, country=plate.country, services=tuple(offers)
        )
        return Hosted(about, built.system, built.adapters, built.procedures)

    return plan(settings, listen, room)
