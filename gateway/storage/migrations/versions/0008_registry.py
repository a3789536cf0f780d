"""Agencies that join by themselves: their adapters, in versions, and the mandates of partners."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = (
    "registry_clock",
    "registry_agencies",
    "registry_members",
    "registry_invitations",
    "registry_keys",
    "registry_adapters",
    "registry_versions",
    "registry_definitions",
    "registry_approvals",
    "registry_secrets",
    "registry_events",
    "registry_mandates",
    "registry_mandate_days",
)


def upgrade() -> None:
    op.create_table(
        "registry_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="1"),
        sa.Column(
            "revision", sa.BigInteger(), nullable=False, comment="Counts the changes that workers have to follow"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_registry_clock"),
    )
    op.create_table(
        "registry_agencies",
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="agency, or partner: a private one, which needs a mandate"
        ),
        sa.Column("standing", sa.Text(), nullable=False, comment="invited, active or suspended"),
        sa.Column("names", sa.LargeBinary(), nullable=False, comment="What it is called, {ar, en}"),
        sa.Column("contact", sa.LargeBinary(), nullable=False, comment="Whom to call; sealed"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", name="pk_registry_agencies"),
    )
    op.create_index("ix_registry_agencies_revision", "registry_agencies", ["revision"])
    op.create_table(
        "registry_members",
        sa.Column("member_id", sa.Text(), nullable=False, comment="Opaque"),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False, comment="Whom the national identity provider vouched for"),
        sa.Column("role", sa.Text(), nullable=False, comment="owner, integrator or viewer"),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="The name that others of the agency know them by; sealed",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_registry_members"),
    )
    op.create_index(
        "ix_registry_members_agency_id_person_id", "registry_members", ["agency_id", "person_id"], unique=True
    )
    op.create_index("ix_registry_members_person_id", "registry_members", ["person_id"])
    op.create_table(
        "registry_invitations",
        sa.Column("invitation_hash", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="The name of whoever is invited; sealed"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("invitation_hash", name="pk_registry_invitations"),
    )
    op.create_index("ix_registry_invitations_agency_id", "registry_invitations", ["agency_id"])
    op.create_index("ix_registry_invitations_expires_at", "registry_invitations", ["expires_at"])
    op.create_table(
        "registry_keys",
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="The kid of a signing key, or the name of an authority"),
        sa.Column("kind", sa.Text(), nullable=False, comment="signing: a public JWK; authority: certificates in PEM"),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("agency_id", "name", name="pk_registry_keys"),
    )
    op.create_table(
        "registry_adapters",
        sa.Column("adapter_id", sa.Text(), nullable=False, comment="Its name on every plate"),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False, comment="new, open, paused or retired"),
        sa.Column("live_version", sa.Text(), nullable=True, comment="What answers"),
        sa.Column(
            "former_version", sa.Text(), nullable=True, comment="What answered before it: whereto a rollback leads"
        ),
        sa.Column("canary_version", sa.Text(), nullable=True, comment="What is tried on a share of the calls"),
        sa.Column("canary_share", sa.Integer(), nullable=False, comment="Of a hundred calls, so many"),
        sa.Column("retires_at", sa.BigInteger(), nullable=True, comment="When it ends, where that was announced"),
        sa.Column("retires_why", sa.LargeBinary(), nullable=True, comment="Why it ends, {ar, en}"),
        sa.Column("title", sa.LargeBinary(), nullable=True, comment="What its newest version calls itself, {ar, en}"),
        sa.Column(
            "words", sa.Text(), nullable=True, comment="Name and title as they are searched, a blank before each word"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adapter_id", name="pk_registry_adapters"),
    )
    op.create_index("ix_registry_adapters_agency_id_adapter_id", "registry_adapters", ["agency_id", "adapter_id"])
    op.create_index("ix_registry_adapters_revision", "registry_adapters", ["revision"])
    op.create_table(
        "registry_versions",
        sa.Column("adapter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="Counts the adapter's versions, from 1"),
        sa.Column(
            "standing",
            sa.Text(),
            nullable=False,
            comment="draft, passed, submitted, endorsed, approved, refused or withdrawn",
        ),
        sa.Column(
            "digest", sa.Text(), nullable=False, comment="SHA-256 of document: what was tested and approved is this"
        ),
        sa.Column(
            "document", sa.LargeBinary(), nullable=False, comment="The submission: name plate, definitions and cases"
        ),
        sa.Column(
            "plate",
            sa.LargeBinary(),
            nullable=False,
            comment="The name plate alone, which is all that workers build from",
        ),
        sa.Column(
            "catalogue", sa.LargeBinary(), nullable=False, comment="What the catalogue's index takes of the definitions"
        ),
        sa.Column("report", sa.LargeBinary(), nullable=True, comment="What the acceptance kit found"),
        sa.Column("made_by", sa.Text(), nullable=False, comment="Member or program"),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adapter_id", "version", name="pk_registry_versions"),
    )
    op.create_index("ix_registry_versions_standing", "registry_versions", ["standing"])
    op.create_table(
        "registry_definitions",
        sa.Column("service_id", sa.Text(), nullable=False, comment="A service that some version defines"),
        sa.Column("adapter_id", sa.Text(), nullable=False, comment="Whose versions alone may define it"),
        sa.PrimaryKeyConstraint("service_id", name="pk_registry_definitions"),
    )
    op.create_index("ix_registry_definitions_adapter_id", "registry_definitions", ["adapter_id"])
    op.create_table(
        "registry_approvals",
        sa.Column("adapter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False, comment="national or joint"),
        sa.Column("verdict", sa.Text(), nullable=False, comment="approved or refused"),
        sa.Column("digest", sa.Text(), nullable=False, comment="What was judged"),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True, comment="Why it was refused; sealed"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adapter_id", "version", "stage", name="pk_registry_approvals"),
    )
    op.create_table(
        "registry_secrets",
        sa.Column("adapter_id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False, comment="sandbox or live"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adapter_id", "environment", "name", name="pk_registry_secrets"),
    )
    op.create_table(
        "registry_events",
        sa.Column("adapter_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="From 1, without gaps"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False, comment="member, program, operator or gateway, and its id"),
        sa.Column("facts", sa.LargeBinary(), nullable=False, comment="JSON without anything personal"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adapter_id", "number", name="pk_registry_events"),
    )
    op.create_table(
        "registry_mandates",
        sa.Column("mandate_id", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Text(), nullable=False, comment="Who mandates"),
        sa.Column("standing", sa.Text(), nullable=False, comment="proposed, active, revoked or ended"),
        sa.Column(
            "document",
            sa.LargeBinary(),
            nullable=False,
            comment="The terms: services, states, purposes, obligations, digest",
        ),
        sa.Column("contact", sa.LargeBinary(), nullable=False, comment="Of both sides; sealed"),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("daily_quota", sa.Integer(), nullable=False),
        sa.Column(
            "told",
            sa.Integer(),
            nullable=False,
            comment="The last number of days before its end that was told; 0: none",
        ),
        sa.Column(
            "proposed_by",
            sa.Text(),
            nullable=True,
            comment="SHA-256 of the opaque name of whoever proposed it, who cannot accept it",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mandate_id", name="pk_registry_mandates"),
    )
    op.create_index("ix_registry_mandates_agency_id", "registry_mandates", ["agency_id"])
    op.create_index("ix_registry_mandates_ends_at", "registry_mandates", ["ends_at"])
    op.create_index("ix_registry_mandates_partner_id", "registry_mandates", ["partner_id"])
    op.create_index("ix_registry_mandates_revision", "registry_mandates", ["revision"])
    op.create_table(
        "registry_mandate_days",
        sa.Column("mandate_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False, comment="yyyy-mm-dd, UTC"),
        sa.Column(
            "taken", sa.Integer(), nullable=False, comment="Calls that workers have taken out of the day's quota"
        ),
        sa.PrimaryKeyConstraint("mandate_id", "day", name="pk_registry_mandate_days"),
    )
    clock = sa.table("registry_clock", sa.column("id", sa.Integer), sa.column("revision", sa.BigInteger))
    op.bulk_insert(clock, [{"id": 1, "revision": 0}])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
