"""One state's synthetic population: who is known there and what is held about them, ready to be asked.

Everything is invented and comes out the same on every machine. Any likeness to a person, a company or a number that
exists is chance.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol, TypeVar

from gateway.schema.country import Country
from gateway.sdk.sandbox.companies import companies_of
from gateway.sdk.sandbox.fines import fines_of
from gateway.sdk.sandbox.model import SyntheticCompany, SyntheticContribution, SyntheticFine, SyntheticPerson
from gateway.sdk.sandbox.pensions import contributions_of
from gateway.sdk.sandbox.people import citizens, residents, visitors


class Population:
    """People, fines, companies and contributions of one state; every question is one look into an index."""

    def __init__(
        self,
        country: Country,
        people: tuple[SyntheticPerson, ...],
        fines: tuple[SyntheticFine, ...],
        companies: tuple[SyntheticCompany, ...],
        contributions: tuple[SyntheticContribution, ...],
    ) -> None:
        self.country = country
        self.people = people
        self.all_fines = fines
        self.all_companies = companies
        self.all_contributions = contributions
        self._people = {person.identifier: person for person in people}
        self._fines = _by_identifier(fines)
        self._contributions = _by_identifier(contributions)
        unified = {each.unified_number: each for each in companies if each.is_main and each.unified_number}
        self._companies = {**unified, **{company.number: company for company in companies}}
        self._parties = _by_party(companies)

    def person(self, identifier: str) -> SyntheticPerson | None:
        """Who is known here under ``identifier``: the state's own, or that of a visitor's home."""
        return self._people.get(identifier)

    def fines(self, identifier: str) -> tuple[SyntheticFine, ...]:
        """The fines of one person, newest first."""
        return self._fines.get(identifier, ())

    def companies(self, identifier: str) -> tuple[SyntheticCompany, ...]:
        """The registrations that one person owns or manages, a main one before its branches."""
        return self._parties.get(identifier, ())

    def company(self, number: str) -> SyntheticCompany | None:
        """The registration of that number; in Saudi Arabia the unified number finds the main one too."""
        return self._companies.get(number)

    def contributions(self, identifier: str) -> tuple[SyntheticContribution, ...]:
        """The contributions of one person, oldest first, no month left out of a spell."""
        return self._contributions.get(identifier, ())


@cache
def population(country: Country) -> Population:
    """The population of ``country``, made once and then shared."""
    people = (*citizens(country), *residents(country), *visitors(country))
    companies = companies_of(country, people)
    return Population(
        country, people, fines_of(country, people), companies, contributions_of(country, people, companies)
    )


class _Owned(Protocol):
    @property
    def identifier(self) -> str: ...


OwnedT = TypeVar("OwnedT", bound=_Owned)


def _by_identifier(records: Iterable[OwnedT]) -> Mapping[str, tuple[OwnedT, ...]]:
    found: dict[str, list[OwnedT]] = {}
    for record in records:
        found.setdefault(record.identifier, []).append(record)
    return {identifier: tuple(records) for identifier, records in found.items()}


def _by_party(companies: Iterable[SyntheticCompany]) -> Mapping[str, tuple[SyntheticCompany, ...]]:
    found: dict[str, list[SyntheticCompany]] = {}
    for company in companies:
        for identifier in dict.fromkeys([*(owner for owner, _ in company.owners), company.manager]):
            found.setdefault(identifier, []).append(company)
    return {identifier: tuple(companies) for identifier, companies in found.items()}
