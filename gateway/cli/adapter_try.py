"""``bawaba adapter try`` and ``record``: one ask, shown step by step, and kept as an acceptance case."""

import asyncio
import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import ConfigOption, settings_of
from gateway.cli.adapter_kit import AdaptersOption, LanguageName, LanguageOption, NameArgument, ServicesOption
from gateway.cli.adapters import adapter_verbs
from gateway.errors import ConfigurationError
from gateway.i18n import Catalogue
from gateway.kit.cases import LookupAsk, Subject
from gateway.kit.catalogue import catalogue_folder, known_services
from gateway.kit.findings import remedy, said
from gateway.kit.first_cases import write_case
from gateway.kit.folder import Folder, find_folder, read_folder
from gateway.kit.recording import Recording, record_invented, record_real
from gateway.kit.tried import Telling, tell
from gateway.kit.unmasked import Masker
from gateway.kit.watching import Watched, watch
from gateway.logs import quiet_logs
from gateway.registry.rooms import Wiring
from gateway.registry.service import Service
from gateway.schema.country import Country
from gateway.settings import secret

ServiceArgument = Annotated[str, typer.Argument(help="The service to ask.")]
SubjectOption = Annotated[str, typer.Option(help="Whom to ask about: OM:08123457.")]
InputOption = Annotated[list[str] | None, typer.Option("--input", help="An input, k=v; more than once for more.")]
PurposeOption = Annotated[str, typer.Option(help="Why it is asked.")]
AskLanguageOption = Annotated[LanguageName, typer.Option("--ask-language", help="The language of the question.")]


@adapter_verbs.command("try")
def try_(
    name: NameArgument,
    service: ServiceArgument,
    subject: SubjectOption,
    inputs: InputOption = None,
    config: ConfigOption = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="The adapter's own stand-in, also with settings.")] = False,
    purpose: PurposeOption = "self_service",
    ask_language: AskLanguageOption = LanguageName.ar,
    show_personal: Annotated[bool, typer.Option(help="Show people's values; secrets never are.")] = False,
    language: LanguageOption = LanguageName.en,
    services: ServicesOption = None,
    adapters: AdaptersOption = Path("adapters"),
) -> None:
    """Ask once and show every step; exit 1 when it did not end with records or with none."""
    folder, known = _opened(name, adapters, services)
    asked = _ask(subject, inputs, purpose, ask_language)
    wiring = None if sandbox else wiring_of(folder, config)
    watched = asyncio.run(_watch(folder, _lookup(folder, known, service), asked, wiring))
    records = watched.answer.records if watched.answer else ()
    masker = Masker.of(watched.secrets.values(), [asked.subject.value], records, show_personal)
    for line in tell(watched, folder, service, asked, Telling(Catalogue.load(), language.value, masker)):
        typer.echo(line)
    good = watched.answer is not None and watched.answer.status.value in ("ok", "none", "stale")
    raise typer.Exit(0 if good else 1)


def wiring_of(folder: Folder, config: Path | None) -> Wiring | None:
    """Where the settings say that the real system is; ``None`` where no settings are named."""
    if config is None or folder.plate is None:
        return None
    wired = settings_of(config).rooms.get(folder.plate.name)
    if wired is None:
        raise ConfigurationError(field=f"{config}: rooms.{folder.plate.name}", problem="is missing; or use --sandbox")
    return Wiring(dict(wired.endpoints), {key: secret(value) for key, value in wired.secrets.items()})


def _opened(name: str, adapters: Path, services: Path | None) -> tuple[Folder, dict[str, Service]]:
    quiet_logs()
    folder = read_folder(find_folder(name, adapters))
    if folder.plate is None:
        raise ConfigurationError(field=name, problem="has a name plate that cannot be read; run bawaba adapter check")
    return folder, dict(known_services(catalogue_folder(services), folder.path))


def _lookup(folder: Folder, known: dict[str, Service], service: str) -> Service:
    """The service, which has to be a lookup that the adapter gives."""
    given = sorted(folder.plate.services) if folder.plate else []
    if service not in given:
        raise ConfigurationError(field=service, problem=f"is not given by the adapter; it gives {', '.join(given)}")
    if service not in known:
        raise ConfigurationError(field=service, problem="is neither in the catalogue nor defined beside the adapter")
    if known[service].kind != "lookup":
        problem = "is applied for, over days; bawaba adapter check plays its cases"
        raise ConfigurationError(field=service, problem=problem)
    return known[service]


def _ask(subject: str, inputs: list[str] | None, purpose: str, language: LanguageName) -> LookupAsk:
    state, _, value = subject.partition(":")
    if state not in set(Country) or not value:
        raise ConfigurationError(field="--subject", problem=f"is {subject}; it is written STATE:NUMBER, OM:08123457")
    given: dict[str, Any] = {}
    for each in inputs or []:
        key, equals, text = each.partition("=")
        if not equals:
            raise ConfigurationError(field="--input", problem=f"is {each}; it is written name=value")
        try:
            given[key] = json.loads(text)
        except ValueError:
            given[key] = text
    about = Subject(country=Country(state), value=value)
    return LookupAsk(subject=about, inputs=given, purpose=purpose, language=language.value)


async def _watch(folder: Folder, service: Service, asked: LookupAsk, wiring: Wiring | None) -> Watched:
    if folder.plate is None:
        raise ConfigurationError(field=str(folder.path), problem="has no name plate")
    return await watch(folder.path, folder.plate, service, asked, wiring)


@adapter_verbs.command()
def record(
    name: NameArgument,
    service: ServiceArgument,
    subject: SubjectOption,
    shown: Annotated[str, typer.Option("--as", help="The case's name: found_…, absent_… or refused_….")],
    promise: Annotated[str, typer.Option(help="What the case promises, in one sentence.")] = "",
    inputs: InputOption = None,
    config: ConfigOption = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="The adapter's own stand-in, also with settings.")] = False,
    plain: Annotated[list[str] | None, typer.Option(help="A path of the reply that tells of nobody.")] = None,
    purpose: PurposeOption = "self_service",
    ask_language: AskLanguageOption = LanguageName.ar,
    language: LanguageOption = LanguageName.en,
    services: ServicesOption = None,
    adapters: AdaptersOption = Path("adapters"),
) -> None:
    """Ask once and keep it as an acceptance case, everybody in it invented; exit 1 where that is not sure."""
    if not _CASE_NAME.fullmatch(shown):
        raise ConfigurationError(field="--as", problem=f"is {shown}; it begins with found, absent or refused")
    folder, known = _opened(name, adapters, services)
    asked = _ask(subject, inputs, purpose, ask_language)
    wiring = None if sandbox else wiring_of(folder, config)
    path = folder.path / "cases" / service / f"{shown}.json"
    if path.exists():
        raise ConfigurationError(field=str(path), problem="is there already; choose another name")
    recording = asyncio.run(_record(folder, _lookup(folder, known, service), asked, wiring, promise, plain or []))
    words = Catalogue.load()
    for finding in recording.findings:
        typer.echo(
            f"[{finding.rule}] {said(finding, words, language.value)}\n  {remedy(finding, words, language.value)}"
        )
    if recording.case is None:
        raise typer.Exit(1)
    write_case(path, recording.case)
    typer.echo(f"Recorded {path.relative_to(folder.path.parent.parent)}")


_CASE_NAME = re.compile(r"(found|absent|refused)(_[a-z0-9]+)*")


async def _record(
    folder: Folder, service: Service, asked: LookupAsk, wiring: Wiring | None, promise: str, plain: list[str]
) -> Recording:
    watched = await _watch(folder, service, asked, wiring)
    status = watched.answer.status.value if watched.answer else "…"
    words = promise or f"A call that was recorded ends with {status}."
    if wiring is None or folder.plate is None:
        return await record_invented(watched, asked, words)
    return await record_real(watched, asked, words, folder.path, folder.plate, service, plain)
