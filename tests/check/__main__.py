"""Runs every check that needs no running program, and prints all findings at once."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.check import catalogues, dependencies, locks, sizes, tracked

CHECKS: tuple[tuple[str, Callable[[Path], Iterator[str]]], ...] = (
    ("catalogues", catalogues.findings),
    ("dependencies", dependencies.findings),
    ("locks", locks.findings),
    ("sizes", sizes.findings),
    ("tracked files", tracked.findings),
)


def main(root: Path) -> int:
    """The exit status: 1 when anything was found."""
    total = 0
    for name, check in CHECKS:
        found = sorted(check(root))
        total += len(found)
        print(f"{name}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}")
        for finding in found:
            print(f"  {finding}")
    print(sizes.report(root))
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
