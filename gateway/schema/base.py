"""The one base of every shared model: frozen, strict, and refusing what it does not know."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that cannot change after it was checked; unknown fields are refused by name."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, json_schema_serialization_defaults_required=True
    )
