"""Invented commercial registrations, owned and managed by people whom the state knows."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from gateway.schema.country import Country
from gateway.sdk.sandbox import addresses
from gateway.sdk.sandbox.careers import TODAY
from gateway.sdk.sandbox.dice import Dice, whole
from gateway.sdk.sandbox.model import CompanyStatus, SyntheticCompany, SyntheticPerson
from gateway.sdk.sandbox.personas import biography_of
from gateway.sdk.sandbox.trades import BRANDS, CITIES, FORMS, TRADES, Brand, Trade

COMPANIES = 48
"""Main registrations of each state, those of personas included; branches come on top."""

_STATUSES: tuple[tuple[CompanyStatus, int], ...] = (
    ("active", 74), ("suspended", 6), ("expired", 10), ("cancelled", 6), ("in_liquidation", 4),
)  # fmt: skip
_CAPITAL: Mapping[str, int] = {"BHD": 1, "KWD": 1, "OMR": 1, "QAR": 10, "SAR": 10, "AED": 10}

# Shares in per cent that sum to 100, by the number of owners.
_SHARES = (
    (("100",),),
    (("50", "50"), ("51", "49"), ("75", "25"), ("66.67", "33.33")),
    (("40", "35", "25"), ("33.34", "33.33", "33.33"), ("51", "24.5", "24.5")),
    (("25", "25", "25", "25"), ("40", "20", "20", "20")),
)


def companies_of(country: Country, people: tuple[SyntheticPerson, ...]) -> tuple[SyntheticCompany, ...]:
    """The register of ``country``; every persona at home owns one active company there, mostly with a branch."""
    adults = [person for person in people if person.alive and person.birth < date(2002, 1, 1)]
    at_home = [person for person in adults if person.nationality == country]
    personas = [person for person in at_home if biography_of(country, person.identifier)]
    register: dict[str, SyntheticCompany] = {}
    for place in range(COMPANIES):
        dice = Dice("company", country, str(place))
        founder = personas[place] if place < len(personas) else dice.pick(at_home)
        main = _main(dice, country, founder, adults, place < len(personas), register)
        register[main.number] = main
        for branch in _branches(dice, country, main, register):
            register[branch.number] = branch
    return tuple(register.values())


def _main(
    dice: Dice,
    country: Country,
    founder: SyntheticPerson,
    adults: list[SyntheticPerson],
    of_persona: bool,
    register: Mapping[str, SyntheticCompany],
) -> SyntheticCompany:
    brand, trade = _unused_name(dice, register)
    city_code, city_ar, city_en = dice.pick(CITIES[country])
    partners = dice.number(1, 4)
    code, form_ar, form_en = FORMS[country][0 if partners == 1 else dice.number(1, 2)]
    owners = [founder, *dice.several([each for each in adults if each is not founder], partners - 1)]
    shares = dice.pick(_SHARES[partners - 1])
    issued = dice.day(date(2003, 1, 1) if not of_persona else date(2021, 1, 1), date(2025, 6, 30))
    status: CompanyStatus = "active" if of_persona else dice.weighted(_STATUSES)
    return SyntheticCompany(
        number=_unused(dice, country, city_code, issued, register),
        unified_number=f"700{dice.digits(7)}" if country is Country.SA else None,
        name_ar=f"{'مؤسسة' if partners == 1 else 'شركة'} {brand[0]} {trade[3]}",
        name_en=f"{brand[1]} {trade[4]} {'Establishment' if partners == 1 else 'Company'}",
        form_ar=form_ar,
        form_en=form_en,
        form_code=code,
        status=status,
        issued=issued,
        expires=_expires(dice, status),
        capital=whole(dice.number(2, 90) * 500 * _CAPITAL[country.facts.currency], country.facts.decimals),
        is_main=True,
        main_number=None,
        city_ar=city_ar,
        city_en=city_en,
        activities=_activities(dice, country, trade),
        owners=tuple((each.identifier, Decimal(share)) for each, share in zip(owners, shares, strict=True)),
        manager=dice.pick(owners).identifier if dice.chance(0.7) else dice.pick(adults).identifier,
        address=addresses.address(dice, country, city_en),
    )


def _branches(
    dice: Dice, country: Country, main: SyntheticCompany, register: Mapping[str, SyntheticCompany]
) -> list[SyntheticCompany]:
    count = dice.weighted(((0, 60), (1, 25), (2, 15)))
    branches: list[SyntheticCompany] = []
    for place in range(1, count + 1):
        city_code, city_ar, city_en = dice.pick(CITIES[country])
        opened = min(main.issued + timedelta(days=dice.number(100, 900)), TODAY - timedelta(days=30))
        numbers = {**register, main.number: main} | {branch.number: branch for branch in branches}
        branches.append(
            replace(
                main,
                number=_branch_number(country, main.number, place)
                or _unused(dice, country, city_code, opened, numbers),
                name_ar=f"فرع {main.name_ar}",
                name_en=f"{main.name_en}, {city_en} branch",
                issued=opened,
                is_main=False,
                main_number=main.number,
                city_ar=city_ar,
                city_en=city_en,
                address=addresses.address(dice, country, city_en),
            )
        )
    return branches


def _expires(dice: Dice, status: CompanyStatus) -> date:
    if status in ("expired", "cancelled"):
        return TODAY - timedelta(days=dice.number(30, 700))
    return TODAY + timedelta(days=dice.number(60, 1000))


def _activities(dice: Dice, country: Country, trade: Trade) -> tuple[tuple[str, str, str], ...]:
    others = dice.several([each for each in TRADES if each is not trade], dice.number(0, 2))
    suffix = {Country.SA: "11", Country.AE: "01", Country.OM: "-1"}.get(country, "")
    return tuple((code + suffix, arabic, english) for code, arabic, english, _, _ in (trade, *others))


def _unused_name(dice: Dice, register: Mapping[str, SyntheticCompany]) -> tuple[Brand, Trade]:
    while True:
        brand, trade = dice.pick(BRANDS), dice.pick(TRADES)
        if not any(company.name_en.startswith(f"{brand[1]} {trade[4]} ") for company in register.values()):
            return brand, trade


def _unused(
    dice: Dice, country: Country, city_code: str, issued: date, register: Mapping[str, SyntheticCompany]
) -> str:
    while (number := _NUMBERS[country](dice, city_code, issued)) in register:
        pass
    return number


def _branch_number(country: Country, main_number: str, place: int) -> str | None:
    """The number of a branch where it is made from that of the main registration, else ``None``."""
    if country is Country.BH:
        return f"{main_number.partition('-')[0]}-{place + 1}"
    if country is Country.QA:
        return f"{main_number}B{place}"
    return None


# By state: BH NNNNN-B, KW XXXXX/YYYY, OM seven digits, QA a serial, SA office code and serial, AE office and licence.
_NUMBERS: Mapping[Country, Callable[[Dice, str, date], str]] = {
    Country.BH: lambda dice, office, issued: f"{dice.number(10_000, 99_999)}-1",
    Country.KW: lambda dice, office, issued: f"{dice.number(10_000, 99_999)}/{issued.year}",
    Country.OM: lambda dice, office, issued: str(dice.number(1_000_000, 1_999_999)),
    Country.QA: lambda dice, office, issued: str(dice.number(10_000, 199_999)),
    Country.SA: lambda dice, office, issued: f"{office}{dice.digits(6)}",
    Country.AE: lambda dice, office, issued: f"{office}-{dice.number(500_000, 1_499_999)}",
}
