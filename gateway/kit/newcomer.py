"""Who joins: what `bawaba adapter new` was told, and the people of its state that cases ask about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.schema.country import Country
from gateway.sdk.sandbox import Population, SyntheticPerson, personas
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.identifiers import draw


@dataclass(frozen=True, slots=True)
class Newcomer:
    """``services`` maps each service to the kind of its records, ``agencies`` to the agency that gives it.

    ``defined`` are those services that the catalogue does not have.
    """

    name: str
    country: Country
    title_ar: str
    title_en: str
    services: Mapping[str, str]
    agencies: Mapping[str, str]
    defined: frozenset[str] = frozenset()

    @property
    def words(self) -> dict[str, str]:
        """What fills the gaps of the files."""
        return {
            "name": self.name,
            "country": self.country.value,
            "title_ar": self.title_ar,
            "title_en": self.title_en,
            "dial": self.country.facts.dial,
            "currency": self.country.facts.currency,
        }


def somebody(people: Population, holds: Callable[[str], object]) -> SyntheticPerson:
    """A citizen of whom something is held, the invented persona first."""
    known = [value for persona in personas() for country, value in persona.identifiers if country is people.country]
    citizens = [person for person in people.people if person.home is people.country]
    citizens.sort(key=lambda person: known.index(person.identifier) if person.identifier in known else len(known))
    return next(person for person in citizens if holds(person.identifier))


def nobody(people: Population) -> str:
    """A good identifier of the state that nobody there has."""
    dice = Dice("kit", people.country.value)
    nationality = people.country.value
    while people.person(identifier := draw(dice, people.country, date(1990, 5, 17), nationality)) is not None:
        pass
    return identifier
