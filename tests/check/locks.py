"""The lock files pin everything by hash, agree with each other and name no address."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

RUNTIME, DEV, BENCH = "requirements.lock", "requirements-dev.lock", "requirements-bench.lock"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)(?: ; .+)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass
class Lock:
    """The versions that one lock file pins, and its lines that pin nothing."""

    pins: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def findings(root: Path) -> Iterator[str]:
    """Lines without a hash or with an address, versions that differ, declared packages that no lock pins."""
    locks = {name: read_lock((root / name).read_text("utf-8")) for name in (RUNTIME, DEV, BENCH)}
    for name, lock in locks.items():
        yield from (f"{name}: {problem}" for problem in lock.problems)
    yield from _differences(locks)
    declared = declared_packages(tomllib.loads((root / "pyproject.toml").read_text("utf-8")))
    for name, group in ((RUNTIME, "runtime"), (DEV, "dev"), (BENCH, "bench")):
        for package in sorted(declared[group] - locks[name].pins.keys()):
            yield f"{name}: {package} is declared and not pinned; run make lock"


def read_lock(text: str) -> Lock:
    """The lock as packages and versions, and each line that is not a pin with its hashes."""
    lock = Lock()
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, *hashes = re.split(r"\s+(?=--)", line.strip())
        pin = _PIN.fullmatch(requirement)
        if pin is None:
            lock.problems.append(f"{requirement[:60]} is not a pinned package")
        elif not hashes or not all(map(_HASH.fullmatch, hashes)):
            lock.problems.append(f"{requirement} has no hash, or an option beside it")
        else:
            lock.pins[normalise(pin["name"])] = pin["version"]
    return lock


def declared_packages(project: Mapping[str, dict[str, object]]) -> dict[str, set[str]]:
    """The packages that ``pyproject.toml`` asks for, by group; ``runtime`` holds the build backend too."""
    table: dict[str, object] = project["project"]
    optional: Mapping[str, list[str]] = table.get("optional-dependencies", {})  # type: ignore[assignment]
    runtime = [*table["dependencies"], *project["build-system"]["requires"]]  # type: ignore[misc]
    groups = {"runtime": runtime, **optional}
    return {group: {package_name(line) for line in lines} for group, lines in groups.items()}


def package_name(requirement: str) -> str:
    """The normalised name at the head of a requirement."""
    match = _NAME.match(requirement)
    if match is None:
        raise ValueError(requirement)
    return normalise(match[0])


def normalise(name: str) -> str:
    """A package name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _differences(locks: Mapping[str, Lock]) -> Iterator[str]:
    for wider, narrower in ((DEV, RUNTIME), (BENCH, DEV)):
        for package, version in sorted(locks[narrower].pins.items()):
            if (other := locks[wider].pins.get(package)) != version:
                yield f"{wider}: {package} is {other or 'absent'}, and {version} in {narrower}"
