"""``bawaba ledger``: recompute the record and say which entry was touched, or hand it to somebody else to check."""

import asyncio
import sys

import typer

from gateway.app import ledger_verifiers
from gateway.cli import ConfigOption, ledger_verbs, settings_of
from gateway.i18n import Catalogue
from gateway.ledger.export import export as export_lines
from gateway.ledger.verify import Report
from gateway.ledger.verify import verify as verify_ledger
from gateway.settings import Settings
from gateway.storage.engine import Storage


@ledger_verbs.command()
def verify(config: ConfigOption = None) -> None:
    """Recompute every hash and check every checkpoint; exit 1 and name the entry when anything was touched."""
    report = asyncio.run(_verify(settings_of(config)))
    words = Catalogue.load()
    for finding in report.findings:
        typer.echo(words.text(finding.key, "en", **finding.facts))
    typer.echo(f"{report.entries} entries, {report.checkpoints} checkpoints: {'intact' if report.ok else 'TOUCHED'}.")
    raise typer.Exit(0 if report.ok else 1)


@ledger_verbs.command()
def export(config: ConfigOption = None) -> None:
    """Write every entry as a line of JSON, and the newest checkpoint last, to standard output."""
    asyncio.run(_export(settings_of(config)))


async def _verify(settings: Settings) -> Report:
    async with Storage.open(settings.storage.url) as storage:
        return await verify_ledger(storage, ledger_verifiers(settings))


async def _export(settings: Settings) -> None:
    async with Storage.open(settings.storage.url) as storage:
        async for line in export_lines(storage):
            sys.stdout.buffer.write(line)
