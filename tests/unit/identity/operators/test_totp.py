"""Codes that change every thirty seconds, against the vectors of RFC 6238."""

import pytest

from gateway.identity.operators import totp

SECRET = b"12345678901234567890"
# Appendix B, SHA1: the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_the_vectors_of_the_standard_hold(now: int, code: str) -> None:
    assert totp.step_of(SECRET, code, now) == now // 30


def test_a_clock_may_differ_by_one_step_and_by_no_more() -> None:
    now, code = VECTORS[3]

    steps = [totp.step_of(SECRET, code, now + 30 * difference) for difference in (-2, -1, 0, 1, 2)]

    assert steps == [None, *[now // 30] * 3, None]


@pytest.mark.parametrize("code", ["", "28708", "2870820", "28708x", "٢٨٧٠٨٢", "287 08", "²87082", "-87082"])
def test_what_is_not_six_digits_is_no_code(code: str) -> None:
    assert totp.step_of(SECRET, code, 59) is None


def test_people_may_type_blanks() -> None:
    assert totp.step_of(SECRET, " 287 082 ", 59) == 1


def test_a_secret_is_shown_as_apps_take_it() -> None:
    assert totp.typed(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.address(SECRET, "Noura / نورة", "Bawaba") == (
        "otpauth://totp/Bawaba:Noura%20%2F%20%D9%86%D9%88%D8%B1%D8%A9"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bawaba"
    )
    assert len(totp.new_secret()) == 20
    assert totp.new_secret() != totp.new_secret()
