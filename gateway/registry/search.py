"""Arabic and English words brought to the form in which they are compared."""

import re
import unicodedata
from collections.abc import Iterator

from gateway.registry.word_lists import FUNCTION_WORDS, PLURALS, WHOLE
from gateway.schema.digits import fold_digits

# Vowel marks, Koranic signs and the tatweel: none of them tells words apart (Lucene's ArabicNormalizer drops them).
_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LETTERS = str.maketrans("آأإٱىةؤئکی", "اااايهويكي")
_WORD = re.compile(r"\w+")
# What may stand before an Arabic word written as one with it: the article alone, after "in", "as" and "so", what "for"
# makes of it, and "and" before any of them.
_PREFIXES = ("ال", "بال", "كال", "فال", "لل", "و")
# What may stand behind one: feminine, dual, plural and possessive endings, as light stemmers take them.
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_SHORTEST_STEM = 3
_LONGEST_QUERY = 200
_ARABIC = re.compile("[\u0621-\u064a]")
# Behind these an English plural is written with "es" and not with "s".
_HISSING = ("ses", "xes", "zes", "ches", "shes")


def normalise(text: str) -> str:
    """``text`` in the form in which words are compared: never shown, only looked up.

    Presentation forms, marks, the shapes of alef, yeh, teh marbuta and hamza, digits and letter case are all
    made one.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return fold_digits(_MARKS.sub("", text)).translate(_LETTERS).casefold()


def terms(text: str) -> Iterator[str]:
    """The words of a text as they are indexed, in their order: normalised, stemmed, without those that say nothing."""
    for word in _WORD.findall(normalise(text)):
        if word not in FUNCTION_WORDS:
            yield term(word)


def asked(query: str) -> tuple[str, ...]:
    """The words that a query asks for, each once; none where it has no word that says something."""
    return tuple(dict.fromkeys(terms(query[:_LONGEST_QUERY])))


def term(word: str) -> str:
    """What a normalised word is indexed by: its stem, a broken plural by that of its singular."""
    found = stem(word)
    return _SINGULARS.get(found, found)


def stem(word: str) -> str:
    """A normalised word without what is written as one with it; three letters at least are left."""
    return _arabic(word) if _ARABIC.search(word) else _english(word)


def _arabic(word: str) -> str:
    word = _without_prefixes(word)
    for suffix in _SUFFIXES:
        if word in WHOLE:
            break
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            word = word[: -len(suffix)]
    return word


def _without_prefixes(word: str) -> str:
    """Until none is left, so that a word has one stem with and without them, also where it begins as they do."""
    before = ""
    while word != before:
        before = word
        for prefix in _PREFIXES:
            if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM:
                word = word[len(prefix) :]
                break
    return word


def _english(word: str) -> str:
    """Plurals only; what else English puts behind a word is found by the word's beginning."""
    if len(word) <= _SHORTEST_STEM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) - 3 >= _SHORTEST_STEM:
        return word[:-3] + "y"
    if word.endswith(_HISSING) and len(word) - 2 >= _SHORTEST_STEM:
        return word[:-2]
    return word[:-1]


_SINGULARS = {stem(normalise(plural)): stem(normalise(singular)) for singular, plural in PLURALS}
