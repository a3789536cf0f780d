"""Names stand in the script they came in, and are never made out of one another."""

import pytest
from pydantic import ValidationError

from gateway.schema import NameParts, Names

ARABIC = NameParts(full="فاطمة أحمد علي الكعبي", given="فاطمة", father="أحمد", grandfather="علي", family="الكعبي")
LATIN = NameParts(full="Fatima Ahmed Al Kaabi", given="Fatima", family="Al Kaabi")


@pytest.mark.parametrize("names", [Names(arabic=ARABIC), Names(latin=LATIN), Names(arabic=ARABIC, latin=LATIN)])
def test_one_script_is_enough_and_the_other_is_not_made_from_it(names: Names) -> None:
    read = Names.model_validate_json(names.model_dump_json())

    assert read == names
    assert (read.arabic is None) is (names.arabic is None)
    assert (read.latin is None) is (names.latin is None)


@pytest.mark.parametrize("document", ["{}", '{"arabic": null, "latin": null}', '{"greek": {"full": "Φ"}}'])
def test_nobody_is_without_a_name(document: str) -> None:
    with pytest.raises(ValidationError):
        Names.model_validate_json(document)


def test_a_name_is_whole_first_and_parts_are_never_guessed() -> None:
    assert NameParts(full="فاطمة الكعبي").given is None
    assert NameParts.of(full="فاطمة الكعبي") == NameParts(full="فاطمة الكعبي")
    with pytest.raises(ValidationError):
        NameParts.model_validate_json('{"given": "فاطمة"}')


def test_parts_make_the_whole_when_the_state_gives_parts_only() -> None:
    assert NameParts.of("فاطمة", "أحمد", "علي", "الكعبي") == ARABIC
    assert NameParts.of("Fatima", " ", None, "Al Kaabi", full="FATIMA AL KAABI") == NameParts(
        full="FATIMA AL KAABI", given="Fatima", family="Al Kaabi"
    )
    assert NameParts.of(" ", None, "") is None


def test_empty_parts_are_refused() -> None:
    with pytest.raises(ValidationError):
        NameParts(full="")
    with pytest.raises(ValidationError):
        NameParts(full="Fatima", family="")
