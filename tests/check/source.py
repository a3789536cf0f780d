"""The project's own Python, parsed once for every check that reads it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """One file of source, with its path relative to the checkout."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as a syntax tree."""
        return ast.parse(self.text, str(self.path))

    @property
    def lines(self) -> int:
        """How long the file is, blank lines and comments too."""
        return len(self.text.splitlines())

    @property
    def name(self) -> str:
        """The dotted name, as an import statement writes it."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@lru_cache(maxsize=8)
def modules(root: Path, *folders: str) -> tuple[Module, ...]:
    """Every Python file under ``folders``, in the order of their paths."""
    return tuple(_read(root, folders))


def _read(root: Path, folders: tuple[str, ...]) -> Iterator[Module]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "__pycache__" not in path.parts:
                yield Module(path.relative_to(root), path.read_text("utf-8"))
