"""Since when the term of an application stands still, because the state waits for the applicant."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    comment = "Since when the term stands still, as the state waits for the applicant; null: it runs"
    op.add_column("applications", sa.Column("stopped_at", sa.BigInteger(), nullable=True, comment=comment))
    # What the state waits for already was last changed when it began to wait, or later.
    op.execute("UPDATE applications SET stopped_at = updated_at WHERE status IN ('needs_citizen', 'awaiting_payment')")


def downgrade() -> None:
    op.drop_column("applications", "stopped_at")
