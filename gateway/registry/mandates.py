"""What a mandate lets a private partner do: the terms that every call of its adapters is judged by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import Row

from gateway.errors import Forbidden
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text

LONGEST_TEXT: Final = 4000
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=60)]


class MandateDocument(Frozen):
    """The terms as both sides agreed to them; ``paper`` is SHA-256 of the document that was signed, in hexadecimal."""

    services: frozenset[Name] = Field(min_length=1, max_length=100)
    states: frozenset[Country] = Field(min_length=1)
    purposes: frozenset[Name] = Field(min_length=1, max_length=20)
    obligations: Text
    paper: str = Field(pattern=r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class MandateTerms:
    """One mandate as routing needs it; moments are seconds since 1970, and the end is not within.

    ``daily_quota`` counts the calls of one day, UTC.
    """

    mandate: str
    partner: str
    agency: str
    active: bool
    services: frozenset[str]
    states: frozenset[Country]
    purposes: frozenset[str]
    starts_at: int
    ends_at: int
    daily_quota: int

    @classmethod
    def of(cls, row: Row[Any]) -> "MandateTerms":
        """The terms of a row of ``registry_mandates``; raises pydantic's ``ValidationError`` where it is none."""
        document = MandateDocument.model_validate_json(row.document)
        return cls(
            mandate=row.mandate_id,
            partner=row.partner_id,
            agency=row.agency_id,
            active=row.standing == "active",
            services=document.services,
            states=document.states,
            purposes=document.purposes,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            daily_quota=row.daily_quota,
        )

    def covers(self, agency: str, service: str, country: Country, purpose: str | None, at: float) -> bool:
        """Whether it lets the partner answer such a call, to a service of that agency, at that moment."""
        return (
            self.active
            and agency == self.agency
            and self.starts_at <= at < self.ends_at
            and service in self.services
            and country in self.states
            and purpose in self.purposes
        )


class Mandates:
    """All the mandates of the moment, by partner; a change makes another of these."""

    def __init__(self, terms: Iterable[MandateTerms]) -> None:
        found: dict[str, list[MandateTerms]] = {}
        for each in terms:
            found.setdefault(each.partner, []).append(each)
        # What ends first is used up first.
        self._of: Mapping[str, Sequence[MandateTerms]] = {
            partner: tuple(sorted(own, key=lambda each: (each.ends_at, each.mandate))) for partner, own in found.items()
        }

    def covering(
        self, partner: str, agency: str, service: str, country: Country, purpose: str | None, at: float
    ) -> Sequence[MandateTerms]:
        """The partner's mandates for such a call, one at least, by the agency whose service it is.

        Raises ``Forbidden`` (``mandate_missing``).
        """
        valid = [each for each in self._of.get(partner, ()) if each.covers(agency, service, country, purpose, at)]
        if not valid:
            raise Forbidden("mandate_missing", service=service, country=country.value)
        return valid
