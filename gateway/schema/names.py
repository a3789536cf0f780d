"""A person's names in each script, as received."""

from typing import Self

from pydantic import Field, model_validator

from gateway.schema.base import Frozen
from gateway.schema.text import Words


class NameParts(Frozen):
    """A name in one script: whole as received, and in parts where the national system gives parts.

    A part is never guessed by splitting the whole.
    """

    full: Words = Field(description="The whole name as the national system gives it")
    given: Words | None = Field(default=None, description="Given name")
    father: Words | None = Field(default=None, description="Father's given name")
    grandfather: Words | None = Field(default=None, description="Grandfather's given name")
    family: Words | None = Field(default=None, description="Family or tribal name")

    @classmethod
    def of(
        cls,
        given: str | None = None,
        father: str | None = None,
        grandfather: str | None = None,
        family: str | None = None,
        *,
        full: str | None = None,
    ) -> Self | None:
        """The name made of these parts, blank ones left out; ``full`` is the parts in order unless given.

        None when nothing is left.
        """
        parts = [(part or "").strip() or None for part in (given, father, grandfather, family)]
        whole = (full or "").strip() or " ".join(part for part in parts if part)
        if not whole:
            return None
        return cls(full=whole, given=parts[0], father=parts[1], grandfather=parts[2], family=parts[3])


class Names(Frozen):
    """A person's name in each script that the national system holds; neither is made from the other."""

    arabic: NameParts | None = Field(default=None, description="In Arabic script")
    latin: NameParts | None = Field(default=None, description="In Latin script")

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.arabic is None and self.latin is None:
            raise ValueError("a name is needed in Arabic or in Latin script")
        return self
