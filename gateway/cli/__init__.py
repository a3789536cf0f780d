"""The command line: one function a verb."""

import os
import sys
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
    from gateway.cli import serve  # noqa: F401

    # What the other verbs need takes a second to load, which would be one more that a worker takes to start.
    if sys.argv[1:2] != ["serve"]:
        from gateway.cli import (  # noqa: F401
            adapter_kit,
            adapter_new,
            adapter_try,
            adapters,
            agencies,
            applications,
            clients,
            config,
            database,
            demo,
            ledger,
            operators,
            tokens,
        )

    with ended_plainly():
        app()
    raise SystemExit(0)
