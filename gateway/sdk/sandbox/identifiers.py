"""Invented national identifiers with the form, the birth date and the check digit of each state."""

from collections.abc import Callable, Mapping
from datetime import date

from gateway.schema.country import Country
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.nationalities import NUMERIC

_KUWAIT_WEIGHTS = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def draw(dice: Dice, country: Country, birth: date, nationality: str) -> str:
    """An identifier that ``country`` could have given to somebody of that birth date and nationality."""
    return _MAKERS[country](dice, birth, nationality)


def luhn_digit(digits: str) -> str:
    """The digit that makes ``digits`` pass Luhn when it is appended."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def kuwait_digit(digits: str) -> str | None:
    """The check digit of eleven digits, or ``None`` for the serials that are never issued."""
    digit = 11 - sum(int(each) * weight for each, weight in zip(digits, _KUWAIT_WEIGHTS, strict=True)) % 11
    return str(digit) if digit < 10 else None


def _bahrain(dice: Dice, birth: date, nationality: str) -> str:
    """Year and month of birth, a serial and a check digit whose rule is not public, so any digit."""
    return f"{birth:%y%m}{dice.digits(5)}"


def _kuwait(dice: Dice, birth: date, nationality: str) -> str:
    """Century, birth date, a serial and a check digit modulo 11."""
    while True:
        digits = f"{birth.year // 100 - 17}{birth:%y%m%d}{dice.digits(4)}"
        if check := kuwait_digit(digits):
            return digits + check


def _oman(dice: Dice, birth: date, nationality: str) -> str:
    """A serial of eight digits, some with a leading zero; older cards have seven."""
    if dice.chance(0.2):
        return f"{dice.number(1, 9)}{dice.digits(6)}"
    return f"{0 if dice.chance(0.2) else dice.number(1, 9)}{dice.number(1, 9)}{dice.digits(6)}"


def _qatar(dice: Dice, birth: date, nationality: str) -> str:
    """Century, year of birth, nationality and a serial."""
    return f"{birth.year // 100 - 17}{birth:%y}{NUMERIC[nationality]}{dice.digits(5)}"


def _saudi(dice: Dice, birth: date, nationality: str) -> str:
    """1 for a citizen or 2 for a resident, a serial and a Luhn digit."""
    digits = f"{1 if nationality == 'SA' else 2}{dice.digits(8)}"
    return digits + luhn_digit(digits)


def _emirates(dice: Dice, birth: date, nationality: str) -> str:
    """784, a year that is nearly always the year of birth, a serial and a Luhn digit."""
    year = birth.year + (1 if dice.chance(0.04) else 0)
    digits = f"784{year}{dice.digits(7)}"
    return digits + luhn_digit(digits)


_MAKERS: Mapping[Country, Callable[[Dice, date, str], str]] = {
    Country.BH: _bahrain,
    Country.KW: _kuwait,
    Country.OM: _oman,
    Country.QA: _qatar,
    Country.SA: _saudi,
    Country.AE: _emirates,
}
