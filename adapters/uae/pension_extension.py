"""The insurance protection extension: what the General Pension and Social Security Authority is told."""

from decimal import Decimal
from typing import Final

from adapters.uae.applications import EmiratesProcedure
from adapters.uae.national import Document
from gateway.sdk import Order

_SECTORS: Final = {
    "public": "GOVERNMENT",
    "private": "PRIVATE",
    "military": "MILITARY",
    "self_employed": "SELF-EMPLOYED",
}
_FILS: Final = Decimal("0.01")


class EmiratesPensionExtension(EmiratesProcedure):
    """The salary is written with two decimals; one that has more is sent as it is, for the authority to judge."""

    service = "pension-extension"
    authority = "gpssa"
    code = "GPSSA-EXT"

    def data(self, order: Order) -> Document:
        inputs = order.inputs
        return {
            "employerNo": inputs["employer_number"],
            "employerName": inputs["employer_name"],
            "joiningDate": inputs["employment_start"],
            "contributionSalary": _dirhams(Decimal(inputs["monthly_wage"])),
            "sector": _SECTORS[inputs["sector"]],
        }


def _dirhams(amount: Decimal) -> str:
    short = amount.quantize(_FILS)
    return f"{short if short == amount else amount:f}"
