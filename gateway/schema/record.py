"""What every record has: its kind, where it came from and what is to be noted about it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.schema.base import Frozen
from gateway.schema.identifier import Flag
from gateway.schema.source import Source

NationalityCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""A nationality by ISO 3166-1 alpha-2 code, such as ``IN``."""


class Record(Frozen):
    """One thing that a state says of a person or company, in the shared schema; `kind` tells which."""

    source: Source = Field(description="Where it came from")
    notes: tuple[Flag, ...] = Field(
        default=(), description="What is to be noted, such as `dates_disagree` or `check_digit_unconfirmed`"
    )
