"""Programs that are still to be told of a sign-out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "oauth_logouts",
        sa.Column("logout_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False, comment="Who is to be told"),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False, comment="The sid that the program knows the sign-in by"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column(
            "due_at", sa.BigInteger(), nullable=False, comment="When to try next, or until when somebody is trying"
        ),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, comment="When to give up"),
        sa.PrimaryKeyConstraint("logout_id", name="pk_oauth_logouts"),
    )
    op.create_index("ix_oauth_logouts_due_at", "oauth_logouts", ["due_at"])


def downgrade() -> None:
    op.drop_table("oauth_logouts")
