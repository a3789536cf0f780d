"""The tables of the registry: agencies, their people and keys, their adapters, and the mandates of partners."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from gateway.storage.operator_tables import metadata as metadata
from gateway.storage.tables import Octets, Whole

# Moments are seconds since 1970, UTC. Secrets are kept as SHA-256; what is sealed is AES-256-GCM under the vault.
# Documents are JSON. A row that workers route by carries the revision at which it changed last.

registry_clock = Table(
    "registry_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="1"),
    Column("revision", Whole, nullable=False, comment="Counts the changes that workers have to follow"),
)

registry_agencies = Table(
    "registry_agencies",
    metadata,
    Column("agency_id", Text, primary_key=True),
    Column("country", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="agency, or partner: a private one, which needs a mandate"),
    Column("standing", Text, nullable=False, comment="invited, active or suspended"),
    Column("names", Octets, nullable=False, comment="What it is called, {ar, en}"),
    Column("contact", Octets, nullable=False, comment="Whom to call; sealed"),
    Column("created_at", Whole, nullable=False),
    Column("revision", Whole, nullable=False),
    Index(None, "revision"),
)

registry_members = Table(
    "registry_members",
    metadata,
    Column("member_id", Text, primary_key=True, comment="Opaque"),
    Column("agency_id", Text, nullable=False),
    Column("person_id", Text, nullable=False, comment="Whom the national identity provider vouched for"),
    Column("role", Text, nullable=False, comment="owner, integrator or viewer"),
    Column("sealed", Octets, nullable=False, comment="The name that others of the agency know them by; sealed"),
    Column("created_at", Whole, nullable=False),
    Index(None, "agency_id", "person_id", unique=True),
    Index(None, "person_id"),
)

registry_invitations = Table(
    "registry_invitations",
    metadata,
    Column("invitation_hash", Text, primary_key=True),
    Column("agency_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("sealed", Octets, nullable=False, comment="The name of whoever is invited; sealed"),
    Column("expires_at", Whole, nullable=False),
    Column("used_at", Whole, nullable=True),
    Index(None, "agency_id"),
    Index(None, "expires_at"),
)

registry_keys = Table(
    "registry_keys",
    metadata,
    Column("agency_id", Text, nullable=False),
    Column("name", Text, nullable=False, comment="The kid of a signing key, or the name of an authority"),
    Column("kind", Text, nullable=False, comment="signing: a public JWK; authority: certificates in PEM"),
    Column("document", Octets, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("revoked_at", Whole, nullable=True),
    PrimaryKeyConstraint("agency_id", "name"),
)

registry_adapters = Table(
    "registry_adapters",
    metadata,
    Column("adapter_id", Text, primary_key=True, comment="Its name on every plate"),
    Column("agency_id", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("standing", Text, nullable=False, comment="new, open, paused or retired"),
    Column("live_version", Text, nullable=True, comment="What answers"),
    Column("former_version", Text, nullable=True, comment="What answered before it: whereto a rollback leads"),
    Column("canary_version", Text, nullable=True, comment="What is tried on a share of the calls"),
    Column("canary_share", Integer, nullable=False, comment="Of a hundred calls, so many"),
    Column("retires_at", Whole, nullable=True, comment="When it ends, where that was announced"),
    Column("retires_why", Octets, nullable=True, comment="Why it ends, {ar, en}"),
    Column("title", Octets, nullable=True, comment="What its newest version calls itself, {ar, en}"),
    Column("words", Text, nullable=True, comment="Name and title as they are searched, a blank before each word"),
    Column("created_at", Whole, nullable=False),
    Column("revision", Whole, nullable=False),
    Index(None, "revision"),
    Index(None, "agency_id", "adapter_id"),
)

registry_versions = Table(
    "registry_versions",
    metadata,
    Column("adapter_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("ordinal", Integer, nullable=False, comment="Counts the adapter's versions, from 1"),
    Column(
        "standing", Text, nullable=False, comment="draft, passed, submitted, endorsed, approved, refused or withdrawn"
    ),
    Column("digest", Text, nullable=False, comment="SHA-256 of document: what was tested and approved is this"),
    Column("document", Octets, nullable=False, comment="The submission: name plate, definitions and cases"),
    Column("plate", Octets, nullable=False, comment="The name plate alone, which is all that workers build from"),
    Column("catalogue", Octets, nullable=False, comment="What the catalogue's index takes of the definitions"),
    Column("report", Octets, nullable=True, comment="What the acceptance kit found"),
    Column("made_by", Text, nullable=False, comment="Member or program"),
    Column("made_at", Whole, nullable=False),
    Column("changed_at", Whole, nullable=False),
    PrimaryKeyConstraint("adapter_id", "version"),
    Index(None, "standing"),
)

registry_definitions = Table(
    "registry_definitions",
    metadata,
    Column("service_id", Text, primary_key=True, comment="A service that some version defines"),
    Column("adapter_id", Text, nullable=False, comment="Whose versions alone may define it"),
    Index(None, "adapter_id"),
)

registry_approvals = Table(
    "registry_approvals",
    metadata,
    Column("adapter_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("stage", Text, nullable=False, comment="national or joint"),
    Column("verdict", Text, nullable=False, comment="approved or refused"),
    Column("digest", Text, nullable=False, comment="What was judged"),
    Column("operator_id", Text, nullable=False),
    Column("reason", Octets, nullable=True, comment="Why it was refused; sealed"),
    Column("at", Whole, nullable=False),
    PrimaryKeyConstraint("adapter_id", "version", "stage"),
)

registry_secrets = Table(
    "registry_secrets",
    metadata,
    Column("adapter_id", Text, nullable=False),
    Column("environment", Text, nullable=False, comment="sandbox or live"),
    Column("name", Text, nullable=False),
    Column("sealed", Octets, nullable=False),
    Column("set_at", Whole, nullable=False),
    PrimaryKeyConstraint("adapter_id", "environment", "name"),
)

registry_events = Table(
    "registry_events",
    metadata,
    Column("adapter_id", Text, nullable=False),
    Column("number", Integer, nullable=False, comment="From 1, without gaps"),
    Column("what", Text, nullable=False),
    Column("version", Text, nullable=True),
    Column("actor", Text, nullable=False, comment="member, program, operator or gateway, and its id"),
    Column("facts", Octets, nullable=False, comment="JSON without anything personal"),
    Column("at", Whole, nullable=False),
    PrimaryKeyConstraint("adapter_id", "number"),
)

registry_mandates = Table(
    "registry_mandates",
    metadata,
    Column("mandate_id", Text, primary_key=True),
    Column("partner_id", Text, nullable=False),
    Column("agency_id", Text, nullable=False, comment="Who mandates"),
    Column("standing", Text, nullable=False, comment="proposed, active, revoked or ended"),
    Column("document", Octets, nullable=False, comment="The terms: services, states, purposes, obligations, digest"),
    Column("contact", Octets, nullable=False, comment="Of both sides; sealed"),
    Column("starts_at", Whole, nullable=False),
    Column("ends_at", Whole, nullable=False),
    Column("daily_quota", Integer, nullable=False),
    Column(
        "told",
        Integer,
        nullable=False,
        comment="The last number of days before its end that was told; 0: none",
    ),
    Column("proposed_by", Text, comment="SHA-256 of the opaque name of whoever proposed it, who cannot accept it"),
    Column("created_at", Whole, nullable=False),
    Column("revision", Whole, nullable=False),
    Index(None, "revision"),
    Index(None, "partner_id"),
    Index(None, "agency_id"),
    Index(None, "ends_at"),
)

registry_mandate_days = Table(
    "registry_mandate_days",
    metadata,
    Column("mandate_id", Text, nullable=False),
    Column("day", Text, nullable=False, comment="yyyy-mm-dd, UTC"),
    Column("taken", Integer, nullable=False, comment="Calls that workers have taken out of the day's quota"),
    PrimaryKeyConstraint("mandate_id", "day"),
)
