"""Every refusal of an identifier has its sentence in both languages."""

import re
from pathlib import Path
from typing import Final, get_args

import pytest
from babel.messages.pofile import read_po

from gateway.schema.identifier_rules import Reason

LOCALE: Final = Path(__file__).parents[3] / "gateway" / "locale"
CODES: Final = ("identifier_format", "identifier_check_digit")
KEYS: Final = {f"identifier.reason.{reason}" for reason in get_args(Reason)} | {
    f"problem.{code}.{part}" for code in CODES for part in ("title", "detail")
}


def _sentences(language: str) -> dict[str, str]:
    with (LOCALE / language / "identifiers.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    assert str(catalogue.locale) == language
    return {str(message.id): str(message.string) for message in catalogue if message.id}


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_catalogue_has_these_keys_and_no_others(language: str) -> None:
    sentences = _sentences(language)

    assert set(sentences) == KEYS
    assert all(sentences.values())


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("code", CODES)
def test_the_detail_names_the_country_and_the_reason(language: str, code: str) -> None:
    detail = _sentences(language)[f"problem.{code}.detail"]

    assert set(re.findall(r"{(\w+)}", detail)) == {"country", "reason"}


def test_arabic_sentences_are_arabic_and_english_ones_english() -> None:
    for sentence in _sentences("ar").values():
        assert not re.search(r"[A-Za-z]", sentence.replace("{country}", "").replace("{reason}", ""))
    for sentence in _sentences("en").values():
        assert sentence.isascii()


def test_the_plural_forms_of_each_language_are_declared() -> None:
    for language, forms in (("ar", 6), ("en", 2)):
        with (LOCALE / language / "identifiers.po").open("rb") as file:
            assert read_po(file).num_plurals == forms
