"""Words in the two languages of the gateway."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from gateway.schema.base import Frozen

Words = Annotated[str, Field(min_length=1)]
"""Text that is there: one character at least, valid Unicode (lone surrogates are refused)."""


class Text(Frozen):
    """A sentence or name in both languages; the gateway's own words always have both."""

    ar: Words = Field(description="Arabic (BCP 47 `ar`)")
    en: Words = Field(description="English (BCP 47 `en`)")


class PartialText(Frozen):
    """Words as a national system sent them: in Arabic, in English or in both, never translated here."""

    ar: Words | None = Field(default=None, description="Arabic (BCP 47 `ar`), where the national system gives it")
    en: Words | None = Field(default=None, description="English (BCP 47 `en`), where the national system gives it")

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.ar is None and self.en is None:
            raise ValueError("text is needed in Arabic or in English")
        return self

    @classmethod
    def of(cls, ar: str | None = None, en: str | None = None) -> Self | None:
        """The words of which at least one is not blank, trimmed; None when both are blank or missing."""
        ar, en = (ar or "").strip() or None, (en or "").strip() or None
        return None if ar is None and en is None else cls(ar=ar, en=en)
