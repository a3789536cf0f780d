"""What a sandbox answers from: the records of whom it is asked about, or of somebody else when told to be wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from gateway.sdk.sandbox.model import SyntheticCompany, SyntheticContribution, SyntheticFine, SyntheticPerson
from gateway.sdk.sandbox.population import Population

# Set for the length of one request, so that a wrong answer never leaks into one that is treated rightly.
_wrong: ContextVar[bool] = ContextVar("wrong", default=False)


@contextmanager
def wrongly(wrong: bool) -> Iterator[None]:
    """Makes the helpers speak of somebody else while the block runs."""
    token = _wrong.set(wrong)
    try:
        yield
    finally:
        _wrong.reset(token)


class Holdings:
    """The questions of a population, answered about somebody else inside ``wrongly``."""

    def __init__(self, population: Population) -> None:
        self.population = population

    @property
    def wrong(self) -> bool:
        """Whether the request at hand is to be answered about somebody else."""
        return _wrong.get()

    def person(self, identifier: str) -> SyntheticPerson | None:
        """Who is known under ``identifier``."""
        return _other(self.population.people, identifier) if self.wrong else self.population.person(identifier)

    def fines(self, identifier: str) -> tuple[SyntheticFine, ...]:
        """The fines of one person, newest first."""
        if self.wrong:
            return self.population.fines(_other(self.population.all_fines, identifier).identifier)
        return self.population.fines(identifier)

    def contributions(self, identifier: str) -> tuple[SyntheticContribution, ...]:
        """The contributions of one person, oldest first."""
        if self.wrong:
            return self.population.contributions(_other(self.population.all_contributions, identifier).identifier)
        return self.population.contributions(identifier)

    def companies(self, identifier: str) -> tuple[SyntheticCompany, ...]:
        """The registrations that one person owns or manages."""
        if self.wrong:
            own = set(self.population.companies(identifier))
            return (next(each for each in self.population.all_companies if each not in own),)
        return self.population.companies(identifier)

    def company(self, number: str) -> SyntheticCompany | None:
        """The registration of that number."""
        found = self.population.company(number)
        if self.wrong:
            return next(each for each in self.population.all_companies if each is not found)
        return found


class _Identified(Protocol):
    @property
    def identifier(self) -> str: ...


IdentifiedT = TypeVar("IdentifiedT", bound=_Identified)


def _other(records: tuple[IdentifiedT, ...], identifier: str) -> IdentifiedT:
    """A record about somebody else."""
    return next(record for record in records if record.identifier != identifier)
