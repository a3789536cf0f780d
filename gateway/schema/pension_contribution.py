"""One month's contribution to a pension."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.schema.base import Frozen
from gateway.schema.dates import CalendarDate
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.money import Money
from gateway.schema.record import Record
from gateway.schema.text import PartialText, Words

Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
"""A Gregorian month, ``YYYY-MM``."""


class Employer(Frozen):
    """An employer as the pension authority knows it."""

    number: Words = Field(description="The pension authority's number of the employer")
    names: PartialText = Field(description="Name as registered")


class PensionContribution(Record):
    """One month's contribution to a pension, of employee and employer, in the currency of the state of work."""

    kind: Literal["pension_contribution"] = Field(
        default="pension_contribution", description="Always `pension_contribution`"
    )
    subject: NationalIdentifier = Field(description="The insured person")
    employer: Employer = Field(description="Who paid")
    period: Month = Field(description="Gregorian month, `YYYY-MM`")
    wage: Money = Field(description="Wage on which the contribution is reckoned")
    employee_share: Money = Field(description="The employee's part")
    employer_share: Money = Field(description="The employer's part")
    status: Literal["paid", "due", "late"] = Field(description="Where the contribution stands")
    paid_on: CalendarDate | None = Field(default=None, description="Day of payment")
    months_credited: int | None = Field(default=None, ge=0, description="Months of service credited so far")
