"""The ledger: entries, the nodes above their hashes, checkpoints and the head."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("leaf_index", _POSITION, autoincrement=False, nullable=False, comment="Place in the log, from 0"),
        sa.Column("entry_id", sa.Text(), nullable=False, comment="Random public id"),
        sa.Column("owner", sa.Text(), nullable=False, comment="Pseudonym of whose data it is; empty when nobody's"),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False, comment="RFC 6962 hash of body"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="The leaf: canonical JSON"),
        sa.Column("salt", sa.LargeBinary(), nullable=False, comment="Opens the commitments in body; the owner's alone"),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False, comment="Microseconds since 1970, UTC"),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_ledger_entries"),
        sa.UniqueConstraint("entry_id", name="uq_ledger_entries_entry_id"),
    )
    op.create_index("ix_ledger_entries_owner_leaf_index", "ledger_entries", ["owner", "leaf_index"])
    op.create_table(
        "ledger_nodes",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Tile level, from 1"),
        sa.Column("node_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="Root of a full tile of the level below"),
        sa.PrimaryKeyConstraint("level", "node_index", name="pk_ledger_nodes"),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("tree_size", _POSITION, autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="C2SP tlog-checkpoint"),
        sa.Column("leaves", sa.LargeBinary(), nullable=False, comment="Leaf hashes of the batch that ends here"),
        sa.PrimaryKeyConstraint("tree_size", name="pk_ledger_checkpoints"),
    )
    head = op.create_table(
        "ledger_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False, comment="Roots of the full subtrees, largest first"),
        sa.Column("note", sa.Text(), nullable=False, comment="The newest checkpoint; empty before the first"),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.bulk_insert(head, [{"id": 1, "tree_size": 0, "frontier": b"", "note": ""}])


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT tree_size FROM ledger_head")):
        raise RuntimeError(
            "a ledger that has entries is not dropped; keep it, or export it and drop its tables by hand"
        )
    for name in ("ledger_head", "ledger_checkpoints", "ledger_nodes", "ledger_entries"):
        op.drop_table(name)
