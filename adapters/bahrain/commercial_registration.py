"""Commercial registrations: the entries of Bahrain's register, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

from adapters.bahrain.answers import Json
from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.values import (
    address,
    count,
    day,
    fils,
    flag,
    need,
    needed_words,
    number_of,
    part,
    rows,
    text,
    words,
)
from gateway.sdk import (
    Activity,
    Ask,
    BackendGarbled,
    CommercialRegistration,
    Country,
    IdentifierKind,
    Lookup,
    NationalIdentifier,
    Party,
    fold_digits,
    known_nationality,
)

CPR_TOO_SHORT: Final = "party_cpr_too_short"
"""A party's CPR has fewer than nine digits, as one that went through a spreadsheet: it is not shown, nor mended."""

_CPR_DIGITS: Final = 9
_STATUSES: Final[Mapping[str, Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]]] = {
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "EXPIRED": "expired",
    "DELETED": "cancelled",
    "UNDER_LIQUIDATION": "in_liquidation",
}
_ROLES: Final[Mapping[str, Literal["owner", "partner", "manager"]]] = {
    "OWNER": "owner",
    "PARTNER": "partner",
    "MANAGER": "manager",
}


class BahrainCommercialRegistration(Lookup[BahrainSystem, tuple[Json, ...]]):
    """One answer is one registration, asked for by number, or all in which one person is a party."""

    service = "commercial-registration"

    async def fetch(self, ask: Ask) -> tuple[Json, ...]:
        number = _wanted(ask)
        if number is None:
            return await self.system.listed("moic", "registrations", ask)
        # What folds to nothing names no registration, and an address without a number is that of a list.
        found = await self.system.registration(number, ask) if number.strip(".") else None
        return () if found is None else (found,)

    def normalise(self, answer: tuple[Json, ...], ask: Ask) -> Sequence[CommercialRegistration]:
        return tuple(_registration(each, ask) for each in answer)


def _wanted(ask: Ask) -> str | None:
    number = ask.inputs.get("registration_number")
    return fold_digits(number).strip() if number else None


def _registration(fields: Json, ask: Ask) -> CommercialRegistration:
    notes: set[str] = set()
    number, form = fold_digits(need(fields, "cr_no")), part(fields, "legal_form")
    if not _asked_for(number, fields, ask):
        raise BackendGarbled("backend_wrong_subject")
    main = text(fields, "main_cr_no")
    parties = tuple(_party(each, ask, notes) for each in rows(fields, "parties"))
    return CommercialRegistration(
        source=ask.source_of(number),
        number=number,
        names=needed_words(fields, "trade_name"),
        legal_form=words(form, "name"),
        legal_form_code=text(form, "code"),
        status=_STATUSES[need(fields, "status")],
        issued=day(text(fields, "registration_date")),
        expires=day(text(fields, "expiry_date")),
        capital=fils(fields, "capital_fils"),
        main=flag(fields, "is_main"),
        branch_of=fold_digits(main) if main else None,
        city=words(fields, "city"),
        activities=tuple(
            Activity(code=need(each, "code"), description=needed_words(each, "name"))
            for each in rows(fields, "activities")
        ),
        parties=parties,
        address=address(part(fields, "address")),
        notes=tuple(sorted(notes)),
    )


def _asked_for(number: str, fields: Json, ask: Ask) -> bool:
    """Whether it is the number that was asked for, or a registration that the subject is a party of."""
    wanted = _wanted(ask)
    if wanted is not None:
        return number == wanted
    return any(_is_subject(party, ask) for party in rows(fields, "parties"))


def _is_subject(party: Json, ask: Ask) -> bool:
    """A CPR that lost its leading zeros still tells that the party is the one asked for, for nobody else has it."""
    subject, gulf, cpr = ask.subject, part(party, "gcc_id"), text(party, "cpr")
    if subject.country is Country.BH:
        return cpr is not None and cpr.zfill(_CPR_DIGITS) == subject.value
    return (text(gulf, "country"), text(gulf, "number")) == (subject.country.facts.alpha3, subject.value)


def _party(fields: Json, ask: Ask, notes: set[str]) -> Party:
    share, citizenship = count(fields, "share_bp"), known_nationality(text(fields, "nationality"), notes)
    return Party(
        name=needed_words(fields, "name"),
        identifier=_identifier(fields, ask, citizenship, notes),
        role=_ROLES[need(fields, "role")],
        share_percent=None if share is None else Decimal(share).scaleb(-2),
        nationality=citizenship,
    )


def _identifier(fields: Json, ask: Ask, citizenship: str | None, notes: set[str]) -> NationalIdentifier | None:
    cpr = text(fields, "cpr")
    if cpr is None and not part(fields, "gcc_id"):
        # A company that is a partner has neither.
        return None
    if cpr is not None and cpr.isascii() and cpr.isdigit() and len(cpr) < _CPR_DIGITS:
        notes.add(CPR_TOO_SHORT)
        return None
    kind = None
    if cpr is not None and citizenship is not None:
        kind = IdentifierKind.national_id if citizenship == Country.BH else IdentifierKind.resident_id
    return number_of(fields, ask, kind)
