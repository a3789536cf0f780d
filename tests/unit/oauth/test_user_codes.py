"""What is typed to let a device in is read however it is typed, and cannot be mistaken."""

import pytest

from gateway.oauth.user_codes import ALPHABET, LENGTH, grouped, new_user_code, read_user_code


@pytest.mark.parametrize(
    "typed",
    [
        "BCDF-3479",
        "bcdf3479",
        " b c d f – 3 4 7 9 ",
        "BCDF‑٣٤٧٩",
        "bcdf-۳۴۷۹",
        "ＢＣＤＦ－３４７９",
        "\u200eBCDF-3479\u200e",
        "BCDF_3479",
        "BCDF.3479\r\n",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_user_code(typed) == "BCDF3479"


@pytest.mark.parametrize(
    "typed",
    ["", "BCDF", "BCDF-347", "BCDF-34799", "BCDF-347A", "BCDF-3470", "BCDF-347ب", "BCDF-347ß", "B" * 65, "-" * 200],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_user_code(typed) is None


def test_a_code_has_no_look_alikes_and_no_vowels() -> None:
    for alike in ("0OQ", "1IL", "2Z", "5S", "6G", "8B", "UV", "AEIOUaeiou"):
        assert len(set(alike) & set(ALPHABET)) <= 1
    assert not set("AEIOU") & set(ALPHABET)


def test_a_fresh_code_comes_back_as_it_is_shown() -> None:
    codes = {new_user_code() for _ in range(500)}

    assert len(codes) == 500
    assert {len(code) for code in codes} == {LENGTH}
    assert all(read_user_code(grouped(code)) == code for code in codes)
    assert grouped("BCDF3479") == "BCDF-3479"
