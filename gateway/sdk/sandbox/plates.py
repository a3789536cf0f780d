"""Invented vehicle plates, in the form of each state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.schema.country import Country
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.model import SyntheticPerson

SAUDI_LETTERS: Mapping[str, str] = dict(
    zip("ABJDRSXTEGKLZNHUV", "أبحدرسصطعقكلمنهوى", strict=True),
)
"""The Arabic letter that stands beside each of the seventeen Latin letters on a Saudi plate."""

_EMIRATES = (
    ("Dubai", tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    ("Abu Dhabi", ("1", "4", "5", "6", "10", "11", "12", "13", "14", "15", "16", "17")),
    ("Sharjah", ("1", "2", "3")),
)


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate; what the state's plates do not have is an empty string."""

    number: str
    letters: str = ""
    category: str = ""
    issuer: str = ""


def vehicles_of(person: SyntheticPerson) -> tuple[Plate, Plate]:
    """The plates of the two vehicles that ``person`` drives, at home and as a visitor alike."""
    dice = Dice("vehicles", person.home, person.identifier)
    return _MAKERS[person.home](dice), _MAKERS[person.home](dice)


def _bahrain(dice: Dice) -> Plate:
    return Plate(str(dice.number(10_000, 699_999)), category="Private")


def _kuwait(dice: Dice) -> Plate:
    return Plate(f"{dice.number(1, 99)}/{dice.number(1000, 99_999)}", category="Private")


def _oman(dice: Dice) -> Plate:
    letters = dice.pick(("A", "B", "D", "H", "M", "R", "S", "T", "W", "Y"))
    return Plate(str(dice.number(100, 99_999)), letters + dice.pick(("", "A", "B", "W")), "Private")


def _qatar(dice: Dice) -> Plate:
    return Plate(str(dice.number(10_000, 999_999)), category="Private")


def _saudi(dice: Dice) -> Plate:
    letters = "".join(dice.pick(tuple(SAUDI_LETTERS)) for _ in range(3))
    return Plate(str(dice.number(1000, 9999)), letters, "Private")


def _emirates(dice: Dice) -> Plate:
    emirate, codes = dice.pick(_EMIRATES)
    return Plate(str(dice.number(100, 99_999)), dice.pick(codes), "Private", emirate)


_MAKERS: Mapping[Country, Callable[[Dice], Plate]] = {
    Country.BH: _bahrain,
    Country.KW: _kuwait,
    Country.OM: _oman,
    Country.QA: _qatar,
    Country.SA: _saudi,
    Country.AE: _emirates,
}
