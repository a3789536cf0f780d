"""Nothing that belongs to one machine, and nothing unfinished, is kept in the repository."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

# Written in halves, so that this file does not find itself.
REGISTRIES = tuple(
    "".join(halves)
    for halves in (
        ("pypi", ".org"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("registry.yarn", "pkg.com"),
        ("deb.deb", "ian.org"),
        ("proxy.gol", "ang.org"),
        ("index.crates", ".io"),
        ("jsdelivr", ".net"),
        ("unpkg", ".com"),
        ("googlea", "pis.com"),
        ("gsta", "tic.com"),
    )
)
UNFINISHED = tuple("".join(halves) for halves in (("TO", "DO"), ("FIX", "ME"), ("HA", "CK")))
_REGISTRY = re.compile("|".join(map(re.escape, REGISTRIES)))
_UNFINISHED = re.compile(rf"\b(?:{'|'.join(UNFINISHED)})\b|#.*\bX{{3}}\b")
_LOCAL = re.compile(r"(?<![\w./:}\])-])/(?:root|work|home/\w+|Users/\w+|mnt/\w+)/[\w.-]")
_PROSE = frozenset({"LICENSE"})


def findings(root: Path) -> Iterator[str]:
    """Each line of a tracked file that names a package registry or a folder of one machine, or is unfinished."""
    for path in tracked_files(root):
        if path.name in _PROSE or not (root / path).is_file():
            continue
        try:
            lines = (root / path).read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if problem := judge(line):
                yield f"{path}:{number}: {problem}"


def judge(line: str) -> str | None:
    """What is wrong with one line, if anything is."""
    if _REGISTRY.search(line):
        return "names the host of a package registry or a content network"
    if _LOCAL.search(line):
        return "names a folder of one machine"
    if _UNFINISHED.search(line):
        return "is marked as unfinished"
    return None


def tracked_files(root: Path) -> list[Path]:
    """The files that Git keeps, relative to ``root``."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    return [Path(name) for name in listed.stdout.decode().split("\0") if name]
