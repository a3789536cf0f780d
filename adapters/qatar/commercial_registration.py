"""Commercial registrations: the entries of the Ministry of Commerce and Industry, in the words of the shared schema."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from adapters.qatar.answers import Inquiry
from adapters.qatar.messages import Fields
from adapters.qatar.national import QatarSystem
from adapters.qatar.operations import REGISTRATIONS
from adapters.qatar.values import address, both, day, kind_of, needed, number_of, riyals
from gateway.sdk import (
    Activity,
    Ask,
    BackendGarbled,
    CommercialRegistration,
    Lookup,
    Party,
    decimal,
    fold_digits,
    has_party,
    known_nationality,
)

NUMBERS_DISAGREE: Final = "registration_numbers_disagree"
"""A registration whose number does not begin with that of the main registration that it names."""

_NUMBER: Final = re.compile(r"([0-9]{1,9})(B[0-9]{1,4})?")
_STATUSES: Mapping[str, Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]] = {
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "EXPIRED": "expired",
    "CANCELLED": "cancelled",
    "UNDER LIQUIDATION": "in_liquidation",
}
_ROLES: Mapping[str, Literal["owner", "partner", "manager"]] = {
    "OWNER": "owner",
    "PARTNER": "partner",
    "MANAGER": "manager",
}


class QatarCommercialRegistration(Lookup[QatarSystem, Inquiry]):
    """One answer is one registration, asked for by number, or all in which one person is a party."""

    service = "commercial-registration"

    async def fetch(self, ask: Ask) -> Inquiry:
        if number := ask.inputs.get("registration_number"):
            return await self.system.registration(written(number), ask)
        return await self.system.inquire(REGISTRATIONS, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[CommercialRegistration]:
        if answer.data is None:
            return ()
        found = [_registration(each, ask) for each in answer.data.each(REGISTRATIONS.payload, "registration")]
        for registration in found:
            if not _asked_for(registration, ask):
                raise BackendGarbled("backend_wrong_subject")
        return tuple(found)


def written(number: str) -> str:
    """A number as the register writes it: ASCII digits, a capital ``B`` before that of a branch."""
    return fold_digits(number).strip().upper()


def _asked_for(registration: CommercialRegistration, ask: Ask) -> bool:
    """Whether it is the number that was asked for, or a registration that the subject is a party of."""
    if number := ask.inputs.get("registration_number"):
        return registration.number == written(number)
    return has_party(registration, ask)


def _registration(fields: Fields, ask: Ask) -> CommercialRegistration:
    notes: set[str] = set()
    number = written(fields.need_attribute("number"))
    form = fields.part("legalForm")
    main, branch_of = _branch(number, fields.text("mainNumber"), notes)
    return CommercialRegistration(
        source=ask.source_of(number),
        number=number,
        names=needed(fields, "tradeName"),
        legal_form=both(form),
        legal_form_code=form.attribute("code") if form else None,
        status=_STATUSES[fields.need("status")],
        issued=day(fields.text("issueDate")),
        expires=day(fields.text("expiryDate")),
        capital=riyals(fields, "capital"),
        main=main,
        branch_of=branch_of,
        city=both(fields.part("city")),
        activities=tuple(_activity(each) for each in fields.each("activities", "activity")),
        parties=tuple(_party(each, ask, notes) for each in fields.each("parties", "party")),
        address=address(fields.part("address")),
        notes=tuple(sorted(notes)),
    )


def _branch(number: str, told: str | None, notes: set[str]) -> tuple[bool, str | None]:
    """Whether it is a main registration, and of which one it is a branch: the suffix says it, at times a field too.

    Raises ``ValueError`` for a number of another shape.
    """
    shape = _NUMBER.fullmatch(number)
    if shape is None:
        raise ValueError("is no registration number")
    main = shape[2] is None
    named = None if told is None else written(told)
    if named is not None and named != shape[1]:
        notes.add(NUMBERS_DISAGREE)
    if main:
        return True, None if named == number else named
    return False, named or shape[1]


def _activity(fields: Fields) -> Activity:
    return Activity(code=fields.need_attribute("code"), description=needed(fields, "name"))


def _party(fields: Fields, ask: Ask, notes: set[str]) -> Party:
    # A company that is a partner has no number of a person.
    identity, share = fields.part("identity"), fields.text("share")
    return Party(
        name=needed(fields, "name"),
        identifier=number_of(identity, ask, kind_of(identity)) if identity else None,
        role=_ROLES[fields.need_attribute("role")],
        share_percent=decimal(share) if share else None,
        nationality=known_nationality(identity.text("nationality"), notes) if identity else None,
    )
