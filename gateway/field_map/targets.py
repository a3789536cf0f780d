"""The records of the shared schema that a map can fill, each with its fields."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from gateway.field_map.kinds import Kind
from gateway.field_map.parts import (
    ACTIVITY,
    DAY,
    DETAIL,
    EMPLOYER,
    MONEY,
    NAMES,
    NATIONALITY,
    NEEDED,
    NEEDED_MONEY,
    NEEDED_WORDS,
    PLATE,
    TEXT,
    VIOLATION,
    WHOLE,
    WORDS,
    Part,
    Target,
    Values,
    address,
    identifier_target,
    many,
    one,
    one_of,
    plain_part,
)
from gateway.field_map.scope import Scope, Unfit
from gateway.schema import (
    CommercialRegistration,
    Country,
    Evidence,
    Party,
    PensionContribution,
    Person,
    Record,
    TrafficFine,
)
from gateway.sdk import flags

SOURCE_REFERENCE: Final = "source_reference"
"""The field of every record that becomes ``source.reference``."""


@cache
def record_of(kind: str, country: Country) -> Part | None:
    """The record of a kind as ``country`` fills it; ``None`` where there is no such kind."""
    make = _RECORDS.get(kind)
    return make(country) if make else None


def _record(model: type[Record], subject: str | None, fields: Mapping[str, Target]) -> Part:
    """A record; ``subject`` names the field of whose identifier the remarks belong to it."""

    def make(values: Values, scope: Scope) -> Record:
        source = scope.ask.source_of(values.pop(SOURCE_REFERENCE, None))
        who = values[subject] if subject else None
        return model(source=source, notes=flags(scope.notes, who), **values)

    return Part({SOURCE_REFERENCE: TEXT, **fields}, make)


def _person(country: Country) -> Part:
    record = _record(
        Person,
        "identifier",
        {
            "identifier": identifier_target(country, needed=True),
            "names": one(NAMES, needed=True),
            "birth_date": DAY,
            "gender": one_of(Person, "gender"),
            "nationality": NATIONALITY,
            "standing": one_of(Person, "standing", needed=True),
            "alive": Target(Kind.boolean),
            "document_expires": DAY,
            "phone": Target(Kind.phone),
            "addresses": many(address(country)),
        },
    )

    def make(values: Values, scope: Scope) -> Person:
        if (values["standing"] == "gcc_visitor") == (values["identifier"].country is country):
            raise Unfit("has a standing and a number that do not go together")
        person: Person = record.make(values, scope)
        return person

    return Part(record.fields, make)


def _fine(country: Country) -> Part:
    return _record(
        TrafficFine,
        "subject",
        {
            "reference": NEEDED,
            "subject": identifier_target(country, needed=True),
            "violation": one(VIOLATION, needed=True),
            "occurred_at": Target(Kind.moment, needed=True),
            "original_time": TEXT,
            "plate": one(PLATE),
            "amount": NEEDED_MONEY,
            "discounted": MONEY,
            "status": one_of(TrafficFine, "status", needed=True),
            "black_points": WHOLE,
            "location": WORDS,
            "authority": WORDS,
            "due": DAY,
        },
    )


def _registration(country: Country) -> Part:
    party = plain_part(
        Party,
        {
            "name": NEEDED_WORDS,
            "identifier": identifier_target(country),
            "role": one_of(Party, "role", needed=True),
            "share_percent": Target(Kind.number),
            "nationality": NATIONALITY,
        },
        key="name",
    )
    return _record(
        CommercialRegistration,
        None,
        {
            "number": NEEDED,
            "unified_number": TEXT,
            "names": NEEDED_WORDS,
            "legal_form": WORDS,
            "legal_form_code": TEXT,
            "status": one_of(CommercialRegistration, "status", needed=True),
            "issued": DAY,
            "expires": DAY,
            "capital": MONEY,
            "main": Target(Kind.boolean, needed=True),
            "branch_of": TEXT,
            "city": WORDS,
            "activities": many(ACTIVITY),
            "parties": many(party),
            "address": one(address(country)),
        },
    )


def _contribution(country: Country) -> Part:
    return _record(
        PensionContribution,
        "subject",
        {
            "subject": identifier_target(country, needed=True),
            "employer": one(EMPLOYER, needed=True),
            "period": Target(Kind.month, needed=True),
            "wage": NEEDED_MONEY,
            "employee_share": NEEDED_MONEY,
            "employer_share": NEEDED_MONEY,
            "status": one_of(PensionContribution, "status", needed=True),
            "paid_on": DAY,
            "months_credited": WHOLE,
        },
    )


def _evidence(country: Country) -> Part:
    return _record(
        Evidence,
        "subject",
        {
            "reference": NEEDED,
            "subject": identifier_target(country, needed=True),
            "title": NEEDED_WORDS,
            "status": one_of(Evidence, "status"),
            "issued": DAY,
            "valid_until": DAY,
            "issuer": WORDS,
            "details": many(DETAIL),
        },
    )


_RECORDS: Final[Mapping[str, Callable[[Country], Part]]] = {
    "person": _person,
    "traffic_fine": _fine,
    "commercial_registration": _registration,
    "pension_contribution": _contribution,
    "evidence": _evidence,
}
KINDS: Final = tuple(_RECORDS)
"""The kinds of records that a map can make."""
