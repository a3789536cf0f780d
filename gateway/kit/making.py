"""A new adapter's folder, made so that it passes at once beside its own stand-in."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.errors import ConfigurationError
from gateway.kit import writing
from gateway.kit.beside import sandbox_class
from gateway.kit.catalogue import CHECKOUT, known_services
from gateway.kit.first_cases import write_cases
from gateway.kit.folder import PLATE
from gateway.kit.newcomer import Newcomer, somebody
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.sdk.sandbox import Population, population

EXAMPLE: Final = Path("adapters/example")
EXAMPLES_OWN: Final = ("traffic-fines", "residence-certificate")
"""The services that the example shows in code."""

_HOLDINGS: Final[Mapping[str, str]] = {
    "traffic_fine": "fines",
    "commercial_registration": "companies",
    "pension_contribution": "contributions",
}


async def make_map(newcomer: Newcomer, into: Path, catalogue: Path | None) -> Path:
    """A name plate with field maps, its stand-in, its cases and its README; the folder comes back.

    Raises ``ConfigurationError`` where there is such a folder already.
    """
    folder = _new_folder(newcomer, into)
    try:
        folder.mkdir(parents=True)
        (folder / PLATE).write_text(writing.plate(newcomer), "utf-8")
        (folder / "sandbox.py").write_text(writing.sandbox(newcomer), "utf-8")
        (folder / "README.md").write_text(writing.readme(newcomer), "utf-8")
        for service in sorted(newcomer.defined):
            (folder / "services").mkdir(exist_ok=True)
            (folder / "services" / f"{service}.toml").write_text(writing.definition(newcomer, service), "utf-8")
        await _first_cases(newcomer, folder, known_services(catalogue, folder), list(newcomer.services))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


async def make_room(newcomer: Newcomer, into: Path, catalogue: Path | None) -> Path:
    """A copy of the example with the state's people, numbers and money; the folder comes back.

    Raises ``ConfigurationError`` where there is such a folder already, or the example has no code for a service.
    """
    if strange := sorted(set(newcomer.services) - set(EXAMPLES_OWN)):
        shown = ", ".join(EXAMPLES_OWN)
        problem = f"the example shows {shown} in code; take --kind field_map, or copy another room by hand"
        raise ConfigurationError(field=f"--service {strange[0]}", problem=problem)
    folder, example = _new_folder(newcomer, into), _example()
    try:
        shutil.copytree(example, folder, ignore=shutil.ignore_patterns("__pycache__", "cases"))
        _rename(newcomer, folder)
        for service in set(EXAMPLES_OWN) - set(newcomer.services):
            (folder / f"{service.replace('-', '_')}.py").unlink()
        for service in newcomer.services:
            if service == "residence-certificate":
                _copy_cases(newcomer, example / "cases" / service, folder / "cases" / service)
        lookups = [service for service in newcomer.services if service == "traffic-fines"]
        await _first_cases(newcomer, folder, known_services(catalogue, folder), lookups)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _new_folder(newcomer: Newcomer, into: Path) -> Path:
    folder = into.resolve() / newcomer.name
    if folder.exists():
        raise ConfigurationError(field=str(folder), problem="is there already; choose another name, or move it away")
    return folder


def _example() -> Path:
    for place in (EXAMPLE, CHECKOUT / EXAMPLE):
        if (place / PLATE).is_file():
            return place
    raise ConfigurationError(field=str(EXAMPLE), problem="is not here to be copied; run this in a checkout")


async def _first_cases(newcomer: Newcomer, folder: Path, services: Mapping[str, Service], lookups: list[str]) -> None:
    plate = Manifest.load(folder)
    people = population(newcomer.country)
    sandbox_class(folder.parent, folder.name)
    for service in lookups:
        await write_cases(folder, plate, services[service], _subject(people, newcomer.services[service]))


def _subject(people: Population, kind: str) -> str:
    """Somebody of whom such records are held."""
    holding = getattr(people, _HOLDINGS[kind]) if kind in _HOLDINGS else people.person
    return somebody(people, holding).identifier


def _rename(newcomer: Newcomer, folder: Path) -> None:
    """Puts name, state and money right in everything that was copied."""
    state, words = newcomer.country.facts.name, newcomer.words
    prefix = "".join(part.capitalize() for part in newcomer.name.split("_"))
    for path in folder.glob("*.py"):
        text = path.read_text("utf-8")
        for old, new in (
            ("from adapters.example.", "from ."),
            ("Example", prefix),
            ('"example"', f'"{newcomer.name}"'),
            ("Country.OM", f"Country.{newcomer.country.value}"),
            ('"OMR"', f'"{words["currency"]}"'),
            ("people of Oman", f"people of {state.en}"),
        ):
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
    plate = (folder / PLATE).read_text("utf-8").partition("[services.")[0]
    for old, new in (
        ('name = "example"', f'name = "{newcomer.name}"'),
        ("غرفة المثال", newcomer.title_ar),
        ("Example room", newcomer.title_en),
        ('country = "OM"', f'country = "{newcomer.country.value}"'),
        ('stage = "draft"  ', 'stage = "sandbox"'),
        ("rooms.example", f"rooms.{newcomer.name}"),
        ("example@bawaba", f"{newcomer.name}@bawaba"),
        ("+968", words["dial"]),
        ('version = "1.0.0"', 'version = "0.1.0"'),
    ):
        plate = plate.replace(old, new)
    offers = [
        f'[services.{service}]\nagency = "{newcomer.agencies[service]}"\nlatency_budget_ms = 800\n'
        for service in newcomer.services
    ]
    (folder / PLATE).write_text(plate + "\n".join(offers), "utf-8")
    (folder / "README.md").write_text(writing.readme(newcomer), "utf-8")


def _copy_cases(newcomer: Newcomer, cases: Path, target: Path) -> None:
    """The example's cases of applications, handed in by somebody of this state."""
    subject = somebody(population(newcomer.country), bool)
    target.mkdir(parents=True)
    for path in sorted(cases.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        case["application"]["subject"] = {"country": newcomer.country.value, "value": subject.identifier}
        (target / path.name).write_text(json.dumps(case, ensure_ascii=False, indent=2) + "\n", "utf-8")
