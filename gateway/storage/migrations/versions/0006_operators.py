"""Operators, their second factors and their sessions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


_TABLES = ("operators", "operator_invitations", "operator_factors", "operator_sessions", "operator_breaks")


def upgrade() -> None:
    _operators()
    _operator_invitations()
    _operator_factors()
    _operator_sessions()
    _operator_breaks()


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)


def _text(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _octets(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable, comment=comment)


def _number(name: str, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, comment=comment)


def _moment(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, comment=comment)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=False)


def _operators() -> None:
    op.create_table(
        "operators",
        _text("operator_id", "Opaque; the owner of the ledger's entries"),
        _text("account_hash", "Keyed hash of issuer and subject"),
        _text("standing", "active or suspended"),
        _octets("sealed", "The name, as whoever invited wrote it; sealed"),
        _text("posts", "The most that the provider's claim may give; empty: all of it"),
        _number("tries", "Second factors tried since tries_since"),
        _moment("tries_since"),
        _moment("created_at"),
        _moment("seen_at", "The newest sign-in"),
        sa.PrimaryKeyConstraint("operator_id", name="pk_operators"),
        sa.UniqueConstraint("account_hash", name="uq_operators_account_hash"),
    )


def _operator_invitations() -> None:
    op.create_table(
        "operator_invitations",
        _text("invitation_hash"),
        _octets("sealed", "The name of whoever is invited; sealed"),
        _text("posts"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("invitation_hash", name="pk_operator_invitations"),
    )
    _index("operator_invitations", "expires_at")


def _operator_factors() -> None:
    op.create_table(
        "operator_factors",
        _text("factor_id", "Random, or the SHA-256 of a passkey's id"),
        _text("operator_id"),
        _text("kind", "totp or passkey"),
        _octets("sealed", "The shared secret, or the passkey's id and public key; sealed"),
        _moment("counter", "The newest step of time, or count of signatures, that was used"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("factor_id", name="pk_operator_factors"),
    )
    _index("operator_factors", "operator_id")


def _operator_sessions() -> None:
    op.create_table(
        "operator_sessions",
        _text("secret_hash", "SHA-256 of the cookie's value"),
        _text("session_id"),
        _text("operator_id"),
        _text("posts", "What the provider's claim gave at the sign-in"),
        _number("invited", "1: by an invitation, so a second factor may be enrolled"),
        _text("factor", "The second factor shown; null: still to be", nullable=True),
        _octets("memory", "The challenge or secret of a step under way; sealed", nullable=True),
        _moment("begun_at"),
        _moment("seen_at"),
        _moment("expires_at", "The absolute limit"),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_operator_sessions"),
        sa.UniqueConstraint("session_id", name="uq_operator_sessions_session_id"),
    )
    _index("operator_sessions", "operator_id")
    _index("operator_sessions", "expires_at")


def _operator_breaks() -> None:
    op.create_table(
        "operator_breaks",
        _text("break_id"),
        _text("operator_id"),
        _text("session_id", "The only session that it is good for"),
        _text("role", "The higher role that was taken"),
        _octets("sealed", "The reason; sealed"),
        _moment("begun_at"),
        _moment("ends_at"),
        _text("acknowledged_by", "The other operator who has seen it", nullable=True),
        _moment("acknowledged_at", nullable=True),
        sa.PrimaryKeyConstraint("break_id", name="pk_operator_breaks"),
    )
    _index("operator_breaks", "session_id")
    _index("operator_breaks", "acknowledged_at")
