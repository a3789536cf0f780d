"""People, their identities of several states, their sessions and sign-ins under way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _text(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _moment(name: str, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        "persons",
        _text("person_id", "Opaque; the subject of tokens and of the ledger's owner"),
        _moment("created_at", "Seconds since 1970, UTC"),
        sa.PrimaryKeyConstraint("person_id", name="pk_persons"),
    )
    op.create_table(
        "person_identifiers",
        _text("identifier_hash", "Keyed hash of state and number: one owner, ever"),
        _text("person_id"),
        _text("country"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="The number, AES-256-GCM"),
        sa.PrimaryKeyConstraint("identifier_hash", name="pk_person_identifiers"),
    )
    op.create_index("ix_person_identifiers_person_id", "person_identifiers", ["person_id"])
    op.create_table(
        "person_identities",
        _text("identity_id", "Random public id"),
        _text("account_hash", "Keyed hash of issuer and subject"),
        _text("person_id"),
        _text("provider"),
        _text("identifier_hash", "Of person_identifiers, where one was verified", nullable=True),
        _text("assurance", "Highest seen"),
        _moment("linked_at"),
        _moment("used_at"),
        sa.PrimaryKeyConstraint("identity_id", name="pk_person_identities"),
        sa.UniqueConstraint("account_hash", name="uq_person_identities_account_hash"),
    )
    op.create_index("ix_person_identities_person_id", "person_identities", ["person_id"])
    op.create_table(
        "sessions",
        _text("secret_hash", "SHA-256 of the cookie's value"),
        _text("session_id", "Public id, the sid"),
        _text("person_id"),
        _text("identity_id"),
        _text("assurance"),
        _moment("authenticated_at"),
        _moment("created_at"),
        _moment("seen_at"),
        _moment("expires_at", "The absolute limit"),
        _text("device", "Browser and system, in words"),
        _text("network", "Address without its last part"),
        _text("provider_hash", "Keyed hash of issuer and provider session; empty: none"),
        _text("account_hash"),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_sessions"),
        sa.UniqueConstraint("session_id", name="uq_sessions_session_id"),
    )
    for column in ("person_id", "provider_hash", "expires_at"):
        op.create_index(f"ix_sessions_{column}", "sessions", [column])
    op.create_table(
        "signin_attempts",
        _text("attempt_hash", "SHA-256 of the state"),
        _text("browser_hash", "SHA-256 of the browser's own cookie"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="The attempt, AES-256-GCM"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("attempt_hash", name="pk_signin_attempts"),
    )
    op.create_index("ix_signin_attempts_expires_at", "signin_attempts", ["expires_at"])
    op.create_table(
        "signin_letters",
        _text("reference_hash", "SHA-256 of the unguessable reference"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="What the provider delivered, AES-256-GCM"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("reference_hash", name="pk_signin_letters"),
    )
    op.create_index("ix_signin_letters_expires_at", "signin_letters", ["expires_at"])


def downgrade() -> None:
    for name in ("signin_letters", "signin_attempts", "sessions", "person_identities", "person_identifiers", "persons"):
        op.drop_table(name)
