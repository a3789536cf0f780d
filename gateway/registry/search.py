"""Arabic and English words brought to the form in which they are compared."""

import re
import unicodedata
from collections.abc import Iterable

from gateway.schema.digits import fold_digits

# Vowel marks, Koranic signs and the tatweel: none of them tells words apart (Lucene's ArabicNormalizer drops them).
_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LETTERS = str.maketrans("آأإٱىةؤئکی", "اااايهويكي")
_WORD = re.compile(r"\w+")
# What may stand before an Arabic word written as one with it: "and", "in", "as", "so", "for" and the article.
_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال", "و")
# What may stand behind one: feminine, dual, plural and possessive endings, as light stemmers take them.
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_SHORTEST_STEM = 3
_LONGEST_QUERY = 200


def normalise(text: str) -> str:
    """``text`` in the form in which words are compared: never shown, only looked up.

    Presentation forms, marks, the shapes of alef, yeh, teh marbuta and hamza, digits and letter case are all
    made one.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return fold_digits(_MARKS.sub("", text)).translate(_LETTERS).casefold()


def searchable(texts: Iterable[str]) -> tuple[str, ...]:
    """Every word of the texts once, normalised, also without the article or conjunction before it."""
    words = {word for text in texts for word in _WORD.findall(normalise(text))}
    return tuple(sorted(words | {_without_prefix(word) for word in words}))


def matches(query: str, words: tuple[str, ...]) -> bool:
    """Whether the stem of each word of the query begins one of ``words``; a query without a word finds nothing."""
    wanted = [stem(word) for word in _WORD.findall(normalise(query[:_LONGEST_QUERY]))]
    return bool(wanted) and all(any(word.startswith(one) for word in words) for one in wanted)


def stem(word: str) -> str:
    """A normalised word without what is written as one with it; three letters at least are left."""
    word = _without_prefix(word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            return word[: -len(suffix)]
    return word


def _without_prefix(word: str) -> str:
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM:
            return word[len(prefix) :]
    return word
