"""The tables of operators: who they are, what they prove it with, and where they are signed in."""

from sqlalchemy import Column, Index, Integer, Table, Text

from gateway.storage.oauth_tables import metadata as metadata
from gateway.storage.tables import Octets, Whole

# Moments are seconds since 1970, UTC. Secrets are kept as SHA-256; what is sealed is AES-256-GCM under the vault.

operators = Table(
    "operators",
    metadata,
    Column("operator_id", Text, primary_key=True, comment="Opaque; the owner of the ledger's entries"),
    Column("account_hash", Text, nullable=False, unique=True, comment="Keyed hash of issuer and subject"),
    Column("standing", Text, nullable=False, comment="active or suspended"),
    Column("sealed", Octets, nullable=False, comment="The name, as whoever invited wrote it; sealed"),
    Column("posts", Text, nullable=False, comment="The most that the provider's claim may give; empty: all of it"),
    Column("tries", Integer, nullable=False, comment="Second factors tried since tries_since"),
    Column("tries_since", Whole, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("seen_at", Whole, nullable=False, comment="The newest sign-in"),
)

operator_invitations = Table(
    "operator_invitations",
    metadata,
    Column("invitation_hash", Text, primary_key=True),
    Column("sealed", Octets, nullable=False, comment="The name of whoever is invited; sealed"),
    Column("posts", Text, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("used_at", Whole, nullable=True),
    Index(None, "expires_at"),
)

operator_factors = Table(
    "operator_factors",
    metadata,
    Column("factor_id", Text, primary_key=True, comment="Random, or the SHA-256 of a passkey's id"),
    Column("operator_id", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="totp or passkey"),
    Column("sealed", Octets, nullable=False, comment="The shared secret, or the passkey's id and public key; sealed"),
    Column("counter", Whole, nullable=False, comment="The newest step of time, or count of signatures, that was used"),
    Column("created_at", Whole, nullable=False),
    Index(None, "operator_id"),
)

operator_sessions = Table(
    "operator_sessions",
    metadata,
    Column("secret_hash", Text, primary_key=True, comment="SHA-256 of the cookie's value"),
    Column("session_id", Text, nullable=False, unique=True),
    Column("operator_id", Text, nullable=False),
    Column("posts", Text, nullable=False, comment="What the provider's claim gave at the sign-in"),
    Column("invited", Integer, nullable=False, comment="1: by an invitation, so a second factor may be enrolled"),
    Column("factor", Text, nullable=True, comment="The second factor shown; null: still to be"),
    Column("memory", Octets, nullable=True, comment="The challenge or secret of a step under way; sealed"),
    Column("begun_at", Whole, nullable=False),
    Column("seen_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False, comment="The absolute limit"),
    Index(None, "operator_id"),
    Index(None, "expires_at"),
)

operator_breaks = Table(
    "operator_breaks",
    metadata,
    Column("break_id", Text, primary_key=True),
    Column("operator_id", Text, nullable=False),
    Column("session_id", Text, nullable=False, comment="The only session that it is good for"),
    Column("role", Text, nullable=False, comment="The higher role that was taken"),
    Column("sealed", Octets, nullable=False, comment="The reason; sealed"),
    Column("begun_at", Whole, nullable=False),
    Column("ends_at", Whole, nullable=False),
    Column("acknowledged_by", Text, nullable=True, comment="The other operator who has seen it"),
    Column("acknowledged_at", Whole, nullable=True),
    Index(None, "session_id"),
    Index(None, "acknowledged_at"),
)
