"""Finds the drafts that were not touched for long, however many applications there are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_ARE_DRAFTS = sa.text("status = 'draft'")


def upgrade() -> None:
    op.create_index(
        "ix_applications_drafts",
        "applications",
        ["updated_at"],
        postgresql_where=_ARE_DRAFTS,
        sqlite_where=_ARE_DRAFTS,
    )


def downgrade() -> None:
    op.drop_index("ix_applications_drafts", "applications")
