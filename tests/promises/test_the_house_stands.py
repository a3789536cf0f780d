"""The house stands: tickets are made at their stations, settings are read at the top, errors have words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import errors
from gateway.errors import BackendError, BawabaError
from gateway.i18n import LANGUAGES, Catalogue
from tests.check.catalogues import gaps
from tests.check.source import Module, modules

ROOT = Path(__file__).parents[2]
SOURCE = modules(ROOT, "gateway", "adapters")

# Each ticket, and the one room of the house that may make it.
STATIONS = {
    "Principal": "gateway/identity",
    "Program": "gateway/identity",
    "Grant": "gateway/policy",
    "Route": "gateway/registry",
    "Receipt": "gateway/ledger",
    "Operator": "gateway/identity/operators",
    "OperatorGrant": "gateway/policy",
    "Caller": "gateway/agencies",
    "Actor": "gateway/agencies",
    "AgencyGrant": "gateway/agencies",
}
# The floors above `settings`: the programs themselves, which hand everything else plain arguments.
PROGRAMS = ("__main__", "app", "cli", "demo", "process", "sandbox", "serve", "workers")
FORGERIES = frozenset(
    {"__new__", "construct", "model_construct", "model_validate", "model_validate_json", "model_copy"}
)
# What a problem's sentence may use whatever the place that raised it: the front door adds them.
ALWAYS_KNOWN = frozenset({"field"})
KNOWN_OF_BACKENDS = frozenset({"country"})


def calls(module: Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def last_name(node: ast.expr) -> str | None:
    """``Grant`` of ``Grant``, ``permit.Grant`` and ``policy.permit.Grant``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def makes(call: ast.Call, ticket: str) -> bool:
    """Whether the call makes the ticket: by its name, or past its constructor."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in FORGERIES:
        return last_name(function.value) == ticket or any(last_name(each) == ticket for each in call.args)
    return last_name(function) == ticket


def makers(source: tuple[Module, ...], ticket: str) -> list[str]:
    return [f"{module.path}:{call.lineno}" for module in source for call in calls(module) if makes(call, ticket)]


@pytest.mark.parametrize(("ticket", "station"), STATIONS.items())
def test_a_ticket_is_made_at_its_own_station_only(ticket: str, station: str) -> None:
    made = makers(SOURCE, ticket)

    assert made, f"nobody makes a {ticket}"
    assert [place for place in made if not place.startswith(f"{station}/")] == []


@pytest.mark.parametrize("ticket", STATIONS)
def test_a_ticket_keeps_its_name_and_has_no_descendants(ticket: str) -> None:
    renamed = [
        f"{module.path}:{node.lineno}"
        for module in SOURCE
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.ImportFrom) and any(each.name == ticket and each.asname for each in node.names))
        or (isinstance(node, ast.ClassDef) and any(last_name(base) == ticket for base in node.bases))
        or (isinstance(node, ast.Assign) and last_name(node.value) == ticket)
    ]

    assert renamed == []


@pytest.mark.parametrize(
    "forgery",
    [
        "Grant(principal, call)",
        "permit.Grant(principal, call)",
        "Grant.model_construct(principal=principal)",
        "Grant.__new__(Grant)",
        "object.__new__(Grant)",
        "object.__new__(permit.Grant)",
    ],
)
def test_a_forged_ticket_would_be_found(forgery: str) -> None:
    module = Module(Path("adapters/kuwait/national.py"), forgery)

    assert makers((module,), "Grant") == ["adapters/kuwait/national.py:1"]


def imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_settings_are_read_by_the_programs_alone() -> None:
    readers = {module.name for module in SOURCE if "gateway.settings" in imports(module)}

    assert {name for name in readers if name.split(".")[1] not in PROGRAMS} == set()


def test_the_environment_is_read_by_settings_and_the_programs_alone() -> None:
    readers = {
        module.name
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and last_name(node.value) == "os"
    }

    assert {name for name in readers if name.split(".")[1] not in {*PROGRAMS, "settings"}} == set()


def test_a_room_imports_the_sdk_and_its_own_modules_alone() -> None:
    strangers = [
        f"{module.path}: {name}"
        for module in SOURCE
        if module.name.startswith("adapters.")
        for name in imports(module)
        if name.split(".")[0] in {"gateway", "adapters"}
        and not f"{name}.".startswith(("gateway.sdk.", ".".join(module.name.split(".")[:2]) + "."))
    ]

    assert strangers == []


def test_no_module_of_the_gateway_names_a_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "adapters").glob("*/manifest.toml")}
    named = [
        f"{module.path}: {name}"
        for module in SOURCE
        if module.name.startswith("gateway")
        for name in imports(module)
        if name.split(".")[0] == "adapters" or name.rpartition(".")[2] in rooms
    ]

    assert rooms
    assert named == []


def error_classes() -> dict[str, type[BawabaError]]:
    """The tree of errors by name."""
    return {
        name: found
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, BawabaError)
    }


def raised_codes() -> dict[str, str]:
    """Every code that the source gives an error in its first argument, and one place where it does."""
    tree = error_classes()
    return {
        call.args[0].value: f"{module.path}:{call.lineno}"
        for module in SOURCE
        for call in calls(module)
        if last_name(call.func) in tree
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def all_codes() -> dict[str, str]:
    return {**raised_codes(), **{found.code: name for name, found in error_classes().items()}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_title_and_a_detail(language: str) -> None:
    sentences = Catalogue.load().messages["ar" if language == "ar" else "en"]

    silent = [
        f"{place}: {key}"
        for code, place in all_codes().items()
        for key in (f"problem.{code}.title", f"problem.{code}.detail")
        if key not in sentences
    ]

    assert silent == []


def test_every_problem_in_the_catalogue_is_an_error_of_the_tree() -> None:
    catalogue = Catalogue.load().messages["en"]
    spoken = {key.split(".")[1] for key in catalogue if key.startswith("problem.")}

    assert spoken - all_codes().keys() - codes_by_name() == set()


def codes_by_name() -> set[str]:
    """Codes that reach an error through a variable: every plain string of the source that could be one."""
    return {
        node.value
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_error_class_stands_in_the_drawing_of_the_tree() -> None:
    drawing = errors.__doc__ or ""

    assert [name for name in error_classes() if name not in drawing] == []


def raised_with() -> Iterator[tuple[str, str, set[str]]]:
    """Each place that makes an error: where, the code, and the facts given; those made from variables are left out."""
    tree = error_classes()
    for module in SOURCE:
        for call in calls(module):
            found = tree.get(last_name(call.func) or "")
            code = call.args[0] if call.args else ast.Constant(found.code if found else "")
            if found and isinstance(code, ast.Constant) and all(keyword.arg for keyword in call.keywords):
                added = KNOWN_OF_BACKENDS if issubclass(found, BackendError) else frozenset()
                yield f"{module.path}:{call.lineno}", str(code.value), {str(each.arg) for each in call.keywords} | added


def test_every_gap_of_a_problem_is_filled_where_it_is_raised() -> None:
    sentences = Catalogue.load().messages["en"]
    unfilled = []
    for place, code, facts in raised_with():
        known = facts | ALWAYS_KNOWN | ({"seconds"} if "retry_after" in facts else set())
        # Problems names the provider of every ProviderError, or says "your identity provider".
        known |= {"provider"} if code.startswith("provider_") else set()
        keys = (f"problem.{code}.title", f"problem.{code}.detail")
        needed = set().union(*(gaps(sentences[key][0]) for key in keys if key in sentences))
        if missing := sorted(needed - known):
            unfilled.append(f"{place}: {code} needs {', '.join(missing)}")

    assert unfilled == []
