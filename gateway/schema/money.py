"""An amount in one of the six currencies, with exactly the decimals that the currency has."""

import re
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import Field, PlainValidator, WithJsonSchema, field_serializer, model_validator

from gateway.schema.base import Frozen
from gateway.schema.country import DECIMALS, Currency

_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,3})?")
_QUANTA: Final = {currency: Decimal(1).scaleb(-decimals) for currency, decimals in DECIMALS.items()}
_WHOLE_DIGITS: Final = 15


def _amount(value: object) -> Decimal:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _WHOLE_DIGITS:
        return value
    raise ValueError("an amount is a decimal number below 10^15 written as text, such as 12.500")


Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,15}\.[0-9]{2,3}$", "examples": ["12.500"]}),
]


class Money(Frozen):
    """An amount of money: in JSON a string with the currency's own decimals, `12.500` for KWD, `12.50` for SAR.

    BHD, KWD and OMR have three decimals, QAR, SAR and AED two (ISO 4217). Binary floating point is refused, and
    so are more decimals than the currency has, infinity, not-a-number and amounts of 10^15 and above.
    """

    amount: Amount = Field(description="Decimal number with exactly the currency's decimals")
    currency: Currency = Field(description="ISO 4217 code")

    @model_validator(mode="after")
    def _in_its_own_decimals(self) -> Self:
        exact = _exact(self.amount, self.currency)
        # The only writing to a frozen value, before anyone has seen it: 12.5 becomes 12.500.
        self.__dict__["amount"] = exact
        return self

    @field_serializer("amount", return_type=str)
    def _written_plainly(self, amount: Decimal) -> str:
        return f"{amount:f}"

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: Currency) -> Self:
        """``amount`` in major units, as ``Decimal``, whole number or plain ASCII text such as ``"12.500"``.

        Raises ``ValueError`` when it is not a finite number below 10^15 or has more decimals than the currency.
        """
        if isinstance(amount, int) and not isinstance(amount, bool):
            amount = Decimal(amount)
        return cls(amount=_amount(amount), currency=currency)

    @classmethod
    def from_minor(cls, minor: int, currency: Currency) -> Self:
        """``minor`` fils or baisa, of which 1000 make one BHD, KWD or OMR; or fils, dirhams or halalas, 100 to one."""
        return cls.of(Decimal(minor).scaleb(-DECIMALS[currency]), currency)

    @property
    def minor(self) -> int:
        """The amount in fils, baisa, dirhams or halalas."""
        return int(self.amount.scaleb(DECIMALS[self.currency]))


def _exact(amount: Decimal, currency: Currency) -> Decimal:
    exact = amount.quantize(_QUANTA[currency])
    if exact != amount:
        raise ValueError(f"{currency} has {DECIMALS[currency]} decimals, the amount has more")
    # Adding zero leaves minus zero behind.
    return exact + 0
