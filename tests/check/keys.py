"""Where the source asks for a sentence of the catalogues, read from code, templates and configuration."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.check.source import Module, modules

# Methods and template functions whose first argument is a key.
ASKING = frozenset({"text", "both", "count", "_text", "_both", "_count"})
KEY = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-zA-Z0-9_-]+)+")
_GAP = r"[A-Za-z0-9_-]+"
_QUOTED = re.compile(r"""(["'])([a-z][A-Za-z0-9_.-]*)\1""")
_TEMPLATE_CALL = re.compile(r"""\b(?:t|text|both|count)\(\s*(["'])([a-z][A-Za-z0-9_.-]*)\1\s*[,)]""")


@dataclass
class Uses:
    """Keys asked for outright, keys made from parts, and every string that may be a key passed along."""

    asked: dict[str, str] = field(default_factory=dict)
    asked_patterns: dict[str, str] = field(default_factory=dict)
    literals: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)

    def mentions(self, key: str) -> bool:
        """Whether anything in the source may mean this key."""
        return key in self.literals or any(pattern.fullmatch(key) for pattern in self._compiled)

    @cached_property
    def _compiled(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.patterns]


def find_uses(root: Path) -> Uses:
    """Reads the gateway, the rooms, the templates and the configuration."""
    uses = Uses()
    for module in modules(root, "gateway", "adapters"):
        read_module(module, uses)
    for path in _other_files(root):
        read_template(path.read_text("utf-8"), str(path.relative_to(root)), uses)
    return uses


def read_module(module: Module, uses: Uses) -> None:
    """Notes the strings and the calls of one Python file."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
            uses.literals.add(node.value)
        elif isinstance(node, ast.JoinedStr) and (pattern := as_pattern(node)):
            uses.patterns.add(pattern)
        if isinstance(node, ast.Call) and _name(node.func) in ASKING and node.args:
            _note_call(node.args[0], f"{module.path}:{node.lineno}", uses)


def read_template(text: str, where: str, uses: Uses) -> None:
    """Notes the quoted strings of a template or a file of configuration; one that ends in a dot is a beginning."""
    for _, quoted in _QUOTED.findall(text):
        if quoted.endswith("."):
            uses.patterns.add(re.escape(quoted) + r".+")
        elif KEY.fullmatch(quoted):
            uses.literals.add(quoted)
    for _, key in _TEMPLATE_CALL.findall(text):
        if KEY.fullmatch(key):
            uses.asked.setdefault(key, where)


def as_pattern(node: ast.JoinedStr) -> str | None:
    """An f-string that may be a key, as a pattern of the keys that it can make."""
    parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    fixed = "".join(part or "" for part in parts)
    if parts[0] is None or "." not in fixed or not re.fullmatch(r"[a-z][A-Za-z0-9_.-]*", fixed):
        return None
    return "".join(_GAP if part is None else re.escape(part) for part in parts)


def _note_call(argument: ast.expr, where: str, uses: Uses) -> None:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and KEY.fullmatch(argument.value):
        uses.asked.setdefault(argument.value, where)
    elif isinstance(argument, ast.JoinedStr) and (pattern := as_pattern(argument)):
        uses.asked_patterns.setdefault(pattern, where)


def _name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _other_files(root: Path) -> Iterator[Path]:
    for folder, suffixes in (
        ("gateway", (".html", ".jinja", ".txt")),
        ("config", (".toml",)),
        ("adapters", (".toml",)),
    ):
        if (root / folder).is_dir():
            yield from sorted(path for path in (root / folder).rglob("*") if path.suffix in suffixes)
