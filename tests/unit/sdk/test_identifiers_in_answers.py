"""A wrong identifier in a national answer is the national system's fault, never the caller's."""

from datetime import date

import pytest

from gateway.errors import BawabaError
from gateway.sdk import Country, IdentifierKind, identifier

TODAY = date(2026, 11, 24)


def test_an_identifier_in_an_answer_is_read_as_the_state_writes_it() -> None:
    """Digits are folded and separators go, as everywhere."""
    found = identifier(Country.SA, "١٠٠٠٠٠٠٠١٦", today=TODAY)

    assert (found.country, found.kind, found.value) == (Country.SA, IdentifierKind.national_id, "1000000016")


def test_the_kind_that_the_answer_tells_is_kept() -> None:
    """Outside Saudi Arabia the number itself does not say whose it is."""
    found = identifier(Country.KW, "280010100004", today=TODAY, kind=IdentifierKind.resident_id)

    assert found.kind is IdentifierKind.resident_id


@pytest.mark.parametrize("text", ["1000000017", "3000000004", "", "not a number"])
def test_a_wrong_identifier_in_an_answer_is_a_plain_value_error(text: str) -> None:
    """An ``InvalidIdentifier`` would tell the caller to mend what only the national system can."""
    with pytest.raises(ValueError, match="no identifier of that state") as caught:
        identifier(Country.SA, text, today=TODAY)

    assert not isinstance(caught.value, BawabaError)
