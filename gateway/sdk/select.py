"""The last look at a room's records: about the person asked for, only what was asked for, nobody else's number."""

from collections.abc import Sequence

from gateway.errors import BackendGarbled
from gateway.schema.records import (
    AnyRecord,
    CommercialRegistration,
    Evidence,
    Party,
    PensionContribution,
    Person,
    TrafficFine,
)
from gateway.sdk.adapter import Ask


def select(records: Sequence[AnyRecord], ask: Ask) -> tuple[AnyRecord, ...]:
    """The records that the ask's filters (``since``, ``status``, ``from``, ``to``) leave, in the room's order.

    A commercial register is open to all and its parties' identifiers are not: only the asker's own stays.
    Raises ``BackendGarbled`` when one of them is about somebody else: a national system that answers for
    another person must not show that person to this one.
    """
    for record in records:
        about = _about(record)
        if about is not None and about != (ask.subject.country, ask.subject.value):
            raise BackendGarbled("backend_wrong_subject")
    if ask.inputs:
        records = [record for record in records if _wanted(record, ask)]
    return tuple(_fit(record, ask) if isinstance(record, CommercialRegistration) else record for record in records)


def _about(record: AnyRecord) -> tuple[str, str] | None:
    if isinstance(record, Person):
        return record.identifier.country, record.identifier.value
    if isinstance(record, TrafficFine | PensionContribution | Evidence):
        return record.subject.country, record.subject.value
    return None


def has_party(record: CommercialRegistration, ask: Ask) -> bool:
    """Whether the asker is among the parties of the registration."""
    return any(party.identifier and _own(party, ask) for party in record.parties)


def _fit(record: CommercialRegistration, ask: Ask) -> CommercialRegistration:
    """The registration without the identifiers of people other than the asker."""
    if all(_own(party, ask) for party in record.parties):
        return record
    parties = [party if _own(party, ask) else party.model_copy(update={"identifier": None}) for party in record.parties]
    return record.model_copy(update={"parties": tuple(parties)})


def _own(party: Party, ask: Ask) -> bool:
    """Whether the party has no identifier but the asker's."""
    known = party.identifier
    return known is None or (known.country, known.value) == (ask.subject.country, ask.subject.value)


def _wanted(record: AnyRecord, ask: Ask) -> bool:
    inputs = ask.inputs
    if isinstance(record, TrafficFine):
        since, status = inputs.get("since"), inputs.get("status", "all")
        return (since is None or record.occurred_at.date().isoformat() >= since) and status in ("all", record.status)
    if isinstance(record, PensionContribution):
        return bool(inputs.get("from", "") <= record.period <= inputs.get("to", "9999-12"))
    return True
