"""The checks of sizes, tracked files, locks and dependencies each find what they are for."""

import subprocess
from pathlib import Path

import pytest

from tests.check import dependencies, locks, sizes, tracked
from tests.check.source import Module

DIGEST = "0" * 64
PROJECT = """
[build-system]
requires = ["hatchling"]
[project]
dependencies = ["aiohttp>=3"]
[project.optional-dependencies]
dev = ["pytest"]
bench = []
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def pin(*packages: str) -> str:
    return "".join(f"{package} \\\n    --hash=sha256:{DIGEST}\n" for package in packages)


def locked(root: Path, runtime: str, dev: str, bench: str) -> list[str]:
    files = {locks.RUNTIME: runtime, locks.DEV: dev, locks.BENCH: bench, "pyproject.toml": PROJECT}
    return list(locks.findings(write(root, files)))


RUNTIME = ("aiohttp==3.14.5", "hatchling==1.33.0")
DEV = (*RUNTIME, "pytest==9.2.0")


def test_locks_that_pin_everything_and_agree_have_no_findings(tmp_path: Path) -> None:
    assert locked(tmp_path, pin(*RUNTIME), pin(*DEV), pin(*DEV)) == []


@pytest.mark.parametrize(
    "line",
    [
        "pytest==9.2.0\n",
        "pytest>=9\n",
        "pytest @ https://packages.example/pytest.whl --hash=sha256:" + DIGEST + "\n",
        "--index-url https://packages.example/simple\n",
        "--find-links wheels\n",
        "pytest==9.2.0 --hash=md5:" + "0" * 32 + "\n",
        "pytest==9.2.0 --hash=sha256:" + DIGEST + " --index-url https://packages.example\n",
    ],
)
def test_a_line_without_a_pin_or_a_hash_or_with_an_address_is_found(tmp_path: Path, line: str) -> None:
    found = locked(tmp_path, pin(*RUNTIME), pin(*DEV) + line, pin(*DEV))

    assert any(finding.startswith("requirements-dev.lock: ") for finding in found)


def test_two_locks_that_pin_different_versions_are_found(tmp_path: Path) -> None:
    older = pin("aiohttp==3.14.4", "hatchling==1.33.0", "pytest==9.2.0")

    found = locked(tmp_path, pin(*RUNTIME), older, older)

    assert found == ["requirements-dev.lock: aiohttp is 3.14.4, and 3.14.5 in requirements.lock"]


def test_a_declared_package_that_no_lock_pins_is_found(tmp_path: Path) -> None:
    found = locked(tmp_path, pin("aiohttp==3.14.5"), pin(*DEV), pin(*DEV))

    assert found == ["requirements.lock: hatchling is declared and not pinned; run make lock"]


@pytest.mark.parametrize(
    "line",
    [
        "see https://files.python" + "hosted.org/packages",
        "open('/root" + "/keys')",
        "data in /home/" + "sara/data",
        "# TO" + "DO: later",
        "x = 1  # XX" + "X",
    ],
)
def test_a_line_of_one_machine_or_one_registry_or_unfinished_is_found(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"notes.md": f"fine\n{line}\n", "unkept.md": line})
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "notes.md"], cwd=tmp_path, check=True)

    found = list(tracked.findings(tmp_path))

    assert len(found) == 1
    assert found[0].startswith("notes.md:2: ")


@pytest.mark.parametrize(
    "line",
    ["GET /v1/work/permits", "https://bawaba.example/root/x", "a methodical hackney carriage", "country = 'XXX'"],
)
def test_a_line_that_only_looks_like_it_is_let_through(line: str) -> None:
    assert tracked.judge(line) is None


def test_a_module_of_three_hundred_lines_is_found(tmp_path: Path) -> None:
    long, short = '"""A."""\n' + "x = 1\n" * 299, '"""A."""\n' + "x = 1\n" * 298
    write(
        tmp_path,
        {"gateway/long.py": long, "gateway/short.py": short, "tests/test_it.py": short, "tests/test_b.py": short},
    )

    found = list(sizes.findings(tmp_path))

    assert found == [
        "gateway/long.py: 300 lines; split it before it reaches 300",
        "tests: 598 lines of tests for 599 lines of source",
    ]


def test_a_module_of_tests_may_be_longer_and_not_endless(tmp_path: Path) -> None:
    long, longest = ('"""A module."""\n' + "x = 1\n" * lines for lines in (398, 399))
    write(tmp_path, {"gateway/a.py": '"""A."""\n', "tests/test_a.py": long, "tests/test_b.py": longest})

    assert list(sizes.findings(tmp_path)) == ["tests/test_b.py: 400 lines; split it before it reaches 400"]


@pytest.mark.parametrize("text", ["x = 1\n", '"""Half a sentence"""\n'])
def test_a_module_that_does_not_open_with_a_sentence_is_found(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"gateway/a.py": text, "tests/test_a.py": '"""A."""\n'})

    assert len(list(sizes.findings(tmp_path))) == 1


def test_functions_that_are_mostly_long_are_found(tmp_path: Path) -> None:
    function = "def f() -> None:\n" + "    print()\n" * 30
    write(tmp_path, {"gateway/a.py": f'"""A."""\n{function}', "tests/test_a.py": f'"""A."""\n{function}'})

    assert list(sizes.findings(tmp_path)) == ["functions: the ninetieth of a hundred has 31 lines; 30 are allowed"]


def test_an_import_that_nobody_declared_is_found() -> None:
    module = Module(
        Path("gateway/a.py"), "import json\nimport aiohttp.web\nfrom yaml import load\nfrom gateway import b\n"
    )

    found = list(dependencies.undeclared([module], {"aiohttp"}, "dependencies"))

    assert found == ["gateway/a.py: imports pyyaml, which pyproject.toml does not declare in dependencies"]


def test_a_declared_package_that_nobody_imports_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"gateway/a.py": '"""A."""\n', "tests/test_a.py": "import pytest\n", "pyproject.toml": PROJECT})

    assert list(dependencies.findings(tmp_path)) == ["pyproject.toml: aiohttp is declared and never imported"]
