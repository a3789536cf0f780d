"""Commercial registrations: the national economic register, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from adapters.uae.national import Document, EmiratesSystem
from adapters.uae.values import address, day, dirhams, needed, number_of, subject_of, text
from gateway.sdk import (
    Activity,
    Ask,
    BackendGarbled,
    CommercialRegistration,
    Lookup,
    Party,
    decimal,
    flags,
    fold_digits,
    has_party,
    known_nationality,
    words,
)

_STATUSES: Mapping[str, Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]] = {
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "EXPIRED": "expired",
    "CANCELLED": "cancelled",
    "UNDER_LIQUIDATION": "in_liquidation",
}
_ROLES: Mapping[str, Literal["owner", "partner", "manager"]] = {
    "OWNER": "owner",
    "PARTNER": "partner",
    "MANAGER": "manager",
}


class EmiratesCommercialRegistration(Lookup[EmiratesSystem, Document | None]):
    """By licence number one registration, by person all those in which they have a part."""

    service = "commercial-registration"

    async def fetch(self, ask: Ask) -> Document | None:
        number = ask.inputs.get("registration_number")
        if number is None:
            return await self.system.about_subject("ner/v1/parties", ask)
        wanted = quote(fold_digits(number), safe="")
        return await self.system.get(f"/ner/v1/licences/{wanted}", {}, ask)

    def normalise(self, answer: Document | None, ask: Ask) -> Sequence[CommercialRegistration]:
        if answer is None:
            return ()
        records = tuple(_registration(licence, ask) for licence in answer["licences"])
        _refuse_strangers(records, answer, ask)
        return records


def _refuse_strangers(records: Sequence[CommercialRegistration], answer: Document, ask: Ask) -> None:
    """A list of somebody else's companies, or another company than the one asked for, is not believed."""
    wanted = ask.inputs.get("registration_number")
    if wanted is not None:
        if any(record.number != fold_digits(wanted) for record in records):
            raise BackendGarbled("backend_wrong_subject")
        return
    subject_of(answer, ask)
    if not all(has_party(record, ask) for record in records):
        raise BackendGarbled("backend_wrong_subject")


def _registration(licence: Mapping[str, Any], ask: Ask) -> CommercialRegistration:
    notes: set[str] = set()
    parties = tuple(_party(party, ask, notes) for party in licence.get("parties", ()))
    return CommercialRegistration(
        source=ask.source_of(licence["registerNo"]),
        number=licence["licenceNo"],
        unified_number=words(licence.get("unifiedLicenceNo")),
        names=needed(licence, "tradeName"),
        legal_form=text(licence, "legalType"),
        legal_form_code=words(licence.get("legalTypeCode")),
        status=_STATUSES[licence["status"]],
        issued=day(licence.get("issueDate")),
        expires=day(licence.get("expiryDate")),
        capital=dirhams(licence["capital"]) if licence.get("capital") is not None else None,
        main=licence["licenceType"] == "MAIN",
        branch_of=words(licence.get("mainLicenceNo")),
        city=text(licence, "city"),
        activities=tuple(
            Activity(code=activity["activityCode"], description=needed(activity, "activity"))
            for activity in licence.get("activities", ())
        ),
        parties=parties,
        address=address(licence.get("address")),
        notes=flags(notes, *(party.identifier for party in parties)),
    )


def _party(party: Mapping[str, Any], ask: Ask, notes: set[str]) -> Party:
    number = number_of(party, ask) if party.get("idn") else None
    return Party(
        name=needed(party, "name"),
        identifier=number,
        role=_ROLES[party["role"]],
        share_percent=_share(party.get("sharePercent")),
        nationality=known_nationality(words(party.get("nationality")), notes),
    )


def _share(value: object) -> Decimal | None:
    return decimal(value) if isinstance(value, str) else None
