"""Which attribute each scope of eKey's stand-in releases, and its value for a persona."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.schema.country import Country
from gateway.sdk.sandbox import Persona, SyntheticPerson, population

LIVENESS: Final = "liveness_proof"
Value = Callable[[SyntheticPerson], object]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of the consent page: what the scope releases in words, under which claim, and its value."""

    words: str
    claim: str
    value: Value


# The scopes are those of public clients; the claims and the short name id-bhr are invented.
ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "id-bhr": Attribute("Personal number (CPR)", "cpr", lambda person: person.identifier),
    "ekyc-bhr-name": Attribute("Full name", "name_en", lambda person: _full(person, latin=True)),
    "ekyc-bhr-birth": Attribute("Date of birth", "birthdate", lambda person: person.birth.isoformat()),
    "ekyc-bhr-nationality": Attribute("Nationality", "nationality", lambda person: person.nationality),
    "ekyc-bhr-contact": Attribute("Telephone", "phone_number", lambda person: person.phone),
    "ekyc-bhr-address": Attribute("Address", "address", lambda person: dict(person.address)),
    "ekyc-bhr-resident": Attribute("Residence", "residence", lambda person: person.standing),
}


def bahraini(persona: Persona) -> SyntheticPerson | None:
    """The persona as Bahrain knows it; nobody without a CPR has an eKey."""
    cpr = dict(persona.identifiers).get(Country.BH)
    return population(Country.BH).person(cpr) if cpr else None


def released(person: SyntheticPerson, scopes: Collection[str]) -> dict[str, object]:
    """The claims of the scopes that were asked for and consented to, and not one more."""
    claims = {each.claim: each.value(person) for scope, each in ATTRIBUTES.items() if scope in scopes}
    if "ekyc-bhr-name" in scopes:
        claims["name_ar"] = _full(person, latin=False)
    return claims


def _full(person: SyntheticPerson, *, latin: bool) -> str:
    name = person.latin if latin else person.arabic
    return f"{name.given} {name.father} {name.grandfather} {name.family}"
