"""The two catalogues say the same things, all of them, and nothing that nobody asks for."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from tests.check.keys import Uses, find_uses

LANGUAGES = ("ar", "en")
PLURAL_FORMS = {"ar": 6, "en": 2}
NUMBER = "number"
_ARABIC = re.compile(r"[\u0621-\u064a]")
_LATIN = re.compile(r"[A-Za-z]")
_BIDI_CONTROLS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MSGID = re.compile(r'^msgid "(.+)"$')


@dataclass(frozen=True)
class Sentence:
    """One message of one catalogue; more than one form when it counts."""

    key: str
    forms: tuple[str, ...]
    counts: bool
    where: str

    @property
    def gaps(self) -> set[str]:
        """The names between braces, over all forms."""
        return {name for form in self.forms for name in gaps(form)}


Catalogues = Mapping[str, Mapping[str, Sentence]]


def findings(root: Path) -> Iterator[str]:
    """Everything that is wrong with the catalogues of the checkout at ``root``."""
    directory = root / "gateway" / "locale"
    yield from repeated_keys(directory)
    catalogues = read_catalogues(directory)
    yield from compare(catalogues)
    yield from repeated_sentences(catalogues)
    yield from match(set(catalogues["en"]) | set(catalogues["ar"]), find_uses(root))


def read_catalogues(directory: Path) -> Catalogues:
    """Every sentence by language and key."""
    return {language: _read(directory / language) for language in LANGUAGES}


def compare(catalogues: Catalogues) -> Iterator[str]:
    """Keys that one language lacks, and sentences that are empty or do not match their other half."""
    arabic, english = catalogues["ar"], catalogues["en"]
    for key in sorted(arabic.keys() ^ english.keys()):
        yield f"{key}: is missing in {'en' if key in arabic else 'ar'}"
    for key in sorted(arabic.keys() & english.keys()):
        pair = {"ar": arabic[key], "en": english[key]}
        for language, sentence in pair.items():
            yield from (f"{sentence.where}: {key}: {problem}" for problem in judge(language, sentence))
        yield from (f"{pair['ar'].where}: {key}: {problem}" for problem in judge_pair(pair["ar"], pair["en"]))


def judge(language: str, sentence: Sentence) -> Iterator[str]:
    """What is wrong with one sentence by itself."""
    if not all(form.strip() for form in sentence.forms):
        yield "is empty"
    if sentence.counts and len(sentence.forms) != PLURAL_FORMS[language]:
        yield f"has {len(sentence.forms)} plural forms of {PLURAL_FORMS[language]}"
    if any(_BIDI_CONTROLS.search(form) for form in sentence.forms):
        yield "has invisible direction marks; the page isolates what needs it"
    try:
        unnamed = {name for name in sentence.gaps if not name.isidentifier()}
    except ValueError:
        yield "has a brace that opens or closes nothing"
    else:
        yield from (f"has a gap without a plain name: {{{name}}}" for name in sorted(unnamed))


def judge_pair(arabic: Sentence, english: Sentence) -> Iterator[str]:
    """What is wrong between the two languages."""
    if arabic.counts != english.counts:
        yield "counts in one language only"
    try:
        if differing := (arabic.gaps ^ english.gaps) - {NUMBER}:
            yield f"the gaps differ: {', '.join(sorted(differing))}"
        words = [_LATIN.search(without_gaps(form)) for form in english.forms]
        letters = [_ARABIC.search(form) for form in arabic.forms]
    except ValueError:
        return
    if any(words) and not all(letters):
        yield "has no Arabic letters"


def repeated_keys(directory: Path) -> Iterator[str]:
    """Keys that one language has twice, in one file or in two."""
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for path in sorted((directory / language).glob("*.po")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if found := _MSGID.match(line):
                    where = f"{language}/{path.name}:{number}"
                    if found[1] in seen:
                        yield f"{where}: {found[1]} stands in {seen[found[1]]} too"
                    seen.setdefault(found[1], where)


def repeated_sentences(catalogues: Catalogues) -> Iterator[str]:
    """Pairs of keys that say the same in both languages: one would do."""
    by_words: dict[tuple[Sequence[str], Sequence[str]], list[str]] = defaultdict(list)
    for key in catalogues["ar"].keys() & catalogues["en"].keys():
        by_words[catalogues["ar"][key].forms, catalogues["en"][key].forms].append(key)
    for keys in by_words.values():
        if len(keys) > 1:
            yield f"{', '.join(sorted(keys))}: say the same in both languages"


def match(known: set[str], uses: Uses) -> Iterator[str]:
    """Keys that are asked for and stand nowhere, and keys that nobody asks for."""
    for key, where in sorted(uses.asked.items()):
        if key not in known:
            yield f"{where}: asks for {key}, which is in no catalogue"
    for pattern, where in sorted(uses.asked_patterns.items()):
        if not any(re.fullmatch(pattern, key) for key in known):
            yield f"{where}: asks for keys like {pattern}, and no catalogue has one"
    for key in sorted(known):
        if not uses.mentions(key):
            yield f"{key}: is never used"


def gaps(form: str) -> set[str]:
    """The names between braces; raises ``ValueError`` when a brace stands alone."""
    return {name for _, name, _, _ in Formatter().parse(form) if name is not None}


def without_gaps(form: str) -> str:
    """The words of a sentence alone."""
    return "".join(literal for literal, _, _, _ in Formatter().parse(form))


def _read(directory: Path) -> dict[str, Sentence]:
    sentences = {}
    for path in sorted(directory.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id:
                    counts = not isinstance(message.id, str)
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    forms = (message.string,) if isinstance(message.string, str | None) else message.string
                    where = f"{directory.name}/{path.name}:{message.lineno}"
                    sentences[key] = Sentence(key, tuple(form or "" for form in forms), counts, where)
    return sentences
