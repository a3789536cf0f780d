"""An adapter's folder as the kit reads it: the name plate with its lines, the cases, the README."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from gateway.errors import ConfigurationError
from gateway.kit.cases import Case, cases_in, expected_of
from gateway.kit.findings import Finding
from gateway.kit.lines import Lines, lines_of
from gateway.registry.manifest import Manifest
from gateway.toml_file import MAX_BYTES, key_of

PLATE = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Folder:
    """What stands in an adapter's folder; ``plate`` is ``None`` where the name plate cannot be read."""

    path: Path
    plate: Manifest | None
    lines: Lines
    cases: tuple[Case, ...]
    readme: str
    findings: tuple[Finding, ...]

    def finding(self, rule: str, field: str, **said: Any) -> Finding:
        """A finding about a key of the name plate, with its line."""
        return Finding(rule=rule, file=PLATE, line=self.lines.of(field), field=field, **said)


def find_folder(name: str, adapters: Path) -> Path:
    """The folder that a person means: a path to one, or the name of one in ``adapters``.

    Raises ``ConfigurationError`` where there is no name plate in it.
    """
    for folder in (Path(name), adapters / name):
        if (folder / PLATE).is_file():
            return folder.resolve()
    raise ConfigurationError(
        field=name, problem=f"is no adapter: neither {name}/{PLATE} nor {adapters / name / PLATE} is there"
    )


def read_folder(path: Path) -> Folder:
    """Reads everything in the folder; what is wrong with it is among the findings, all at once."""
    plate, lines, wrong = _read_plate(path)
    cases, unread = cases_in(path)
    readme = path / "README.md"
    words = readme.read_text("utf-8", errors="replace") if readme.is_file() else ""
    return Folder(path, plate, lines, tuple(cases), words, (*wrong, *unread))


def _read_plate(path: Path) -> tuple[Manifest | None, Lines, list[Finding]]:
    text, wrong = _read_text(path / PLATE)
    lines = lines_of(text)
    if wrong:
        return None, lines, [wrong]
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        return None, lines, [Finding(rule="manifest-unreadable", file=PLATE, line=_line(problem), came=str(problem))]
    try:
        plate = Manifest.model_validate_json(orjson.dumps(document))
    except (orjson.JSONEncodeError, ConfigurationError) as problem:
        return None, lines, [Finding(rule="manifest-unreadable", file=PLATE, came=str(problem))]
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        return None, lines, [_wrong(error, lines, document) for error in errors]
    if plate.name != path.name:
        return (
            plate,
            lines,
            [
                Finding(
                    rule="manifest-name",
                    file=PLATE,
                    line=lines.of("name"),
                    field="name",
                    came=plate.name,
                    expected=path.name,
                )
            ],
        )
    return plate, lines, []


def _read_text(path: Path) -> tuple[str, Finding | None]:
    try:
        if path.stat().st_size > MAX_BYTES:
            return "", Finding(rule="manifest-unreadable", file=PLATE, came=f"> {MAX_BYTES} bytes")
        return path.read_text("utf-8"), None
    except (OSError, UnicodeDecodeError) as problem:
        return "", Finding(rule="manifest-unreadable", file=PLATE, came=type(problem).__name__)


def _line(problem: Exception) -> int | None:
    """The line that the reader of TOML names in its sentence."""
    _, _, rest = str(problem).partition("line ")
    digits = rest.split(",")[0].split(")")[0]
    return int(digits) if digits.isdigit() else None


_RULES: Mapping[str, str] = {
    "missing": "manifest-key-missing",
    "extra_forbidden": "manifest-key-unknown",
    "value_error": "manifest-together",
}


def _wrong(error: Mapping[str, Any], lines: Lines, document: Mapping[str, Any]) -> Finding:
    key = key_of(error["loc"])
    came = error["input"]
    return Finding(
        rule=_RULES.get(error["type"], "manifest-value"),
        file=PLATE,
        line=lines.of(key) or (1 if document else None),
        field=key,
        came=None if error["type"] == "missing" or isinstance(came, dict | list) else str(came)[:120],
        expected=expected_of(error),
    )
