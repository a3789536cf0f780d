"""The two catalogues, read once at start, and the choice of a caller's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, cast

from babel import Locale
from babel.messages.pofile import read_po

from gateway.schema.text import Text

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, Language] = ("ar", "en")
DIRECTIONS: Mapping[Language, str] = {"ar": "rtl", "en": "ltr"}
CATALOGUES = Path(__file__).parent / "locale"

# The order in which a .po file lists plural forms, by CLDR's names for them.
_PLURAL_ORDER: Mapping[Language, tuple[str, ...]] = {
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "en": ("one", "other"),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every visible sentence by key, in Arabic and English; gaps are written ``{name}``."""

    messages: Mapping[Language, Mapping[str, tuple[str, ...]]]

    @classmethod
    def load(cls, directory: Path = CATALOGUES) -> "Catalogue":
        """Reads every ``.po`` file under ``directory/ar`` and ``directory/en``."""
        return cls({language: _read(directory / language) for language in LANGUAGES})

    def text(self, key: str, language: Language, **facts: object) -> str:
        """The sentence of ``key``; raises ``KeyError`` when no catalogue has it."""
        sentence = self.messages[language][key][0]
        return sentence.format_map(facts) if facts else sentence

    def count(self, key: str, language: Language, number: int, **facts: object) -> str:
        """The sentence of ``key`` in the plural form of ``number``, which fills ``{number}``."""
        form = _PLURAL_ORDER[language].index(Locale(language).plural_form(number))
        return self.messages[language][key][form].format_map({"number": number, **facts})

    def both(self, key: str, **facts: object) -> Text:
        """The sentence of ``key`` in both languages."""
        return Text(ar=self.text(key, "ar", **facts), en=self.text(key, "en", **facts))


@lru_cache(maxsize=256)
def negotiate(accept_language: str | None) -> Language:
    """The language that an ``Accept-Language`` header prefers (RFC 9110, 12.5.4); Arabic when it names neither."""
    best: tuple[float, Language] = (0.0, "ar")
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        if primary in LANGUAGES and (weight := _weight(parameters)) > best[0]:
            best = (weight, primary)
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@cache
def _read(directory: Path) -> Mapping[str, tuple[str, ...]]:
    sentences: dict[str, tuple[str, ...]] = {}
    for path in sorted(directory.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
                    sentences[key] = tuple(cast(str, form) for form in forms)
    return sentences
