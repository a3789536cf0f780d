"""Commercial registrations: the entries of the Ministry of Commerce and Industry, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.kuwait.answers import Inquiry
from adapters.kuwait.contracts import Fields
from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.operations import REGISTRATIONS
from adapters.kuwait.values import address, both, day, dinars, is_visitor, needed, number_of
from gateway.sdk import (
    Activity,
    Ask,
    BackendGarbled,
    CommercialRegistration,
    Country,
    IdentifierKind,
    Lookup,
    Party,
    boolean,
    decimal,
    fold_digits,
    has_party,
    known_nationality,
)

_STATUSES: Mapping[str, Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]] = {
    "1": "active",
    "2": "suspended",
    "3": "expired",
    "4": "cancelled",
    "5": "in_liquidation",
}
_ROLES: Mapping[str, Literal["owner", "partner", "manager"]] = {"1": "owner", "2": "partner", "3": "manager"}


class KuwaitCommercialRegistration(Lookup[KuwaitSystem, Inquiry]):
    """One answer is one registration, asked for by number, or all in which one person is a party."""

    service = "commercial-registration"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(REGISTRATIONS, ask, ask.inputs.get("registration_number", ""))

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[CommercialRegistration]:
        if answer.data is None:
            return ()
        found = [_registration(each, ask) for each in answer.data.each("Registrations", "Registration")]
        for registration in found:
            if not _asked_for(registration, ask):
                raise BackendGarbled("backend_wrong_subject")
        return tuple(found)


def _asked_for(registration: CommercialRegistration, ask: Ask) -> bool:
    """Whether it is the number that was asked for, or a registration that the subject is a party of."""
    if number := ask.inputs.get("registration_number"):
        return registration.number == fold_digits(number)
    return has_party(registration, ask)


def _registration(fields: Fields, ask: Ask) -> CommercialRegistration:
    notes: set[str] = set()
    number, capital = fold_digits(fields.need("CommercialRegistrationNo")), fields.text("Capital")
    main = fields.text("MainRegistrationNo")
    return CommercialRegistration(
        source=ask.source_of(number),
        number=number,
        names=needed(fields, "TradeName"),
        legal_form=both(fields, "LegalForm"),
        legal_form_code=fields.text("LegalFormCode"),
        status=_STATUSES[fields.need("StatusCode")],
        issued=day(fields.text("IssueDate")),
        expires=day(fields.text("ExpiryDate")),
        capital=dinars(capital) if capital else None,
        main=boolean(fields.need("IsMain")),
        branch_of=fold_digits(main) if main else None,
        city=both(fields, "City"),
        activities=tuple(_activity(each) for each in fields.each("Activities", "Activity")),
        parties=tuple(_party(each, ask, notes) for each in fields.each("Parties", "Party")),
        address=address(fields.part("Address")),
        notes=tuple(sorted(notes)),
    )


def _activity(fields: Fields) -> Activity:
    return Activity(code=fields.need("Code"), description=needed(fields, "Desc"))


def _party(fields: Fields, ask: Ask, notes: set[str]) -> Party:
    share, citizenship = fields.text("SharePercent"), known_nationality(fields.text("NationalityEn"), notes)
    return Party(
        name=needed(fields, "FullName"),
        # A company that is a partner has no civil number.
        identifier=number_of(fields, ask, _kind(fields, citizenship)) if fields.text("CivilID") else None,
        role=_ROLES[fields.need("RoleCode")],
        share_percent=decimal(share) if share else None,
        nationality=citizenship,
    )


def _kind(fields: Fields, citizenship: str | None) -> IdentifierKind | None:
    """A civil number is a citizen's or a resident's, by nationality where that is told."""
    if citizenship is None or is_visitor(fields):
        return None
    return IdentifierKind.national_id if citizenship == Country.KW else IdentifierKind.resident_id
