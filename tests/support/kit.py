"""The example's folder under another name, to be changed and checked."""

import asyncio
import shutil
from pathlib import Path

from gateway.kit.catalogue import known_services
from gateway.kit.checking import check
from gateway.kit.findings import Finding
from gateway.kit.folder import read_folder
from gateway.kit.report import Report
from gateway.registry.manifest import Stage

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "config/services"


def copy_of_example(folder: Path, name: str) -> Path:
    """A copy of the example in ``folder/adapters/<name>``; each test takes a name of its own, for code is read once."""
    copied = folder / "adapters" / name
    shutil.copytree(ROOT / "adapters/example", copied, ignore=shutil.ignore_patterns("__pycache__"))
    for path in copied.glob("*.py"):
        path.write_text(path.read_text("utf-8").replace("adapters.example", f"adapters.{name}"), "utf-8")
    change(copied / "manifest.toml", 'name = "example"', f'name = "{name}"')
    change(copied / "sandbox.py", 'ClassVar[str] = "example"', f'ClassVar[str] = "{name}"')
    return copied


def change(path: Path, old: str, new: str) -> None:
    """Puts ``new`` in the place of ``old``, which must be there."""
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), "utf-8")


def checked(folder: Path, stage: Stage) -> Report:
    """The verdict about the adapter in ``folder``."""
    return asyncio.run(check(read_folder(folder), known_services(SERVICES, folder), stage))


def told(report: Report) -> set[tuple[str, str | None, int | None, str | None]]:
    """Rule, file, line and field of each finding."""
    return {(each.rule, each.file, each.line, each.field) for each in report.findings}


def rules(findings: tuple[Finding, ...]) -> list[str]:
    """The rules of the findings, each once, in order."""
    return list(dict.fromkeys(finding.rule for finding in findings))
