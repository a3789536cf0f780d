"""Applications: what was applied for, what is still to be sent, and what people are told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


_TABLES = (
    "applications",
    "application_events",
    "application_messages",
    "idempotency_keys",
    "application_attachments",
    "attachment_parts",
    "application_documents",
    "application_callbacks",
    "notices",
    "notice_choices",
)


def upgrade() -> None:
    _applications()
    _application_events()
    _application_messages()
    _idempotency_keys()
    _application_attachments()
    _attachment_parts()
    _application_documents()
    _application_callbacks()
    _notices()
    _notice_choices()


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)


def _text(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _octets(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable, comment=comment)


def _moment(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, comment=comment)


def _number(
    name: str, comment: str | None = None, kind: sa.Integer | None = None, *, nullable: bool = False
) -> sa.Column[int]:
    return sa.Column(name, kind or sa.Integer(), nullable=nullable, comment=comment, autoincrement=False)


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=unique)


def _applications() -> None:
    op.create_table(
        "applications",
        _text("application_id", "Random public id"),
        _text("person_id", "The applicant, opaque"),
        _text("service"),
        _text("country", "The deciding state"),
        _text("agency"),
        _text("status"),
        _text("wire_reference", "What the national system knows it by"),
        _text("national_reference", nullable=True),
        _octets("sealed", "Applicant, inputs, purpose and language, sealed"),
        _octets("standing", "The newest progress, sealed", nullable=True),
        _number("status_known", "0: the state's newest word is not one of the room's", sa.SmallInteger()),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("submitted_at", nullable=True),
        _text("expected_on", "ISO date by the deciding state's working days", nullable=True),
        _moment("overdue_at", nullable=True),
        _moment("decided_at", nullable=True),
        _moment("national_at", "The state's own moment of the newest progress", nullable=True),
        _moment("track_at", "When to ask next how it stands; null: not to be asked", nullable=True),
        _number("track_failures"),
        sa.PrimaryKeyConstraint("application_id", name="pk_applications"),
        sa.UniqueConstraint("wire_reference", name="uq_applications_wire_reference"),
    )
    _index("applications", "agency", "status")
    _index("applications", "expected_on")
    _index("applications", "person_id", "created_at", "application_id")
    _index("applications", "country", "track_at")


def _application_events() -> None:
    op.create_table(
        "application_events",
        _text("application_id"),
        _number("number", "From 1, in the order of happening"),
        _moment("at"),
        _text("actor", "citizen, gateway, agency or operator"),
        _text("what", "status, action, delay, overdue, unknown_status or given_up"),
        _text("status", "The status after it"),
        _octets("detail", "What was said, sealed", nullable=True),
        _text("entry_id", "The ledger entry of the exchange", nullable=True),
        sa.PrimaryKeyConstraint("application_id", "number", name="pk_application_events"),
    )


def _application_messages() -> None:
    op.create_table(
        "application_messages",
        _text("message_id", "Random"),
        _text("application_id"),
        _text("country", "The deciding state: each has deliverers of its own"),
        _number("position", "Order of delivery within the application, from 1"),
        _text("kind", "submit, supply, withdraw or confirm_payment"),
        _octets("sealed", "What is supplied, sealed", nullable=True),
        _moment("created_at"),
        _moment("due_at"),
        _number("attempts"),
        _text("lease", "Who delivers it now", nullable=True),
        _moment("leased_until", nullable=True),
        _moment("parked_at", "Waits for an operator", nullable=True),
        _text("problem", "Code of the newest failure", nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="pk_application_messages"),
    )
    _index("application_messages", "application_id", "position", unique=True)
    _index("application_messages", "country", "due_at")
    _index("application_messages", "parked_at")


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        _text("key_hash", "Keyed hash of person and key"),
        _text("body_hash", "Keyed hash of path and body"),
        _number("status", "HTTP status of the answer", sa.SmallInteger()),
        _octets("sealed", "The answer, sealed"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("key_hash", name="pk_idempotency_keys"),
    )
    _index("idempotency_keys", "expires_at")


def _application_attachments() -> None:
    op.create_table(
        "application_attachments",
        _text("attachment_id", "Random"),
        _text("application_id"),
        _text("name", "The service's name for it, or the state's for what it asked"),
        _text("media_type"),
        _moment("size"),
        _text("digest", "SHA-256, hexadecimal; empty while it arrives"),
        _moment("created_at"),
        _text("message_id", "The message that delivers it; its parts go when that is done", nullable=True),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_application_attachments"),
    )
    _index("application_attachments", "application_id", "name")


def _attachment_parts() -> None:
    op.create_table(
        "attachment_parts",
        _text("attachment_id"),
        _number("number"),
        _octets("sealed", "At most 64 KiB, sealed"),
        sa.PrimaryKeyConstraint("attachment_id", "number", name="pk_attachment_parts"),
    )


def _application_documents() -> None:
    op.create_table(
        "application_documents",
        _text("application_id"),
        _text("document_id", "The state's own id"),
        _text("country", "The state that issued it"),
        _moment("size", "0 until it was fetched"),
        _text("digest", "SHA-256, hexadecimal; empty until it was fetched"),
        _text("signature", "waiting, valid, invalid or unsigned"),
        _number("attempts"),
        _moment("due_at", "When to fetch it; null: not any more", nullable=True),
        _moment("checked_at", nullable=True),
        _text("entry_id", "The ledger entry that holds the digest", nullable=True),
        sa.PrimaryKeyConstraint("application_id", "document_id", name="pk_application_documents"),
    )
    _index("application_documents", "country", "due_at")


def _application_callbacks() -> None:
    op.create_table(
        "application_callbacks",
        _text("room"),
        _text("delivery_id", "Unique to what the national system sent"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("room", "delivery_id", name="pk_application_callbacks"),
    )
    _index("application_callbacks", "expires_at")


def _notices() -> None:
    op.create_table(
        "notices",
        _text("notice_id", "Random"),
        _text("person_id"),
        _text("application_id"),
        _number("event_number"),
        _text("status", "The status it tells of, or overdue"),
        _text("channel", "portal, email, sms, whatsapp, push, webhook or agency"),
        _text("language"),
        _octets("target", "Where to, sealed", nullable=True),
        _moment("created_at"),
        _moment("due_at"),
        _number("attempts"),
        _text("lease", nullable=True),
        _moment("leased_until", nullable=True),
        _moment("sent_at", nullable=True),
        _moment("given_up_at", nullable=True),
        _moment("read_at", nullable=True),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
    )
    _index("notices", "application_id", "event_number", "channel", unique=True)
    _index("notices", "due_at")
    _index("notices", "person_id", "created_at")


def _notice_choices() -> None:
    op.create_table(
        "notice_choices",
        _text("person_id"),
        _text("service", "Empty: every service without a choice of its own"),
        _text("channel"),
        _text("language"),
        _octets("target", "Address, number or subscription, sealed", nullable=True),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("person_id", "service", "channel", name="pk_notice_choices"),
    )
