"""Digits and marks of Arabic and Latin text, brought to one plain form."""

import re
from typing import Final

_ARABIC_INDIC: Final = "٠١٢٣٤٥٦٧٨٩"
_EXTENDED: Final = "۰۱۲۳۴۵۶۷۸۹"
_DIGITS: Final = str.maketrans(_ARABIC_INDIC + _EXTENDED, "0123456789" * 2)
# The Arabic decimal separator becomes a full stop and the Arabic thousands separator goes.
_NUMBER: Final = _DIGITS | {0x066B: ".", 0x066C: None}

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_BIDI_CONTROL: Final = re.compile(f"[{_BIDI}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Controls of direction, C0 and C1 controls other than white space, zero-width space, word joiner, byte order mark.
# The zero-width joiners stay: Arabic script is shaped by them.
_INVISIBLE: Final = re.compile(f"[{_BIDI}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ufff9-\ufffb]")
_WHITE_SPACE: Final = re.compile(r"\s+")


def fold_digits(text: str) -> str:
    """``text`` with Arabic-Indic (U+0660 to 0669) and extended (U+06F0 to 06F9) digits as ASCII digits."""
    return text if text.isascii() else text.translate(_DIGITS)


def fold_number(text: str) -> str:
    """``text`` with digits folded, ``٫`` (U+066B) as a full stop and ``٬`` (U+066C) left out."""
    return text if text.isascii() else text.translate(_NUMBER)


def has_bidi_controls(text: str) -> bool:
    """Whether ``text`` holds a mark, embedding, override or isolate of direction (Unicode UAX 9)."""
    return not text.isascii() and _BIDI_CONTROL.search(text) is not None


def has_lone_surrogates(text: str) -> bool:
    """Whether ``text`` holds half of a UTF-16 pair, and so is no valid Unicode text."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def strip_marks(text: str) -> str:
    """``text`` without what cannot be seen: controls of direction, other controls, zero-width space, BOM."""
    return _INVISIBLE.sub("", text)


def clean_text(text: str) -> str:
    """``text`` as words to show: no invisible marks, each run of white space one space, trimmed.

    Letters, vowel marks, digits and spelling stay as they are. Raises ``ValueError`` on lone surrogates.
    """
    if has_lone_surrogates(text):
        raise ValueError("the text is not valid Unicode: it holds a lone surrogate")
    return _WHITE_SPACE.sub(" ", strip_marks(text)).strip()
