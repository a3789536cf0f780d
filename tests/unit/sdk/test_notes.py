"""What a room cannot read is left out and noted; what it can read is noted by nothing."""

from datetime import UTC, datetime

import pytest

from gateway.sdk import (
    CHECK_DIGIT_UNCONFIRMED,
    NATIONALITY_UNKNOWN,
    PHONE_UNREADABLE,
    Country,
    IdentifierKind,
    NationalIdentifier,
    flags,
    known,
    known_nationality,
    known_numeric_nationality,
    known_phone,
)

TODAY = datetime(2026, 11, 1, tzinfo=UTC).date()
MEANINGS = {"M": "male", "F": "female"}


@pytest.fixture
def notes() -> set[str]:
    return set()


@pytest.mark.parametrize(("code", "meaning"), [("M", "male"), ("F", "female"), (None, None)])
def test_a_code_on_the_list_has_its_meaning_and_none_has_none(
    code: str | None, meaning: str | None, notes: set[str]
) -> None:
    assert known(code, MEANINGS, "gender_unknown", notes) == meaning
    assert notes == set()


@pytest.mark.parametrize("code", ["m", "X", " M", "", "0"])
def test_a_code_that_is_not_on_the_list_is_noted_and_not_guessed(code: str, notes: set[str]) -> None:
    assert known(code, MEANINGS, "gender_unknown", notes) is None
    assert notes == {"gender_unknown"}


def test_a_meaning_may_be_no(notes: set[str]) -> None:
    """Somebody who is known to have died is not somebody of whom nothing is known."""
    assert known("2", {"1": True, "2": False}, "life_status_unknown", notes) is False
    assert notes == set()


@pytest.mark.parametrize(("alpha3", "alpha2"), [("KWT", "KW"), ("IND", "IN"), ("omn", "OM"), (None, None), ("", None)])
def test_a_nationality_of_three_letters_becomes_one_of_two(
    alpha3: str | None, alpha2: str | None, notes: set[str]
) -> None:
    assert known_nationality(alpha3, notes) == alpha2
    assert notes == set()


@pytest.mark.parametrize("alpha3", ["XXX", "KW", "Kuwait", "٩٩٩"])
def test_three_letters_of_nowhere_are_noted(alpha3: str, notes: set[str]) -> None:
    assert known_nationality(alpha3, notes) is None
    assert notes == {NATIONALITY_UNKNOWN}


@pytest.mark.parametrize(("numeric", "alpha2"), [("414", "KW"), ("048", "BH"), ("48", "BH"), (None, None), ("", None)])
def test_a_numeric_nationality_may_have_lost_its_zeros(
    numeric: str | None, alpha2: str | None, notes: set[str]
) -> None:
    assert known_numeric_nationality(numeric, notes) == alpha2
    assert notes == set()


@pytest.mark.parametrize("numeric", ["999", "0", "4140", "KWT"])
def test_a_number_of_nowhere_is_noted(numeric: str, notes: set[str]) -> None:
    assert known_numeric_nationality(numeric, notes) is None
    assert notes == {NATIONALITY_UNKNOWN}


@pytest.mark.parametrize(
    ("text", "number"),
    [("36001234", "+97336001234"), ("+96550001234", "+96550001234"), (None, None), ("", None)],
)
def test_a_telephone_number_is_brought_to_e164(text: str | None, number: str | None, notes: set[str]) -> None:
    assert known_phone(text, Country.BH, notes) == number
    assert notes == set()


@pytest.mark.parametrize("text", ["12", "none", "+", "3600-ABCD-99999999999"])
def test_what_is_no_telephone_number_is_noted(text: str, notes: set[str]) -> None:
    assert known_phone(text, Country.BH, notes) is None
    assert notes == {PHONE_UNREADABLE}


def test_notes_stand_in_their_order_with_those_of_the_identifiers() -> None:
    doubtful = NationalIdentifier(
        country=Country.AE,
        kind=IdentifierKind.national_id,
        value="784199110289744",
        flags=(CHECK_DIGIT_UNCONFIRMED,),
    )

    assert flags({"phone_unreadable", "dates_disagree"}) == ("dates_disagree", "phone_unreadable")
    assert flags({"phone_unreadable"}, doubtful, None) == (CHECK_DIGIT_UNCONFIRMED, "phone_unreadable")
    assert flags(set(), NationalIdentifier.parse(Country.BH, "010345570", today=TODAY)) == ()
