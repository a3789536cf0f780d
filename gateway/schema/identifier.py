"""A national identifier that has passed the rules of its state."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from gateway.errors import InvalidIdentifier
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.digits import fold_digits
from gateway.schema.identifier_rules import Reason, judge, passes_luhn

CHECK_DIGIT_UNCONFIRMED: Final = "check_digit_unconfirmed"
"""The flag of an Emirates ID whose last digit does not follow the Luhn custom, which no authority published."""

_SEPARATORS: Final = {0x20: None, 0x2D: None, 0x2F: None}
_LONGEST: Final = 64
_END_OF_TIME: Final = 9999

Flag = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""A remark on a value that was accepted, as a key of the catalogue."""


class IdentifierKind(StrEnum):
    """Whose identifier it is: a citizen's, or a resident's (an iqama in Saudi Arabia)."""

    national_id = "national_id"
    resident_id = "resident_id"


class NationalIdentifier(Frozen):
    """The number by which a state knows a person: digits only, without separators, leading zeros kept.

    Bahrain 9 digits (CPR), Kuwait 12 (civil number), Oman 7 or 8, Qatar 11 (QID), Saudi Arabia 10 (national ID
    or iqama), Emirates 15 (Emirates ID). A date of birth is never read out of it.
    """

    country: Country = Field(description="The state that issued it, ISO 3166-1 alpha-2")
    kind: IdentifierKind = Field(description="Whether it is a citizen's or a resident's")
    value: str = Field(pattern=r"^[0-9]{7,15}$", description="ASCII digits, leading zeros kept")
    flags: tuple[Flag, ...] = Field(default=(), description="Remarks, such as `check_digit_unconfirmed`")

    @model_validator(mode="after")
    def _follows_its_state(self) -> Self:
        # Whether a year lies in the future is judged where the day is known, which is in parse.
        if reason := judge(self.country, self.value, _END_OF_TIME):
            raise ValueError(f"not an identifier of {self.country.value}: {reason}")
        if self.country is Country.SA and self.kind is not _kind(self.country, self.value, None):
            raise ValueError("an identifier of SA that starts with 1 is national, with 2 a resident's")
        return self

    @classmethod
    def parse(cls, country: Country, text: str, *, today: date, kind: IdentifierKind | None = None) -> Self:
        """The identifier that ``text`` writes, in Arabic or Latin digits, with spaces, ``-`` and ``/`` or without.

        ``kind`` is what the caller knows of it (``national_id`` unless told); in Saudi Arabia the first digit says
        it, 1 for citizens and 2 for residents. Raises ``InvalidIdentifier`` with the code ``identifier_format`` or
        ``identifier_check_digit`` and the facts ``country`` and ``reason``. The check digit refuses in Saudi Arabia
        (Luhn) and Kuwait (modulo 11), flags in the Emirates (Luhn), and is not public in the other three states.
        """
        if len(text) > _LONGEST:
            raise _invalid(country, "length")
        digits = fold_digits(text).translate(_SEPARATORS)
        if reason := judge(country, digits, today.year):
            raise _invalid(country, reason)
        unconfirmed = country is Country.AE and not passes_luhn(digits)
        return cls(
            country=country,
            kind=_kind(country, digits, kind),
            value=digits,
            flags=(CHECK_DIGIT_UNCONFIRMED,) if unconfirmed else (),
        )


def _kind(country: Country, digits: str, told: IdentifierKind | None) -> IdentifierKind:
    if country is Country.SA:
        return IdentifierKind.resident_id if digits[0] == "2" else IdentifierKind.national_id
    return told or IdentifierKind.national_id


def _invalid(country: Country, reason: Reason) -> InvalidIdentifier:
    code = "identifier_check_digit" if reason == "check_digit" else "identifier_format"
    return InvalidIdentifier(code, field="identifier", country=country.value, reason=reason)
