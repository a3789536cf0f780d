"""Every column that the vault seals and that stays: what must be sealed anew before an old key may go."""

from typing import Final

from gateway.agencies import contexts
from gateway.identity.resealing import SealedColumn
from gateway.registry.secrets import secret_context
from gateway.storage.application_tables import (
    application_events,
    application_messages,
    applications,
    attachment_parts,
    idempotency_keys,
    notice_choices,
    notices,
)
from gateway.storage.oauth_tables import oauth_grants
from gateway.storage.operator_tables import operator_breaks, operator_factors, operator_invitations, operators
from gateway.storage.registry_tables import (
    registry_agencies,
    registry_approvals,
    registry_invitations,
    registry_mandates,
    registry_members,
    registry_secrets,
)

SEALED_COLUMNS: Final = (
    SealedColumn(applications, "sealed", lambda row: f"application {row.application_id}"),
    SealedColumn(applications, "standing", lambda row: f"standing {row.application_id}"),
    SealedColumn(application_events, "detail", lambda row: f"event {row.application_id} {row.number}"),
    SealedColumn(application_messages, "sealed", lambda row: f"message {row.message_id}"),
    SealedColumn(attachment_parts, "sealed", lambda row: f"attachment {row.attachment_id} {row.number}"),
    SealedColumn(idempotency_keys, "sealed", lambda row: f"idempotency {row.key_hash}"),
    SealedColumn(notices, "target", lambda row: f"notice {row.notice_id}"),
    SealedColumn(operators, "sealed", lambda row: f"operator {row.operator_id}"),
    SealedColumn(operator_invitations, "sealed", lambda row: f"operator invitation {row.invitation_hash}"),
    SealedColumn(operator_factors, "sealed", lambda row: f"operator factor {row.factor_id}"),
    SealedColumn(operator_breaks, "sealed", lambda row: f"operator break {row.break_id}"),
    SealedColumn(notice_choices, "target", lambda row: f"notice choice {row.person_id} {row.service} {row.channel}"),
    SealedColumn(registry_agencies, "contact", lambda row: contexts.of_contact(row.agency_id)),
    SealedColumn(registry_members, "sealed", lambda row: contexts.of_member(row.member_id)),
    SealedColumn(registry_invitations, "sealed", lambda row: contexts.of_invitation(row.invitation_hash)),
    SealedColumn(registry_secrets, "sealed", lambda row: secret_context(row.adapter_id, row.environment, row.name)),
    SealedColumn(registry_approvals, "reason", lambda row: contexts.of_reason(row.adapter_id, row.version, row.stage)),
    SealedColumn(registry_mandates, "contact", lambda row: contexts.of_parties(row.mandate_id)),
    SealedColumn(oauth_grants, "sealed", lambda row: f"grant {row.grant_id}"),
)
"""Identifiers are the business of ``People``; what is under way is over before a key goes."""
