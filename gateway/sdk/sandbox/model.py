"""What a synthetic population is made of: people, fines, companies and contributions, all invented."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from gateway.schema.country import Country

Gender = Literal["male", "female"]
Standing = Literal["citizen", "resident", "gcc_visitor"]
FineStatus = Literal["unpaid", "paid", "disputed", "cancelled"]
CompanyStatus = Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]
ContributionStatus = Literal["paid", "due", "late"]


@dataclass(frozen=True, slots=True)
class SyntheticName:
    """A name in one script; a part that the person's naming custom does not have is an empty string."""

    given: str
    father: str
    grandfather: str
    family: str

    @property
    def full(self) -> str:
        """The parts that are there, in the order in which they are said."""
        return " ".join(part for part in (self.given, self.father, self.grandfather, self.family) if part)


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """Somebody whom the state ``country`` knows under ``identifier``.

    ``home`` is the state that issued the identifier: the holding state itself, except for a ``gcc_visitor``, who
    is known by the identifier of home. ``address`` holds the holding state's locators under the names of the
    shared schema, with the Arabic of each word under ``<locator>_ar``; it is empty for a visitor, who has no
    address in the state. ``phone`` is E.164 and belongs to the state of residence.
    """

    country: Country
    identifier: str
    home: Country
    nationality: str
    standing: Standing
    arabic: SyntheticName
    latin: SyntheticName
    birth: date
    gender: Gender
    phone: str
    address: dict[str, str] = field(hash=False)
    document_expires: date
    alive: bool = True


@dataclass(frozen=True, slots=True)
class SyntheticFine:
    """A traffic violation; ``amount`` and ``discounted`` are in the currency of the state that fined.

    ``plate_country`` is where the vehicle is registered: a visitor drives a vehicle from home. ``plate_letters``,
    ``plate_category`` and ``plate_issuer`` are empty where that state's plates have none. ``black_points`` is
    ``None`` in states that do not count them.
    """

    reference: str
    identifier: str
    plate_number: str
    plate_letters: str
    plate_category: str
    violation_code: str
    violation_ar: str
    violation_en: str
    occurred_at: datetime
    amount: Decimal
    status: FineStatus
    black_points: int | None
    location_ar: str
    location_en: str
    authority_ar: str
    authority_en: str
    plate_country: Country
    plate_issuer: str
    discounted: Decimal | None
    due: date | None


@dataclass(frozen=True, slots=True)
class SyntheticCompany:
    """A commercial registration; ``owners`` pairs identifiers with shares in per cent that sum to 100.

    ``unified_number`` and ``main_number`` (of a branch) are ``None`` where there is none.
    """

    number: str
    unified_number: str | None
    name_ar: str
    name_en: str
    form_ar: str
    form_en: str
    form_code: str
    status: CompanyStatus
    issued: date
    expires: date
    capital: Decimal
    is_main: bool
    main_number: str | None
    city_ar: str
    city_en: str
    activities: tuple[tuple[str, str, str], ...]
    owners: tuple[tuple[str, Decimal], ...]
    manager: str
    address: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SyntheticContribution:
    """One month of pension insurance with one employer, in the currency of the state that holds it."""

    identifier: str
    employer_number: str
    employer_ar: str
    employer_en: str
    period: str
    wage: Decimal
    employee_share: Decimal
    employer_share: Decimal
    status: ContributionStatus
    paid_on: date | None
