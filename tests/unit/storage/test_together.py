"""Promises of rows that are inserted together."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_nodes, persons
from gateway.storage.together import put, together
from tests.support.round_trips import round_trips


def node(index: int) -> dict[str, object]:
    return {"level": 1, "node_index": index, "hash": bytes([index]) * 32}


def person(name: str) -> dict[str, object]:
    return {"person_id": name, "created_at": 1}


async def kept(storage: Storage) -> tuple[list[tuple[int, bytes]], list[str]]:
    async with storage.reading() as connection:
        columns = ledger_nodes.c
        nodes = await connection.execute(select(columns.node_index, columns.hash).order_by(columns.node_index))
        people = await connection.execute(select(persons.c.person_id).order_by(persons.c.person_id))
        return [(index, digest) for index, digest in nodes], list(people.scalars())


async def test_rows_of_several_tables_are_all_there(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        for first in (1, 3):
            async with storage.writing() as connection, together(connection):
                await put(connection, ledger_nodes, node(first))
                await put(connection, persons, person(f"p{first}"))
                await put(connection, ledger_nodes, node(first + 1))

        assert await kept(storage) == ([(index, bytes([index]) * 32) for index in (1, 2, 3, 4)], ["p1", "p3"])


async def test_a_row_that_is_refused_takes_all_others_along(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:

        async def write() -> None:
            async with storage.writing() as connection, together(connection):
                await put(connection, persons, person("p"))
                await put(connection, ledger_nodes, node(1))
                await put(connection, ledger_nodes, node(1))

        with pytest.raises(IntegrityError):
            await write()

        assert await kept(storage) == ([], [])


async def test_what_fails_within_inserts_nothing_and_the_next_is_alone_again(storage_url: str) -> None:
    async with Storage.open(storage_url, connections=1) as storage:

        async def fail() -> None:
            async with storage.writing() as connection, together(connection):
                await put(connection, persons, person("lost"))
                raise LookupError

        with pytest.raises(LookupError):
            await fail()

        for _ in range(3):
            async with storage.writing() as connection, together(connection):
                pass
        async with storage.writing() as connection:
            await put(connection, persons, person("alone"))

        assert await kept(storage) == ([], ["alone"])


async def test_other_statements_are_not_held_back(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        async with storage.writing() as connection, together(connection):
            await connection.execute(insert(persons), person("at once"))
            seen = (await connection.execute(select(persons.c.person_id))).scalars().all()
            await put(connection, ledger_nodes, node(1))

        assert list(seen) == ["at once"]
        assert await kept(storage) == ([(1, b"\x01" * 32)], ["at once"])


async def test_on_postgresql_it_is_one_statement_however_many_rows(postgresql_database: str) -> None:
    async with Storage.open(postgresql_database) as storage:
        with round_trips(storage) as sent:
            async with storage.writing() as connection, together(connection):
                for index in range(1, 9):
                    await put(connection, ledger_nodes, node(index))

        assert len([each for each in sent if "INSERT" in each]) == 1
        assert len((await kept(storage))[0]) == 8
