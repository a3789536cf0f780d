"""``bawaba adapter check``: what is to be mended in an adapter's folder, all at once."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.adapters import adapter_verbs
from gateway.i18n import Catalogue
from gateway.kit.catalogue import catalogue_folder, known_services
from gateway.kit.checking import check as check_folder
from gateway.kit.folder import find_folder, read_folder
from gateway.kit.telling import told
from gateway.logs import quiet_logs


class StageName(StrEnum):
    """The stages, as an option takes them."""

    draft = "draft"
    sandbox = "sandbox"
    live = "live"


class LanguageName(StrEnum):
    """The languages, as an option takes them."""

    ar = "ar"
    en = "en"


NameArgument = Annotated[str, typer.Argument(help="The adapter: the name of a folder in adapters/, or a path.")]
AdaptersOption = Annotated[Path, typer.Option("--adapters", help="Where adapters have their folders.")]
ServicesOption = Annotated[
    Path | None, typer.Option("--services", help="The catalogue's folder; else config/services, if it is there.")
]
LanguageOption = Annotated[LanguageName, typer.Option("--language", help="The language of the sentences.")]


@adapter_verbs.command()
def check(
    name: NameArgument,
    stage: Annotated[StageName | None, typer.Option(help="The rules of which stage; else the name plate's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON, for programs.")] = False,
    language: LanguageOption = LanguageName.en,
    services: ServicesOption = None,
    adapters: AdaptersOption = Path("adapters"),
) -> None:
    """Say everything that is to be mended, and play every case; exit 1 when there is anything."""
    quiet_logs()
    folder = read_folder(find_folder(name, adapters))
    known = known_services(catalogue_folder(services), folder.path)
    report = asyncio.run(check_folder(folder, known, stage.value if stage else None))
    catalogue = Catalogue.load()
    if as_json:
        typer.echo(report.shown(catalogue).decode(), nl=False)
    else:
        for line in told(report, folder.plate, catalogue, language.value):
            typer.echo(line)
    raise typer.Exit(0 if report.passed else 1)
