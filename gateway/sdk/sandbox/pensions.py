"""Invented pension contributions, month by month, under the rule that extends insurance to Gulf citizens abroad.

The rule is real: the laws of home apply, and an employer in another state pays no more than that state asks of its
own employers; the insured bears the difference. The rates, the wages and the employers' numbers are invented.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from gateway.schema.country import Country
from gateway.sdk.sandbox.careers import LAST_MONTH, Spell, career
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.model import ContributionStatus, SyntheticCompany, SyntheticContribution, SyntheticPerson
from gateway.sdk.sandbox.people import known_at_home

Rates = tuple[Decimal, Decimal]

RATES: Mapping[Country, Rates] = {
    Country.BH: (Decimal("0.080"), Decimal("0.180")),
    Country.KW: (Decimal("0.105"), Decimal("0.115")),
    Country.OM: (Decimal("0.075"), Decimal("0.125")),
    Country.QA: (Decimal("0.070"), Decimal("0.140")),
    Country.SA: (Decimal("0.095"), Decimal("0.120")),
    Country.AE: (Decimal("0.110"), Decimal("0.150")),
}
"""Invented shares of the insured wage, (employee, employer), of the order of the real ones."""

_PUBLIC_EMPLOYERS = (
    ("وزارة التربية والتعليم", "Ministry of Education"),
    ("وزارة الصحة", "Ministry of Health"),
    ("هيئة الكهرباء والماء", "Electricity and Water Authority"),
    ("بلدية العاصمة", "Capital Municipality"),
    ("هيئة النقل البري", "Land Transport Authority"),
)
_NUMBERS: Mapping[Country, tuple[str, int]] = {
    Country.BH: ("", 6), Country.KW: ("3", 9), Country.OM: ("E", 7), Country.QA: ("G", 5),
    Country.SA: ("5", 8), Country.AE: ("9", 10),
}  # fmt: skip
_WAGES: Mapping[str, tuple[int, int, int]] = {
    "BHD": (450, 2400, 25), "KWD": (700, 2700, 25), "OMR": (400, 2600, 25),
    "QAR": (9000, 42000, 500), "SAR": (5000, 32000, 250), "AED": (9000, 48000, 500),
}  # fmt: skip

Employer = tuple[str, str, str]


def contributions_of(
    country: Country, people: tuple[SyntheticPerson, ...], companies: tuple[SyntheticCompany, ...]
) -> tuple[SyntheticContribution, ...]:
    """What ``country`` holds: its citizens' contributions at home, and those of Gulf citizens who work there."""
    employers = _employers(country, companies)
    return tuple(
        contribution
        for person in people
        if person.nationality in _INSURED
        for spell in career(known_at_home(person))
        if spell.country is country
        for contribution in _months(country, person, spell, employers)
    )


def shares(wage: Decimal, home: Country, host: Country) -> tuple[Decimal, Decimal]:
    """(Employee's, employer's) share of ``wage`` for a citizen of ``home`` at work in ``host``."""
    employee, employer = RATES[home]
    capped = min(employer, RATES[host][1])
    return (wage * (employee + employer - capped)).quantize(wage), (wage * capped).quantize(wage)


def _employers(country: Country, companies: tuple[SyntheticCompany, ...]) -> list[Employer]:
    prefix, digits = _NUMBERS[country]
    dice = Dice("employers", country)
    active = [company for company in companies if company.is_main and company.status == "active"]
    named = [*_PUBLIC_EMPLOYERS, *((company.name_ar, company.name_en) for company in active)]
    return [(prefix + dice.digits(digits), arabic, english) for arabic, english in named]


def _months(
    country: Country, person: SyntheticPerson, spell: Spell, employers: list[Employer]
) -> Iterator[SyntheticContribution]:
    """One contribution a month; wages rise in January, only the last months may be due or late."""
    dice = Dice("contributions", country, person.identifier)
    number, arabic, english = dice.pick(employers[:5]) if dice.chance(0.5) else dice.pick(employers)
    low, high, step = _WAGES[country.facts.currency]
    wage = dice.money(low, high, country.facts.decimals, step)
    home, latest = Country(person.nationality), dice.weighted(_LATEST)
    employee, employer = shares(wage, home, country)
    for month in range(spell.first, spell.last + 1):
        if month % 12 == 0:
            wage += step
            employee, employer = shares(wage, home, country)
        status = latest[LAST_MONTH - month] if LAST_MONTH - month < len(latest) else "paid"
        yield SyntheticContribution(
            identifier=person.identifier,
            employer_number=number,
            employer_ar=arabic,
            employer_en=english,
            period=f"{month // 12}-{month % 12 + 1:02d}",
            wage=wage,
            employee_share=employee,
            employer_share=employer,
            status=status,
            paid_on=_paid(month, dice) if status == "paid" else None,
        )


def _paid(month: int, dice: Dice) -> date:
    """A day early in the month that follows."""
    following = month + 1
    return date(following // 12, following % 12 + 1, 1) + timedelta(days=dice.number(2, 13))


_INSURED = frozenset(country.value for country in Country)

# The states of the last months, newest first, and how many in a hundred have them.
_LATEST: tuple[tuple[tuple[ContributionStatus, ...], int], ...] = (
    (("paid",), 60),
    (("due",), 30),
    (("due", "late"), 10),
)
