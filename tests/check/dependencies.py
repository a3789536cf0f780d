"""Every package that is imported is declared, and every package declared is of use."""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.check.locks import declared_packages, normalise
from tests.check.source import Module, modules

OWN = frozenset({"gateway", "adapters", "tests"})
# The groups that only those who work on the program install.
WORKSHOP = frozenset({"dev", "bench"})
# Packages that do their work without being imported by us, each with its reason.
WITHOUT_IMPORT = {
    "aiosqlite": "SQLAlchemy loads it for sqlite+aiosqlite",
    "async-timeout": "valkey imports it on Python 3.11.0 to 3.11.2",
    "asyncpg": "SQLAlchemy loads it for postgresql+asyncpg",
    "hatchling": "pip builds the package with it",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}


def findings(root: Path) -> Iterator[str]:
    """Imports that nobody declared, and declared packages that nobody imports."""
    declared = declared_packages(tomllib.loads((root / "pyproject.toml").read_text("utf-8")))
    source, tests = modules(root, "gateway", "adapters"), modules(root, "tests")
    everything = set().union(*declared.values())
    # What whoever runs the program may add to it; it is imported where it is used, and said to be missing there.
    extras = set().union(*(packages for group, packages in declared.items() if group not in WORKSHOP))
    yield from undeclared(source, extras, "dependencies or an extra")
    yield from undeclared(tests, everything, "any group")
    used = {package for module in source for package in imported_packages(module)}
    for package in sorted(declared["runtime"] - used - WITHOUT_IMPORT.keys()):
        yield f"pyproject.toml: {package} is declared and never imported"


def undeclared(source: Iterable[Module], declared: set[str], group: str) -> Iterator[str]:
    """The imports of ``source`` that no package in ``declared`` brings."""
    for module in source:
        for package in sorted(imported_packages(module) - declared):
            yield f"{module.path}: imports {package}, which pyproject.toml does not declare in {group}"


def imported_packages(module: Module) -> set[str]:
    """The packages, by their normalised names, that a module imports from outside."""
    outside = {name for name in imported_names(module.tree) if name not in OWN and name not in sys.stdlib_module_names}
    return {_distribution(name) for name in outside}


def imported_names(tree: ast.AST) -> Iterator[str]:
    """The top-level names of all absolute imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _distribution(name: str) -> str:
    found = _DISTRIBUTIONS.get(name, [name])
    return min((normalise(each) for each in found), key=len)


_DISTRIBUTIONS = packages_distributions()
