"""The commands that a person types are listed, install only what is missing, and are what CI runs."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.surfer import BROWSERS

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tests" / "system-packages.sh"
# What each purpose looks for; a machine that has these needs nothing.
TOOLS = {
    "python": ("python3",),
    "demo": ("curl",),
    "test": ("chromium", "fc-list", "npm", "curl", "softhsm2-util"),
    "bench": ("wrk", "nginx"),
}


class Machine:
    """A folder of small commands that stands for all that a machine has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.libraries = folder / "lib"
        self.libraries.mkdir()
        for name in ("bash", "env", "id"):
            (folder / name).symlink_to(next(path for path in _on_path(name)))

    def has(self, name: str, says: str = "", fails: bool = False) -> None:
        """Adds a command that prints ``says`` and its arguments."""
        command = self.folder / name
        command.write_text(f'#!/bin/sh\nprintf "%s\\n" "{says}" "$*"\nexit {int(fails)}\n', "utf-8")
        command.chmod(0o755)

    def has_sudo(self) -> None:
        """Adds what an ordinary user installs with: it runs what it is given."""
        command = self.folder / "sudo"
        command.write_text('#!/bin/sh\nexec "$@"\n', "utf-8")
        command.chmod(0o755)

    def has_library(self) -> None:
        """Adds what the browser's driver needs, where Debian keeps it."""
        (self.libraries / "some-linux-gnu").mkdir()
        (self.libraries / "some-linux-gnu" / "libatomic.so.1").touch()

    def install_for(self, purpose: str) -> subprocess.CompletedProcess[str]:
        """Runs the script with nothing but this machine's commands."""
        return subprocess.run(
            [self.folder / "bash", SCRIPT, purpose],
            env={"PATH": str(self.folder), "LIBRARIES": str(self.libraries)},
            capture_output=True,
            text=True,
            check=False,
        )


def _on_path(name: str) -> list[Path]:
    folders = os.environ["PATH"].split(os.pathsep)
    return [Path(folder) / name for folder in folders if (Path(folder) / name).is_file()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    folder = tmp_path / "bin"
    folder.mkdir()
    return Machine(folder)


@pytest.mark.parametrize(("purpose", "tools"), TOOLS.items())
def test_nothing_is_installed_where_all_is_present(machine: Machine, purpose: str, tools: tuple[str, ...]) -> None:
    for tool in tools:
        machine.has(tool, says="Noto Sans Arabic")
    machine.has_library()
    machine.has("apt-get", says="installing")

    done = machine.install_for(purpose)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("purpose", "packages"),
    [
        ("python", "python3 python3-venv"),
        ("demo", "curl"),
        ("test", "chromium libatomic1 fontconfig fonts-noto-core npm curl softhsm2"),
        ("bench", "wrk nginx-light"),
    ],
)
def test_a_machine_without_apt_is_told_what_to_install(machine: Machine, purpose: str, packages: str) -> None:
    done = machine.install_for(purpose)

    assert done.returncode == 1
    assert f"(named as in Debian): {packages}." in done.stderr


def test_a_machine_with_apt_gets_what_is_missing_and_no_more(machine: Machine) -> None:
    machine.has("fc-list", says="Noto Sans Arabic")
    machine.has("npm")
    machine.has("curl")
    machine.has("softhsm2-util")
    machine.has_library()
    machine.has("apt-get")
    machine.has_sudo()

    done = machine.install_for("test")

    assert done.returncode == 0
    assert "Installing system packages: chromium\n" in done.stdout


@pytest.mark.parametrize("browser", BROWSERS)
def test_the_browser_that_the_tests_would_start_is_not_installed_twice(machine: Machine, browser: str) -> None:
    for tool in (browser, "npm", "curl", "softhsm2-util"):
        machine.has(tool)
    machine.has("fc-list", says="Noto Sans Arabic")
    machine.has_library()

    assert machine.install_for("test").returncode == 0


def test_a_failure_of_apt_is_shown_and_stops(machine: Machine) -> None:
    machine.has("apt-get", says="no such package", fails=True)
    machine.has_sudo()

    done = machine.install_for("bench")

    assert done.returncode == 1
    assert "apt-get could not install: wrk nginx-light" in done.stderr


def test_an_unknown_purpose_is_refused(machine: Machine) -> None:
    assert machine.install_for("everything").returncode == 2


def test_every_target_of_the_makefile_says_what_it_is_for() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))

    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {line.split()[1] for line in listed.splitlines() if line.startswith("  make ")} == targets
    assert set(re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split()) == targets


def test_what_must_pass_is_what_a_person_runs() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert lines[-1] == "exec make check test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
