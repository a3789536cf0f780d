"""Fresh databases for tests, on SQLite and on PostgreSQL, with all tables or with none."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from gateway.storage.schema import upgrade
from tests.support.postgresql import PostgresqlServer

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
TEMPLATE = "upgraded"


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def sqlite_template(folder: Path) -> Path:
    """A database file with all tables, to be copied."""
    path = folder / "upgraded.db"
    _upgrade(sqlite_url(path))
    return path


def upgrade_template(server: PostgresqlServer) -> PostgresqlServer:
    """The server, with a database with all tables, to be copied."""
    server.create(TEMPLATE)
    _upgrade(server.url(TEMPLATE))
    return server


def sqlite_copy(template: Path, folder: Path) -> str:
    """The URL of a copy of the template in the folder."""
    path = folder / "bawaba.db"
    shutil.copy(template, path)
    return sqlite_url(path)


def _upgrade(url: str) -> None:
    # In a thread of its own, because a fixture may be made while a loop is set for the tests.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, upgrade(url)).result()
