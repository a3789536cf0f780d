"""Where a record came from."""

from pydantic import Field

from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.dates import Moment
from gateway.schema.text import Words


class Source(Frozen):
    """The provenance of a record: state, agency, adapter, moment and the national reference."""

    country: Country = Field(description="The state that answered, ISO 3166-1 alpha-2")
    agency: Words = Field(description="Identifier of the agency that holds the record")
    adapter: str = Field(
        pattern=r"^[a-z][a-z0-9_-]*@[0-9]+\.[0-9]+\.[0-9]+$",
        description="The adapter that carried it, with its version: `kuwait@1.0.0`",
    )
    fetched_at: Moment = Field(description="When the national system answered, UTC")
    reference: Words | None = Field(default=None, description="The national system's own reference")
