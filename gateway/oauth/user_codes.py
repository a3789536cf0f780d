"""What a person types to let a device in: short, without look-alikes, and read however it is typed."""

import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "BCDFHJKMNPQRTVWXY3479"
"""No vowel, so that no code is a word; none of 0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B twice, U V twice."""

LENGTH: Final = 8
"""21 to the power of 8 is 38 thousand million: whoever has five guesses a minute finds none in ten minutes."""

_GROUP: Final = 4
_LONGEST_TYPED: Final = 64


def new_user_code() -> str:
    """A fresh one, without its grouping."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """As people read it: ``BCDF-3479``."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_user_code(typed: str) -> str | None:
    """The code that was typed, or ``None`` where it cannot be one.

    Small letters, the digits of Arabic, wide forms, and whatever stands between the letters are taken as meant.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    characters = [_plain(each) for each in unicodedata.normalize("NFKC", typed).upper()]
    code = "".join(each for each in characters if each.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
