"""The command line: one function a verb."""

import gc
import os
import sys
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gateway.endings import ended_plainly
from gateway.settings import Settings, load

app = typer.Typer(
    name="bawaba",
    help="One front door to the public services of the six Gulf states.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ledger_verbs = typer.Typer(help="The tamper-evident record.", no_args_is_help=True)
database_verbs = typer.Typer(help="The database.", no_args_is_help=True)
config_verbs = typer.Typer(help="The settings.", no_args_is_help=True)
token_verbs = typer.Typer(help="Access tokens.", no_args_is_help=True)
key_verbs = typer.Typer(help="Keys.", no_args_is_help=True)
application_verbs = typer.Typer(help="Applications that wait for an operator.", no_args_is_help=True)
client_verbs = typer.Typer(help="Programs that act for people or for their agency.", no_args_is_help=True)
operator_verbs = typer.Typer(help="Those who run the gateway.", no_args_is_help=True)
agency_verbs = typer.Typer(help="Agencies that join, and private partners.", no_args_is_help=True)
app.add_typer(ledger_verbs, name="ledger")
app.add_typer(database_verbs, name="db")
app.add_typer(config_verbs, name="config")
app.add_typer(token_verbs, name="tokens")
app.add_typer(key_verbs, name="keys")
app.add_typer(application_verbs, name="applications")
app.add_typer(operator_verbs, name="operator")
app.add_typer(client_verbs, name="clients")
app.add_typer(agency_verbs, name="agency")

MODULES = {
    "serve": ("serve",),
    "sandbox": ("serve",),
    "adapter serve": ("adapters",),
    "adapter": ("adapters", "adapter_kit", "adapter_new", "adapter_try"),
    "agency": ("agencies",),
    "applications": ("applications",),
    "clients": ("clients",),
    "config": ("config",),
    "db": ("database",),
    "demo": ("demo",),
    "ledger": ("ledger",),
    "operator": ("operators",),
    "keys": ("tokens",),
    "tokens": ("tokens",),
}
"""Which modules the verbs are in, by the words that a command begins with."""

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file; else $BAWABA_CONFIG, else config/gateway.toml if it is there."),
]


def settings_of(config: Path | None) -> Settings:
    """The settings that a verb runs with."""
    return load(file_of(config))


def file_of(config: Path | None) -> Path | None:
    """The settings file that a verb runs with; none where all is default or in the environment."""
    named = config or (Path(os.environ["BAWABA_CONFIG"]) if "BAWABA_CONFIG" in os.environ else None)
    default = Path("config/gateway.toml")
    return named or (default if default.exists() else None)


def main() -> NoReturn:
    """Runs the verb; a wrong setting is one line and exit 2, a database out of reach exit 3, never a traceback."""
    # What is loaded lives to the end: to look at it again and again is a sixth of the time that it takes.
    gc.disable()
    load_verbs(*sys.argv[1:3])
    gc.freeze()
    gc.enable()
    with ended_plainly():
        app()
    raise SystemExit(0)


def load_verbs(*words: str) -> None:
    """Loads what the first words of a command need: the verb's own modules, or all where they are no verb's.

    All of them take more than a second, most of which is the gateway itself that only some verbs work with.
    """
    found = MODULES.get(" ".join(words[:2])) or MODULES.get(words[0] if words else "")
    for name in found or dict.fromkeys(chain.from_iterable(MODULES.values())):
        import_module(f"gateway.cli.{name}")
