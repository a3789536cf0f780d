"""Fixtures that every test may ask for."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.databases import KINDS, TEMPLATE, sqlite_copy, sqlite_template, sqlite_url, upgrade_template
from tests.support.places import folder_on_disk, keep_files_in_memory
from tests.support.postgresql import PostgresqlServer

# Cores are shared with other tests, and how long an example takes says nothing about it.
settings.register_profile("shared_cores", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared_cores")
keep_files_in_memory()
# Nothing of what is made before the first test goes away again.
gc.disable()


def pytest_collection_finish() -> None:
    """What was collected lives to the end, so the collector need not look at it, now or later.

    Looking at eleven thousand tests takes it half a second, during which a state's answer comes too late.
    """
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """What a verb that ran in this process did to the logs ends with its test, for others look at what is logged."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder that is on a disk, as those of ``tmp_path`` need not be."""
    with folder_on_disk() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A real PostgreSQL server, one for each test process."""
    with PostgresqlServer.running(durable=False) as server:
        yield upgrade_template(server)


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def postgresql_database(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """A database with all tables and nothing in them, on PostgreSQL."""
    with postgresql_server.database(TEMPLATE) as url:
        yield url


@pytest.fixture(params=KINDS)
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with all tables and nothing in them: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_copy(request.getfixturevalue("sqlite_database"), tmp_path)
    else:
        yield request.getfixturevalue("postgresql_database")


@pytest.fixture(params=KINDS)
def empty_storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
        return
    with request.getfixturevalue("postgresql_server").database() as url:
        yield url
