"""The tables of programs and of what they were given."""

from sqlalchemy import Column, Index, Table, Text

from gateway.storage.application_tables import metadata as metadata
from gateway.storage.tables import Octets, Whole

# Moments are seconds since 1970, UTC. Secrets are kept as SHA-256; what is sealed is AES-256-GCM under the vault.

oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("agency", Text, nullable=False, comment="Who answers for it"),
    Column("standing", Text, nullable=False, comment="pending, approved or suspended"),
    Column("document", Text, nullable=False, comment="The registration, JSON"),
    Column("created_at", Whole, nullable=False),
    Column("updated_at", Whole, nullable=False),
    Index(None, "agency"),
)

oauth_requests = Table(
    "oauth_requests",
    metadata,
    Column("request_hash", Text, primary_key=True, comment="Of the handle: a request_uri, or a consent under way"),
    Column("kind", Text, nullable=False, comment="pushed or consent"),
    Column("client_id", Text, nullable=False),
    Column("sealed", Octets, nullable=False, comment="The request, sealed"),
    Column("expires_at", Whole, nullable=False),
    Index(None, "expires_at"),
)

oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("grant_id", Text, primary_key=True, comment="Random; the sid of every token that comes of it"),
    Column("client_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("session_id", Text, nullable=True, comment="The sign-in that it came of"),
    Column("sealed", Octets, nullable=False, comment="What was granted, sealed"),
    Column("created_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("revoked_at", Whole, nullable=True),
    Index(None, "person_id"),
    Index(None, "session_id"),
    Index(None, "expires_at"),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("grant_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("sealed", Octets, nullable=False, comment="Redirect address, challenge, nonce, key; sealed"),
    Column("expires_at", Whole, nullable=False),
    Column("used_at", Whole, nullable=True),
    Index(None, "expires_at"),
)

oauth_refresh_tokens = Table(
    "oauth_refresh_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("grant_id", Text, nullable=False),
    Column("confirmation", Text, nullable=False, comment="Key or certificate that it is bound to; empty: none"),
    Column("created_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("used_at", Whole, nullable=True, comment="When the next one took its place"),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

oauth_seen = Table(
    "oauth_seen",
    metadata,
    Column("seen_hash", Text, primary_key=True, comment="Of what may come once: an assertion's jti, a proof's jti"),
    Column("expires_at", Whole, nullable=False),
    Index(None, "expires_at"),
)

oauth_consents = Table(
    "oauth_consents",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("given_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("withdrawn_at", Whole, nullable=True),
)

oauth_devices = Table(
    "oauth_devices",
    metadata,
    Column("device_hash", Text, primary_key=True, comment="Of the device code"),
    Column("user_code_hash", Text, nullable=False, unique=True, comment="Keyed hash of what is typed"),
    Column("client_id", Text, nullable=False),
    Column("sealed", Octets, nullable=False, comment="What is asked for, sealed"),
    Column("standing", Text, nullable=False, comment="waiting, approved, denied or used"),
    Column("grant_id", Text, nullable=True),
    Column("polled_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Index(None, "expires_at"),
)

oauth_logouts = Table(
    "oauth_logouts",
    metadata,
    Column("logout_id", Text, primary_key=True),
    Column("client_id", Text, nullable=False, comment="Who is to be told"),
    Column("person_id", Text, nullable=False),
    Column("grant_id", Text, nullable=False, comment="The sid that the program knows the sign-in by"),
    Column("attempts", Whole, nullable=False),
    Column("due_at", Whole, nullable=False, comment="When to try next, or until when somebody is trying"),
    Column("expires_at", Whole, nullable=False, comment="When to give up"),
    Index(None, "due_at"),
)
