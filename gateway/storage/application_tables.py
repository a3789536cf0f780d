"""The tables of applications: what was applied for, what is still to be sent, and what people are told."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text

from gateway.storage.tables import Octets, Whole
from gateway.storage.tables import metadata as metadata

# Moments are microseconds since 1970, UTC. What is sealed is AES-256-GCM under the vault's key ring.

applications = Table(
    "applications",
    metadata,
    Column("application_id", Text, primary_key=True, comment="Random public id"),
    Column("person_id", Text, nullable=False, comment="The applicant, opaque"),
    Column("service", Text, nullable=False),
    Column("country", Text, nullable=False, comment="The deciding state"),
    Column("agency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("wire_reference", Text, nullable=False, unique=True, comment="What the national system knows it by"),
    Column("national_reference", Text, nullable=True),
    Column("sealed", Octets, nullable=False, comment="Applicant, inputs, purpose and language, sealed"),
    Column("standing", Octets, nullable=True, comment="The newest progress, sealed"),
    Column("status_known", SmallInteger, nullable=False, comment="0: the state's newest word is not one of the room's"),
    Column("created_at", Whole, nullable=False),
    Column("updated_at", Whole, nullable=False),
    Column("submitted_at", Whole, nullable=True),
    Column("expected_on", Text, nullable=True, comment="ISO date by the deciding state's working days"),
    Column("overdue_at", Whole, nullable=True),
    Column(
        "stopped_at",
        Whole,
        nullable=True,
        comment="Since when the term stands still, as the state waits for the applicant; null: it runs",
    ),
    Column("decided_at", Whole, nullable=True),
    Column("national_at", Whole, nullable=True, comment="The state's own moment of the newest progress"),
    Column("track_at", Whole, nullable=True, comment="When to ask next how it stands; null: not to be asked"),
    Column("track_failures", Integer, nullable=False),
    Index(None, "person_id", "created_at", "application_id"),
    Index(None, "country", "track_at"),
    Index(None, "expected_on"),
    Index(None, "agency", "status"),
    # Of drafts alone, as the migration says: saying so here loads PostgreSQL's dialect into every worker on SQLite.
    Index("ix_applications_drafts", "updated_at"),
)

application_events = Table(
    "application_events",
    metadata,
    Column("application_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="From 1, in the order of happening"),
    Column("at", Whole, nullable=False),
    Column("actor", Text, nullable=False, comment="citizen, gateway, agency or operator"),
    Column("what", Text, nullable=False, comment="status, action, delay, overdue, unknown_status or given_up"),
    Column("status", Text, nullable=False, comment="The status after it"),
    Column("detail", Octets, nullable=True, comment="What was said, sealed"),
    Column("entry_id", Text, nullable=True, comment="The ledger entry of the exchange"),
)

application_messages = Table(
    "application_messages",
    metadata,
    Column("message_id", Text, primary_key=True, comment="Random"),
    Column("application_id", Text, nullable=False),
    Column("country", Text, nullable=False, comment="The deciding state: each has deliverers of its own"),
    Column("position", Integer, nullable=False, comment="Order of delivery within the application, from 1"),
    Column("kind", Text, nullable=False, comment="submit, supply, withdraw or confirm_payment"),
    Column("sealed", Octets, nullable=True, comment="What is supplied, sealed"),
    Column("created_at", Whole, nullable=False),
    Column("due_at", Whole, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text, nullable=True, comment="Who delivers it now"),
    Column("leased_until", Whole, nullable=True),
    Column("parked_at", Whole, nullable=True, comment="Waits for an operator"),
    Column("problem", Text, nullable=True, comment="Code of the newest failure"),
    Index(None, "application_id", "position", unique=True),
    Index(None, "country", "due_at"),
    Index(None, "parked_at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key_hash", Text, primary_key=True, comment="Keyed hash of person and key"),
    Column("body_hash", Text, nullable=False, comment="Keyed hash of path and body"),
    Column("status", SmallInteger, nullable=False, comment="HTTP status of the answer"),
    Column("sealed", Octets, nullable=False, comment="The answer, sealed"),
    Column("expires_at", Whole, nullable=False),
    Index(None, "expires_at"),
)

application_attachments = Table(
    "application_attachments",
    metadata,
    Column("attachment_id", Text, primary_key=True, comment="Random"),
    Column("application_id", Text, nullable=False),
    Column("name", Text, nullable=False, comment="The service's name for it, or the state's for what it asked"),
    Column("media_type", Text, nullable=False),
    Column("size", Whole, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256, hexadecimal; empty while it arrives"),
    Column("created_at", Whole, nullable=False),
    Column("message_id", Text, nullable=True, comment="The message that delivers it; its parts go when that is done"),
    Index(None, "application_id", "name"),
)

attachment_parts = Table(
    "attachment_parts",
    metadata,
    Column("attachment_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", Octets, nullable=False, comment="At most 64 KiB, sealed"),
)

application_documents = Table(
    "application_documents",
    metadata,
    Column("application_id", Text, primary_key=True),
    Column("document_id", Text, primary_key=True, comment="The state's own id"),
    Column("country", Text, nullable=False, comment="The state that issued it"),
    Column("size", Whole, nullable=False, comment="0 until it was fetched"),
    Column("digest", Text, nullable=False, comment="SHA-256, hexadecimal; empty until it was fetched"),
    Column("signature", Text, nullable=False, comment="waiting, valid, invalid or unsigned"),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Whole, nullable=True, comment="When to fetch it; null: not any more"),
    Column("checked_at", Whole, nullable=True),
    Column("entry_id", Text, nullable=True, comment="The ledger entry that holds the digest"),
    Index(None, "country", "due_at"),
)

application_callbacks = Table(
    "application_callbacks",
    metadata,
    Column("room", Text, primary_key=True),
    Column("delivery_id", Text, primary_key=True, comment="Unique to what the national system sent"),
    Column("expires_at", Whole, nullable=False),
    Index(None, "expires_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("notice_id", Text, primary_key=True, comment="Random"),
    Column("person_id", Text, nullable=False),
    Column("application_id", Text, nullable=False),
    Column("event_number", Integer, nullable=False),
    Column("status", Text, nullable=False, comment="The status it tells of, or overdue"),
    Column("channel", Text, nullable=False, comment="portal, email, sms, whatsapp, push, webhook or agency"),
    Column("language", Text, nullable=False),
    Column("target", Octets, nullable=True, comment="Where to, sealed"),
    Column("created_at", Whole, nullable=False),
    Column("due_at", Whole, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease", Text, nullable=True),
    Column("leased_until", Whole, nullable=True),
    Column("sent_at", Whole, nullable=True),
    Column("given_up_at", Whole, nullable=True),
    Column("read_at", Whole, nullable=True),
    Index(None, "application_id", "event_number", "channel", unique=True),
    Index(None, "due_at"),
    Index(None, "person_id", "created_at"),
)

notice_choices = Table(
    "notice_choices",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("service", Text, primary_key=True, comment="Empty: every service without a choice of its own"),
    Column("channel", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("target", Octets, nullable=True, comment="Address, number or subscription, sealed"),
    Column("updated_at", Whole, nullable=False),
)
