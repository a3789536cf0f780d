"""Whatever somebody's hand left in a column, verification names the entry and never stumbles over it."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.storage.engine import Storage
from tests.support.tampering import judged, write_log


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        ("UPDATE ledger_entries SET body = replace(body, 'traffic', 'tragic') WHERE leaf_index = 3", "entry_edited"),
        ("UPDATE ledger_entries SET body = 'nothing' WHERE leaf_index = 3", "entry_edited"),
        ("UPDATE ledger_entries SET body = 7 WHERE leaf_index = 3", "entry_edited"),
        ("UPDATE ledger_entries SET leaf_hash = hex(leaf_hash) WHERE leaf_index = 3", "entry_hash_edited"),
        ("UPDATE ledger_entries SET sealed_at = 'yesterday' WHERE leaf_index = 3", "entry_column_edited"),
        ("UPDATE ledger_entries SET salt = 'plain' WHERE leaf_index = 3", "entry_column_edited"),
    ],
)
async def test_an_edit_that_changes_the_type_of_a_column_is_named(
    sqlite_database: Path, tmp_path: Path, edit: str, kind: str
) -> None:
    path = shutil.copy(sqlite_database, tmp_path / "ledger.db")
    url = f"sqlite+aiosqlite:///{path}"
    await write_log(url)
    hand = sqlite3.connect(path)
    hand.execute(edit)
    hand.commit()
    hand.close()

    async with Storage.open(url) as storage:
        told = await judged(storage)

    assert told == [(kind, 3, 3)]
