"""Values of people replaced by invented ones of the same form, the same each time within one recording."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gateway.schema.country import Country
from gateway.schema.digits import fold_digits
from gateway.sdk.sandbox import Population
from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.identifiers import draw

_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)
_ARABIC: Final = re.compile(r"[\u0621-\u064a]")
# Days are moved to one that is nobody's, in the order in which they are written.
_DAYS: Final[Mapping[re.Pattern[str], str]] = {
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"): "1990-05-17",
    re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}"): "17/05/1990",
    re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}"): "17-05-1990",
    re.compile(r"[0-9]{8}"): "19900517",
}
_ARABIC_DIGITS: Final = "٠١٢٣٤٥٦٧٨٩"


@dataclass
class Synthesis:
    """What stands for what; drawn anew for each recording, so that nobody can reckon back."""

    people: Population
    salt: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    known: dict[str, str] = field(default_factory=dict, repr=False)

    def pair(self, real: str, synthetic: str) -> None:
        """Lets ``synthetic`` stand for ``real`` from now on, also where it is written in Arabic digits."""
        self.known[real] = synthetic
        self.known[_arabic(real)] = _arabic(synthetic)

    def identifier(self, country: Country, real: str) -> str:
        """A good identifier of the same state; whoever has it is invented."""
        if real not in self.known:
            dice = Dice(self.salt, country.value, real)
            self.pair(real, draw(dice, country, date(1990, 5, 17), country.value))
        return self.known[real]

    def digits(self, text: str) -> str:
        """The text with other digits, a first zero and what stands before a telephone number kept."""
        if text not in self.known:
            dice, kept = Dice(self.salt, "digits", text), 4 if text.startswith(("+", "00")) else 0
            self.known[text] = text[:kept] + "".join(_other_digit(dice, sign) for sign in text[kept:])
        return self.known[text]

    def words(self, text: str) -> str:
        """The text with every word replaced by a name of the same script, and every digit by another."""
        return "".join(_digit_by(self, part) for part in re.split(r"(\d+)", _WORD.sub(self._name, text)))

    def day(self, text: str) -> str | None:
        """A day written in the same way, ``None`` where the way is not known."""
        written = fold_digits(text)
        for pattern, day in _DAYS.items():
            if found := pattern.match(written):
                rest = text[found.end() :]
                return (day if written == text else _arabic(day)) + re.sub(r"[0-9]", "0", rest) if rest else day
        return None

    def inside(self, text: str) -> str:
        """The text with whatever is known to stand for something else replaced, the longest first."""
        for real in sorted(self.known, key=len, reverse=True):
            if len(real) > 3:
                text = text.replace(real, self.known[real])
        return text

    def _name(self, word: re.Match[str]) -> str:
        real = word[0]
        if real not in self.known:
            person = Dice(self.salt, "name", real).pick(self.people.people)
            name = person.arabic if _ARABIC.search(real) else person.latin
            chosen = (name.given or name.full).split()[0]
            self.known[real] = chosen.upper() if real.isupper() and len(real) > 1 else chosen
        return self.known[real]


def _digit_by(synthesis: Synthesis, part: str) -> str:
    return synthesis.digits(part) if part.isdigit() else part


def _other_digit(dice: Dice, sign: str) -> str:
    if not sign.isdigit():
        return sign
    drawn = dice.number(1, 9)
    return str(drawn) if sign.isascii() else _ARABIC_DIGITS[drawn]


def _arabic(text: str) -> str:
    return "".join(_ARABIC_DIGITS[int(sign)] if sign.isascii() and sign.isdigit() else sign for sign in text)
