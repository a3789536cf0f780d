"""The form, and where it is public the check digit, of the six states' national identifiers.

Each rule is given ASCII digits of the state's length and answers None or the reason of refusal, which is the
last part of a key of the catalogue (``identifier.reason.<reason>``). ``year`` is the current one.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, Literal

from gateway.schema.country import Country
from gateway.schema.nationality import ALPHA2_BY_NUMERIC

Reason = Literal[
    "length", "digits_only", "prefix", "check_digit", "month", "day", "century", "future_year", "nationality"
]

LENGTHS: Final[Mapping[Country, tuple[int, ...]]] = {
    Country.BH: (9,),
    Country.KW: (12,),
    Country.OM: (7, 8),
    Country.QA: (11,),
    Country.SA: (10,),
    Country.AE: (15,),
}
"""How many digits each state's identifier has; older Omani cards have seven."""

_KUWAITI_WEIGHTS: Final = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def judge(country: Country, digits: str, year: int) -> Reason | None:
    """Why ``digits`` cannot be an identifier of ``country``, or None when they can."""
    if not (digits.isascii() and digits.isdigit()):
        return "digits_only" if digits else "length"
    if len(digits) not in LENGTHS[country]:
        return "length"
    return _RULES[country](digits, year)


def passes_luhn(digits: str) -> bool:
    """Whether ASCII ``digits`` pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    total = sum(map(int, digits[-1::-2]))
    for digit in digits[-2::-2]:
        total += _DOUBLED[int(digit)]
    return total % 10 == 0


def passes_kuwaiti_check(digits: str) -> bool:
    """Whether the last of twelve ASCII ``digits`` is right: weighted, modulo 11; 10 and 11 are never issued."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _KUWAITI_WEIGHTS, strict=False))
    check = 11 - total % 11
    return check <= 9 and check == int(digits[11])


def _saudi(digits: str, year: int) -> Reason | None:
    if digits[0] not in "12":
        return "prefix"
    return None if passes_luhn(digits) else "check_digit"


def _emirati(digits: str, year: int) -> Reason | None:
    # The four digits after 784 need not be the year of birth, and the Luhn digit is a custom: neither refuses.
    return None if digits.startswith("784") else "prefix"


def _kuwaiti(digits: str, year: int) -> Reason | None:
    if digits[0] not in "123":
        return "century"
    born, month, day = (int(digits[0]) + 17) * 100 + int(digits[1:3]), int(digits[3:5]), int(digits[5:7])
    if not 1 <= month <= 12:
        return "month"
    try:
        date(born, month, day)
    except ValueError:
        return "day"
    if born > year:
        return "future_year"
    return None if passes_kuwaiti_check(digits) else "check_digit"


def _qatari(digits: str, year: int) -> Reason | None:
    if digits[0] not in "23":
        return "century"
    if (int(digits[0]) + 17) * 100 + int(digits[1:3]) > year:
        return "future_year"
    return None if digits[3:6] in ALPHA2_BY_NUMERIC else "nationality"


def _bahraini(digits: str, year: int) -> Reason | None:
    # Year and month of birth, serial, and a check digit whose rule is not public.
    return None if "01" <= digits[2:4] <= "12" else "month"


def _omani(digits: str, year: int) -> Reason | None:
    return None


_RULES: Final[Mapping[Country, Callable[[str, int], Reason | None]]] = {
    Country.BH: _bahraini,
    Country.KW: _kuwaiti,
    Country.OM: _omani,
    Country.QA: _qatari,
    Country.SA: _saudi,
    Country.AE: _emirati,
}
