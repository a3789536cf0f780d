"""Money has its currency's decimals, exactly, and never passes through binary floating point."""

import json
from decimal import Decimal, localcontext
from typing import Any, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.schema import DECIMALS, Currency, Money

CURRENCIES: Final = st.sampled_from(get_args(Currency))
MINOR: Final = st.integers(-(10**15) + 1, 10**15 - 1)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("12.5", "KWD", "12.500"),
        ("12.500", "BHD", "12.500"),
        ("12", "OMR", "12.000"),
        ("12.5", "SAR", "12.50"),
        ("0", "AED", "0.00"),
        ("-3.25", "QAR", "-3.25"),
        ("-0.00", "SAR", "0.00"),
        ("12.500", "SAR", "12.50"),
    ],
)
def test_json_has_exactly_the_currencys_decimals_as_text(amount: str, currency: Currency, written: str) -> None:
    money = Money.of(amount, currency)

    assert json.loads(money.model_dump_json()) == {"amount": written, "currency": currency}
    assert str(money.amount) == written


@given(MINOR, CURRENCIES)
def test_minor_units_come_back_as_they_went_in(minor: int, currency: Currency) -> None:
    money = Money.from_minor(minor, currency)

    assert money.minor == minor
    assert -money.amount.as_tuple().exponent == DECIMALS[currency]  # type: ignore[operator]


@given(MINOR, CURRENCIES)
def test_it_comes_back_from_json_equal_and_with_the_same_hash(minor: int, currency: Currency) -> None:
    money = Money.from_minor(minor, currency)
    read = Money.model_validate_json(money.model_dump_json())

    assert read == money
    assert hash(read) == hash(money)


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(places=4), CURRENCIES)
def test_any_decimal_is_kept_exactly_or_refused(amount: Decimal, currency: Currency) -> None:
    try:
        money = Money.of(amount, currency)
    except ValueError:
        assert not amount.is_finite() or amount.adjusted() >= 15 or amount % Decimal(1).scaleb(-DECIMALS[currency])
    else:
        assert money.amount == amount


@given(st.text(), CURRENCIES)
def test_any_text_is_an_amount_or_a_value_error(text: str, currency: Currency) -> None:
    try:
        money = Money.of(text, currency)
    except ValueError:
        return
    assert money.amount == Decimal(text)


@pytest.mark.parametrize("amount", ["12.505", "0.001", "12.5055", Decimal("0.005"), Decimal("1E-20")])
def test_more_decimals_than_the_currency_has_are_refused(amount: str | Decimal) -> None:
    with pytest.raises(ValueError, match=r"decimal"):
        Money.of(amount, "SAR")


@pytest.mark.parametrize(
    "amount",
    ["NaN", "sNaN", "Infinity", "-Infinity", "1E+15", "1E+999999", "-1E+15", "1E-999999", "0E+999999"],
)
def test_infinity_no_number_and_absurd_sizes_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        Money.of(Decimal(amount), "KWD")


@pytest.mark.parametrize("amount", ["", "1e3", "١٢", " 1", "1 ", "1_000", "1,000", "+1", ".5", "5.", "0x1", "1" * 16])
def test_other_writings_of_a_number_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        Money.of(amount, "KWD")


@pytest.mark.parametrize("amount", [12.5, True, None, [], "NaN", 12])
def test_json_numbers_and_other_things_are_not_amounts(amount: Any) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate_json(json.dumps({"amount": amount, "currency": "KWD"}))


def test_floating_point_is_refused_in_code_too() -> None:
    with pytest.raises(ValueError, match="amount"):
        Money.of(0.1, "KWD")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="amount"):
        Money.of(True, "KWD")


@pytest.mark.parametrize("currency", ["USD", "kwd", "", "KW"])
def test_other_currencies_are_refused(currency: Any) -> None:
    with pytest.raises(ValidationError):
        Money(amount=Decimal(1), currency=currency)


def test_a_narrow_decimal_context_does_not_spoil_an_amount() -> None:
    with localcontext() as context:
        context.prec = 20
        money = Money.of("999999999999999.999", "KWD")

    assert money.model_dump_json() == '{"amount":"999999999999999.999","currency":"KWD"}'


def test_what_is_unknown_or_missing_is_refused_by_name() -> None:
    for document, name in (('{"amount": "1.00"}', "currency"), ('{"amount":"1.00","currency":"SAR","vat":1}', "vat")):
        with pytest.raises(ValidationError, match=name):
            Money.model_validate_json(document)
