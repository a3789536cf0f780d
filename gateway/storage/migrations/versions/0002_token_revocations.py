"""What was revoked, and the counter that gives each revocation its place."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "token_revocations",
        sa.Column("revision", _POSITION, autoincrement=False, nullable=False, comment="Order of commits, from 1"),
        sa.Column("kind", sa.Text(), nullable=False, comment="token, session or client"),
        sa.Column("value", sa.Text(), nullable=False, comment="The jti, sid or client_id"),
        sa.Column(
            "expires_at",
            sa.BigInteger(),
            nullable=False,
            comment="Seconds since 1970: no token it concerns outlives it",
        ),
        sa.CheckConstraint("kind IN ('token', 'session', 'client')", name=op.f("ck_token_revocations_kind")),
        sa.PrimaryKeyConstraint("revision", name="pk_token_revocations"),
    )
    op.create_index("ix_token_revocations_expires_at", "token_revocations", ["expires_at"])
    op.create_table(
        "token_revocation_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, comment="The newest revision given out"),
        sa.CheckConstraint("id = 1", name=op.f("ck_token_revocation_head_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_token_revocation_head"),
    )


def downgrade() -> None:
    for name in ("token_revocation_head", "token_revocations"):
        op.drop_table(name)
