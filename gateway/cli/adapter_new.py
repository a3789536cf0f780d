"""``bawaba adapter new`` and ``pack``: a folder that passes at once, and what is registered of it in the end."""

import asyncio
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.adapter_kit import AdaptersOption, NameArgument, ServicesOption
from gateway.cli.adapters import adapter_verbs
from gateway.errors import ConfigurationError
from gateway.kit.catalogue import catalogue_folder, known_services
from gateway.kit.folder import find_folder, read_folder
from gateway.kit.making import make_map, make_room
from gateway.kit.newcomer import Newcomer
from gateway.kit.packing import pack as pack_folder
from gateway.logs import quiet_logs
from gateway.schema.country import Country

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class KindName(StrEnum):
    """The kinds that have folders, as an option takes them."""

    room = "room"
    field_map = "field_map"


@adapter_verbs.command()
def new(
    name: Annotated[str, typer.Argument(help="The adapter's name: small letters, digits and _.")],
    kind: Annotated[KindName, typer.Option(prompt="Kind: room (code) or field_map (no code)")],
    state: Annotated[Country, typer.Option(prompt="State: BH, KW, OM, QA, SA or AE")],
    service: Annotated[list[str] | None, typer.Option(help="A service it gives; more than once for more.")] = None,
    agency: Annotated[str | None, typer.Option(help="The agency; needed where the catalogue names none.")] = None,
    title_ar: Annotated[str, typer.Option(help="What it is called in Arabic.")] = "",
    title_en: Annotated[str, typer.Option(help="What it is called in English.")] = "",
    into: Annotated[Path, typer.Option(help="Where its folder goes.")] = Path("adapters"),
    services: ServicesOption = None,
) -> None:
    """Make an adapter's folder that passes `adapter check` at once, beside its own stand-in. Nothing is overwritten."""
    quiet_logs()
    wanted = service or typer.prompt("Services, with a space between them").split()
    catalogue = catalogue_folder(services)
    newcomer = _newcomer(name, state, wanted, agency, (title_ar, title_en), catalogue)
    make = make_room if kind is KindName.room else make_map
    folder = asyncio.run(make(newcomer, into, catalogue))
    typer.echo(f"Made {into / name}: {len(list(folder.rglob('*.json')))} cases.")
    typer.echo(f"Next: bawaba adapter check {into / name}")


@adapter_verbs.command()
def pack(
    name: NameArgument,
    sandbox: Annotated[str, typer.Option(help="The address of the agency's own sandbox.")],
    agency: Annotated[str, typer.Option(help="The agency that registers it.")],
    live: Annotated[str | None, typer.Option(help="The address of the real system, once there is one.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file it is written to; else it is printed.")] = None,
    services: ServicesOption = None,
    adapters: AdaptersOption = Path("adapters"),
) -> None:
    """Put together what is registered at the gateway: name plate, definitions and cases, as one JSON document."""
    folder = read_folder(find_folder(name, adapters))
    known = known_services(catalogue_folder(services), folder.path)
    submission = pack_folder(folder, known, agency, sandbox, live)
    if out is None:
        typer.echo(submission.document.decode())
    else:
        out.write_bytes(submission.document)
        typer.echo(f"Packed {out}")


def _newcomer(
    name: str, state: Country, wanted: list[str], agency: str | None, titles: tuple[str, str], catalogue: Path | None
) -> Newcomer:
    """What was told, judged; raises ``ConfigurationError`` naming the option."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(field="NAME", problem=f"is {name}; it begins with a small letter, then a-z, 0-9 and _")
    for slug in (*wanted, *([agency] if agency else [])):
        if not _SLUG.fullmatch(slug) or len(slug) > 60:
            raise ConfigurationError(field=slug, problem="is no name of a service or agency: small letters and -")
    if any(set(title) & set('"\\{}\n') for title in titles):
        raise ConfigurationError(field="--title", problem="may not hold quotation marks, braces or backslashes")
    known = known_services(catalogue)
    kinds: dict[str, str] = {}
    agencies: dict[str, str] = {}
    for service in wanted:
        found = known.get(service)
        authority = found.authority(state) if found else None
        if found and authority is None:
            raise ConfigurationError(field=f"--service {service}", problem=f"is not given in {state.value}")
        if not found and not agency:
            raise ConfigurationError(field="--agency", problem=f"is needed, for {service} is not in the catalogue")
        kinds[service] = found.output.kind if found else "evidence"
        agencies[service] = authority.agency if authority else str(agency)
    title_en = titles[1] or name.replace("_", " ").capitalize()
    return Newcomer(name, state, titles[0] or title_en, title_en, kinds, agencies, frozenset(set(wanted) - set(known)))
