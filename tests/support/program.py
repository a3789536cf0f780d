"""The program itself, run as an operator runs it: a process of its own, with settings in a folder."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any

from typer.testing import CliRunner

from gateway.errors import BawabaError

ROOT = Path(__file__).parents[2]
# Below the ports that the system hands out by itself.
FIRST, LAST = 15_000, 32_000
PATIENCE = 60.0


def free_ports(count: int) -> int:
    """The first of ``count`` ports in a row where nobody listens."""
    for _ in range(200):
        first = SystemRandom().randrange(FIRST, LAST - count)
        if all(_is_free(first + place) for place in range(count)):
            return first
    raise RuntimeError("no ports are free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def environment(**variables: str) -> dict[str, str]:
    """This process's, without settings of the gateway, and with ``variables``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BAWABA_")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **variables}


def run(*arguments: str, folder: Path = ROOT, variables: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Runs ``bawaba`` to its end in ``folder``: exit code, what it said, what it complained of."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=folder,
        env=environment(**(variables or {})),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def invoke(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """The verb in this process, which is quicker: exit code, what it said, and the setting that it refused."""
    from gateway.cli import app, load_verbs

    load_verbs()
    done = CliRunner().invoke(app, list(arguments), env=dict(variables))
    if isinstance(done.exception, BawabaError):
        return 2, done.stdout, str(done.exception.field or done.exception.code)
    return done.exit_code, done.stdout, ""


class Program:
    """A running ``bawaba``; its lines of JSON, as far as they have been written, are ``events``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self.lines.append(line)
            with contextlib.suppress(ValueError):
                self.events.append(json.loads(line))

    def wait_for(self, event: str, times: int = 1) -> list[dict[str, Any]]:
        """The events of that name, once there are so many."""
        until = time.monotonic() + PATIENCE
        while len(found := [each for each in self.events if each["event"] == event]) < times:
            assert time.monotonic() < until, f"{event} was not told: {self.lines}"
            assert self.process.poll() is None or event in str(self.events), f"it ended: {self.lines}"
            time.sleep(0.02)
        return found

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal and waits for the end; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def children(self) -> set[int]:
        """The processes that it started, and theirs."""
        return descendants(self.process.pid)


@contextmanager
def running(*arguments: str, folder: Path = ROOT, variables: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Runs ``bawaba`` for as long as the context lasts; what is left of it then is killed, by its numbers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=folder,
        env=environment(**(variables or {})),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = Program(process)
    left: set[int] = set()
    try:
        yield program
        left = program.children()
    finally:
        left |= program.children()
        for number in (process.pid, *left):
            if number in alive({process.pid, *left}):
                os.kill(number, signal.SIGKILL)
        process.wait(PATIENCE)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        program._reader.join(PATIENCE)
        if process.stderr:
            process.stderr.close()


def descendants(parent: int) -> set[int]:
    """Every process below ``parent``."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found: set[int] = set()
    level = {parent}
    while level := {number for number, above in parents.items() if above in level}:
        found |= level
    return found


def alive(numbers: set[int]) -> set[int]:
    """Those of the processes that run; one that ended and was not yet collected does not."""
    living = set()
    for number in numbers:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            living.add(number)
    return living


def all_gone(numbers: set[int], seconds: float = 20) -> bool:
    """Whether the processes have ended, or do within so long."""
    until = time.monotonic() + seconds
    while alive(numbers) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(numbers)


def lines_that_begin(said: str, start: str) -> Sequence[str]:
    """The lines of an output that begin so, trimmed."""
    return [line.strip() for line in said.splitlines() if line.strip().startswith(start)]
