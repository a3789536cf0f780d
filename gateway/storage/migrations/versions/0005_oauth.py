"""Programs, and what they were given."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


_TABLES = (
    "oauth_clients",
    "oauth_requests",
    "oauth_grants",
    "oauth_codes",
    "oauth_refresh_tokens",
    "oauth_seen",
    "oauth_consents",
    "oauth_devices",
)


def upgrade() -> None:
    _oauth_clients()
    _oauth_requests()
    _oauth_grants()
    _oauth_codes()
    _oauth_refresh_tokens()
    _oauth_seen()
    _oauth_consents()
    _oauth_devices()


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)


def _text(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _octets(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable, comment=comment)


def _moment(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, comment=comment)


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=unique)


def _oauth_clients() -> None:
    op.create_table(
        "oauth_clients",
        _text("client_id"),
        _text("agency", "Who answers for it"),
        _text("standing", "pending, approved or suspended"),
        _text("document", "The registration, JSON"),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("client_id", name="pk_oauth_clients"),
    )
    _index("oauth_clients", "agency")


def _oauth_requests() -> None:
    op.create_table(
        "oauth_requests",
        _text("request_hash", "Of the handle: a request_uri, or a consent under way"),
        _text("kind", "pushed or consent"),
        _text("client_id"),
        _octets("sealed", "The request, sealed"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("request_hash", name="pk_oauth_requests"),
    )
    _index("oauth_requests", "expires_at")


def _oauth_grants() -> None:
    op.create_table(
        "oauth_grants",
        _text("grant_id", "Random; the sid of every token that comes of it"),
        _text("client_id"),
        _text("person_id"),
        _text("session_id", "The sign-in that it came of", nullable=True),
        _octets("sealed", "What was granted, sealed"),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("grant_id", name="pk_oauth_grants"),
    )
    _index("oauth_grants", "expires_at")
    _index("oauth_grants", "person_id")
    _index("oauth_grants", "session_id")


def _oauth_codes() -> None:
    op.create_table(
        "oauth_codes",
        _text("code_hash"),
        _text("grant_id"),
        _text("client_id"),
        _octets("sealed", "Redirect address, challenge, nonce, key; sealed"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name="pk_oauth_codes"),
    )
    _index("oauth_codes", "expires_at")


def _oauth_refresh_tokens() -> None:
    op.create_table(
        "oauth_refresh_tokens",
        _text("token_hash"),
        _text("grant_id"),
        _text("confirmation", "Key or certificate that it is bound to; empty: none"),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", "When the next one took its place", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_oauth_refresh_tokens"),
    )
    _index("oauth_refresh_tokens", "expires_at")
    _index("oauth_refresh_tokens", "grant_id")


def _oauth_seen() -> None:
    op.create_table(
        "oauth_seen",
        _text("seen_hash", "Of what may come once: an assertion's jti, a proof's jti"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("seen_hash", name="pk_oauth_seen"),
    )
    _index("oauth_seen", "expires_at")


def _oauth_consents() -> None:
    op.create_table(
        "oauth_consents",
        _text("person_id"),
        _text("client_id"),
        _text("scope"),
        _text("purpose"),
        _moment("given_at"),
        _moment("expires_at"),
        _moment("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("person_id", "client_id", "scope", "purpose", name="pk_oauth_consents"),
    )


def _oauth_devices() -> None:
    op.create_table(
        "oauth_devices",
        _text("device_hash", "Of the device code"),
        _text("user_code_hash", "Keyed hash of what is typed"),
        _text("client_id"),
        _octets("sealed", "What is asked for, sealed"),
        _text("standing", "waiting, approved, denied or used"),
        _text("grant_id", nullable=True),
        _moment("polled_at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("device_hash", name="pk_oauth_devices"),
        sa.UniqueConstraint("user_code_hash", name="uq_oauth_devices_user_code_hash"),
    )
    _index("oauth_devices", "expires_at")
