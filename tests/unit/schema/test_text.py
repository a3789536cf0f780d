"""Words are in both languages where they are ours, in one at least where they are a state's."""

import pytest
from pydantic import ValidationError

from gateway.schema import PartialText, Text


def test_our_own_words_need_both_languages() -> None:
    assert Text(ar="سرعة", en="Speed").en == "Speed"
    with pytest.raises(ValidationError):
        Text.model_validate_json('{"en": "Speed"}')
    with pytest.raises(ValidationError):
        Text(ar="", en="Speed")


@pytest.mark.parametrize("words", ['{"ar": "سرعة"}', '{"en": "Speed"}', '{"ar": "سرعة", "en": "Speed"}'])
def test_a_states_words_need_one_language(words: str) -> None:
    text = PartialText.model_validate_json(words)

    assert PartialText.model_validate_json(text.model_dump_json()) == text


@pytest.mark.parametrize("words", ["{}", '{"ar": null, "en": null}', '{"ar": ""}', '{"fr": "vitesse"}', '{"en": 5}'])
def test_no_words_empty_words_and_other_languages_are_refused(words: str) -> None:
    with pytest.raises(ValidationError):
        PartialText.model_validate_json(words)


def test_blank_words_are_as_good_as_none() -> None:
    assert PartialText.of(ar=" سرعة ", en="  ") == PartialText(ar="سرعة")
    assert PartialText.of(en="Speed") == PartialText(en="Speed")
    assert PartialText.of(ar="", en=None) is None


def test_half_a_character_is_not_a_word() -> None:
    with pytest.raises(ValidationError):
        PartialText(en="\ud800")


def test_words_cannot_be_changed_afterwards() -> None:
    text = PartialText(en="Speed")

    with pytest.raises(ValidationError):
        text.en = "Slow"  # type: ignore[misc]
