"""Working lives: in which state a citizen was insured, and when."""

from dataclasses import dataclass
from datetime import date

from gateway.schema.country import Country
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.model import SyntheticPerson
from gateway.sdk.sandbox.personas import biography_of

TODAY = date(2026, 11, 1)
"""The day on which the populations stand still; nothing in them happened later."""

LAST_MONTH = TODAY.year * 12 + TODAY.month - 2
"""The last month that is over, counted in months since the year 0 (January is 0)."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Consecutive months with one employer in one state, counted as ``LAST_MONTH`` is; both ends included."""

    country: Country
    first: int
    last: int


def career(citizen: SyntheticPerson) -> tuple[Spell, ...]:
    """The spells of one citizen, oldest first; they never overlap, and those without work have none."""
    biography = biography_of(citizen.country, citizen.identifier)
    if biography:
        moved = _month(2022, 1) if biography.still_there else _month(2024, 1)
        places = (citizen.home, biography.worked_in)
        before, after = places if biography.still_there else reversed(places)
        return Spell(before, moved - 24, moved - 1), Spell(after, moved, LAST_MONTH)
    age = TODAY.year - citizen.birth.year
    dice = Dice("career", citizen.home, citizen.identifier)
    if not (citizen.alive and 23 <= age <= 59 and dice.chance(0.7)):
        return ()
    months = min(dice.number(6, 40), (age - 21) * 12)
    at_home = Spell(citizen.home, LAST_MONTH - months + 1, LAST_MONTH)
    if age < 27 or not dice.chance(0.18):
        return (at_home,)
    host = dice.pick([state for state in Country if state is not citizen.home])
    abroad = Spell(host, at_home.first - dice.number(12, 30), at_home.first - 1)
    return abroad, at_home


def _month(year: int, month: int) -> int:
    return year * 12 + month - 1
