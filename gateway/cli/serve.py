"""``bawaba serve`` and ``bawaba sandbox``: run the gateway, or the stand-ins of the national systems."""

from typing import Annotated

import typer

from gateway.cli import ConfigOption, app, file_of, settings_of
from gateway.process import become


@app.command()
def serve(
    config: ConfigOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the ports.")] = 1,
    tied: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input closes.")] = False,
) -> None:
    """Serve the gateway until it is told to stop (SIGTERM or Ctrl-C)."""
    become(file_of(config), workers, tied)


@app.command()
def sandbox(
    config: ConfigOption = None,
    tied: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input closes.")] = False,
) -> None:
    """Run the stand-ins of every national system that the settings wire, on their own ports."""
    # Not above: `serve` has no use for the stand-ins, and would start later by what they load.
    from gateway.logs import configure_logs
    from gateway.sandbox.systems import run_sandboxes

    configure_logs()
    run_sandboxes(settings_of(config), tied)
