"""Nothing that the ledger keeps, gives out or logs says who anybody is."""

import asyncio
import os
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from gateway.errors import SealingFailed
from gateway.ledger.commitments import commit
from gateway.ledger.entry import Entry
from gateway.ledger.export import export
from gateway.ledger.verify import verify
from gateway.storage.engine import Storage
from gateway.storage.tables import ledger_head, metadata
from tests.support.ledgers import VERIFIER, entry, opened

# Invented, and of a form that nothing else here has.
IDENTIFIER = "282010154321"
SUBJECT = f"KW:{IDENTIFIER}"
ANSWER = b'{"name":"Canary Al-Canary","phone":"+96550054321","fine":"15.000"}'
CANARIES = (IDENTIFIER, "Canary", "96550054321", "15.000")


async def seal(url: str) -> None:
    async with opened(url) as ledger:
        for number in range(20):
            salt = ledger.new_salt()
            digests = {"ask_digest": commit(salt, SUBJECT.encode()), "answer_digest": commit(salt, ANSWER)}
            sealed = entry(f"request-{number}").model_copy(update={"subject": ledger.pseudonym(SUBJECT), **digests})
            await ledger.seal(sealed, SUBJECT, salt)


def assert_nobody(text: bytes) -> None:
    for canary in CANARIES:
        assert canary.encode() not in text


async def test_no_column_of_any_table_holds_a_person(storage_url: str) -> None:
    await seal(storage_url)

    async with Storage.open(storage_url) as storage, storage.reading() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                assert_nobody(repr(tuple(row)).encode())


async def test_no_file_of_an_embedded_database_holds_a_person(tmp_path: Path, sqlite_database: Path) -> None:
    path = tmp_path / "bawaba.db"
    path.write_bytes(sqlite_database.read_bytes())
    await seal(f"sqlite+aiosqlite:///{path}")

    for file in tmp_path.glob("bawaba.db*"):
        assert_nobody(file.read_bytes())


async def test_neither_proofs_nor_pages_of_accesses_nor_exports_hold_a_person(storage_url: str) -> None:
    await seal(storage_url)

    async with opened(storage_url) as ledger, Storage.open(storage_url) as storage:
        accesses = await ledger.entries_of(SUBJECT)
        proof = await ledger.proof(accesses[0].receipt.id, SUBJECT)
        lines = [line async for line in export(storage)]
        tile = await ledger.tile(0, 0, 20)
    assert len(accesses) == 20
    assert_nobody(b"".join([proof.model_dump_json().encode(), *lines, tile, repr(accesses).encode()]))


async def test_the_same_answer_given_twice_does_not_look_the_same(storage_url: str) -> None:
    await seal(storage_url)

    async with Storage.open(storage_url) as storage:
        leaves = [orjson.loads(line) async for line in export(storage)][:-1]
    assert len({leaf["entry"]["answer_digest"] for leaf in leaves}) == 20
    assert len({leaf["entry"]["ask_digest"] for leaf in leaves}) == 20


async def test_a_ten_digit_number_cannot_be_found_by_trying_all_of_them(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        name = ledger.pseudonym(IDENTIFIER)

    guesses = (commit(b"", IDENTIFIER.encode()), IDENTIFIER)
    assert all(guess not in name for guess in guesses)
    with pytest.raises(ValidationError):
        Entry.model_validate(entry().__dict__ | {"subject": IDENTIFIER})


async def test_neither_logs_nor_errors_of_a_failing_ledger_hold_a_person(
    storage_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(storage_url) as ledger, Storage.open(storage_url) as storage:
        async with storage.writing() as connection:
            await connection.execute(update(ledger_head).values(note="?"))
        failures = await asyncio.gather(*(ledger.seal(entry(), SUBJECT) for _ in range(3)), return_exceptions=True)
        report = await verify(storage, [VERIFIER])

    printed = capsys.readouterr()
    assert all(isinstance(failure, SealingFailed) for failure in failures)
    assert not report.ok
    assert_nobody((printed.out + printed.err + repr(failures) + repr(report)).encode())


async def test_two_sealings_never_share_a_salt_or_an_id(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        receipts = await asyncio.gather(*(ledger.seal(entry(), os.urandom(4).hex()) for _ in range(500)))

    assert len({receipt.salt for receipt in receipts}) == len({receipt.id for receipt in receipts}) == 500
