"""The people whom each state knows: its citizens, its residents and its visitors from the other five."""

from datetime import date, timedelta
from functools import cache

from gateway.schema.country import Country
from gateway.sdk.sandbox import addresses, identifiers, names
from gateway.sdk.sandbox.careers import TODAY, career
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.model import Gender, Standing, SyntheticPerson
from gateway.sdk.sandbox.personas import Biography, biographies, biography_of

CITIZENS, RESIDENTS, VISITORS_FROM_EACH = 130, 60, 10

_RESIDENT_NATIONALITIES = (
    ("IN", 26), ("PK", 12), ("EG", 16), ("PH", 12), ("BD", 10), ("JO", 8), ("SY", 8), ("GB", 8),
)  # fmt: skip


@cache
def citizens(country: Country) -> tuple[SyntheticPerson, ...]:
    """Its own nationals, personas first; one of them has died."""
    taken: set[str] = set()
    of_personas = [_of_biography(each, country) for each in biographies() if each.persona.home is country]
    taken.update(person.identifier for person in of_personas)
    drawn = [_draw(country, "citizen", place, taken) for place in range(CITIZENS - len(of_personas))]
    return (*of_personas, *drawn)


@cache
def residents(country: Country) -> tuple[SyntheticPerson, ...]:
    """People of other nationalities who live in the state and hold its identifier; personas first."""
    taken = {person.identifier for person in citizens(country)}
    of_personas = [
        _of_biography(each, country)
        for each in biographies()
        if each.persona.home is not country and country in dict(each.persona.identifiers)
    ]
    taken.update(person.identifier for person in of_personas)
    drawn = [_draw(country, "resident", place, taken) for place in range(RESIDENTS - len(of_personas))]
    return (*of_personas, *drawn)


@cache
def visitors(country: Country) -> tuple[SyntheticPerson, ...]:
    """Citizens of the other five, known by the identifier of home: all personas, all who worked here, and more."""
    return tuple(
        _visiting(person, country) for home in Country if home is not country for person in _travellers(home, country)
    )


def known_at_home(person: SyntheticPerson) -> SyntheticPerson:
    """The record of home of a citizen of the six, wherever ``person`` is known; others are their own."""
    biography = biography_of(person.home, person.identifier)
    home, identifier = biography.persona.identifiers[0] if biography else (person.home, person.identifier)
    return next((each for each in citizens(home) if each.identifier == identifier), person)


def _travellers(home: Country, host: Country) -> list[SyntheticPerson]:
    chosen: list[SyntheticPerson] = []
    others: list[SyntheticPerson] = []
    for person in citizens(home):
        biography = biography_of(home, person.identifier)
        if biography and host in dict(biography.persona.identifiers):
            continue
        worked_here = any(spell.country is host for spell in career(person))
        (chosen if biography or worked_here else others).append(person)
    grown = [person for person in others if person.alive and person.birth < date(2005, 1, 1)]
    dice = Dice("travellers", home, host)
    return chosen + dice.several(grown, VISITORS_FROM_EACH - len(chosen))


def _visiting(person: SyntheticPerson, host: Country) -> SyntheticPerson:
    return SyntheticPerson(
        country=host,
        identifier=person.identifier,
        home=person.home,
        nationality=person.nationality,
        standing="gcc_visitor",
        arabic=person.arabic,
        latin=person.latin,
        birth=person.birth,
        gender=person.gender,
        phone=person.phone,
        address={},
        document_expires=person.document_expires,
    )


def _of_biography(biography: Biography, country: Country) -> SyntheticPerson:
    persona = biography.persona
    arabic, latin = names.named(*biography.names)
    dice = Dice("persona", persona.id, country)
    return SyntheticPerson(
        country=country,
        identifier=dict(persona.identifiers)[country],
        home=country,
        nationality=persona.nationality,
        standing="citizen" if persona.home is country else "resident",
        arabic=arabic,
        latin=latin,
        birth=biography.birth,
        gender=biography.gender,
        phone=addresses.phone(dice, country),
        address=addresses.address(dice, country),
        document_expires=dice.day(date(2028, 1, 1), date(2031, 12, 31)),
    )


def _draw(country: Country, standing: Standing, place: int, taken: set[str]) -> SyntheticPerson:
    dice = Dice("person", country, standing, str(place))
    nationality = country.value if standing == "citizen" else dice.weighted(_RESIDENT_NATIONALITIES)
    gender: Gender = "female" if dice.chance(0.46 if standing == "citizen" else 0.3) else "male"
    arabic, latin = names.draw(dice, nationality, gender)
    died = standing == "citizen" and place == 100
    birth = _birth(dice, standing, died)
    identifier = _untaken(dice, country, birth, nationality, taken)
    return SyntheticPerson(
        country=country,
        identifier=identifier,
        home=country,
        nationality=nationality,
        standing=standing,
        arabic=arabic,
        latin=latin,
        birth=birth,
        gender=gender,
        phone=addresses.phone(dice, country),
        address=addresses.address(dice, country),
        document_expires=_expiry(dice, standing, died),
        alive=not died,
    )


def _birth(dice: Dice, standing: Standing, died: bool) -> date:
    if died:
        return dice.day(date(1931, 1, 1), date(1945, 12, 31))
    if standing == "citizen" and dice.chance(0.12):
        return dice.day(date(2009, 1, 1), date(2020, 12, 31))
    return dice.day(date(1950, 1, 1) if standing == "citizen" else date(1962, 1, 1), date(2004, 12, 31))


def _expiry(dice: Dice, standing: Standing, died: bool) -> date:
    if died or dice.chance(0.06):
        return TODAY - timedelta(days=dice.number(20, 900))
    return TODAY + timedelta(days=dice.number(40, 3400 if standing == "citizen" else 720))


def _untaken(dice: Dice, country: Country, birth: date, nationality: str, taken: set[str]) -> str:
    while (identifier := identifiers.draw(dice, country, birth, nationality)) in taken:
        pass
    taken.add(identifier)
    return identifier
