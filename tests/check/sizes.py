"""No module grows into the place where everybody adds, and the tests keep up with the source."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.check.source import Module, modules

MODULE_LINES = 300
TEST_LINES = 400
"""Promises about one thing stay together longer than its source."""

FUNCTION_P90 = 30
SOURCE = ("gateway", "adapters")


def findings(root: Path) -> Iterator[str]:
    """Modules that are too long or do not say what they are; a body of functions that is; tests that lag behind."""
    source, tests = modules(root, *SOURCE), modules(root, "tests")
    limited = [*((module, MODULE_LINES) for module in source), *((module, TEST_LINES) for module in tests)]
    for module, limit in limited:
        if module.lines >= limit:
            yield f"{module.path}: {module.lines} lines; split it before it reaches {limit}"
        if problem := _opening(module):
            yield f"{module.path}: {problem}"
    if (p90 := _p90(function_lengths(source))) > FUNCTION_P90:
        yield f"functions: the ninetieth of a hundred has {p90} lines; {FUNCTION_P90} are allowed"
    if _lines(tests) < _lines(source):
        yield f"tests: {_lines(tests)} lines of tests for {_lines(source)} lines of source"


def report(root: Path) -> str:
    """One line of figures, for the reader of the check."""
    source, tests = modules(root, *SOURCE), modules(root, "tests")
    lengths = function_lengths(source)
    longest = max((module.lines for module in source), default=0)
    return (
        f"source {_lines(source)} lines in {len(source)} modules (longest {longest}), tests {_lines(tests)}; "
        f"{len(lengths)} functions, p50 {_percentile(lengths, 50)}, p90 {_p90(lengths)}, "
        f"longest {max(lengths, default=0)}"
    )


def function_lengths(source: Sequence[Module]) -> list[int]:
    """The lengths of all functions in lines, from ``def`` to the last line, shortest first."""
    return sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in source
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _opening(module: Module) -> str | None:
    """What is wrong with the first docstring, if anything is."""
    if not module.text.strip():
        return None
    docstring = ast.get_docstring(module.tree)
    if docstring is None:
        return "open with one sentence that says what this module is"
    first = docstring.split("\n\n")[0].strip()
    return None if first.endswith((".", ":", "?")) else "end the opening sentence"


def _lines(source: Sequence[Module]) -> int:
    return sum(module.lines for module in source)


def _p90(lengths: Sequence[int]) -> int:
    return _percentile(lengths, 90)


def _percentile(lengths: Sequence[int], percent: int) -> int:
    return lengths[min(len(lengths) - 1, len(lengths) * percent // 100)] if lengths else 0
