"""A public service as a citizen can ask for it, on the terms of CPSV-AP."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from gateway.identity.principal import Assurance
from gateway.registry.inputs import Inputs
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Audience = Literal["citizen", "resident", "business"]
RecordKind = Literal["person", "traffic_fine", "commercial_registration", "pension_contribution"]


class Authority(Frozen):
    """The public body that is responsible for the service in one state.

    ``participation`` is ``sandbox`` where the body exists but its part in the gateway is invented and a stand-in
    answers for it, ``agreed`` where it has joined.
    """

    country: Country
    agency: Slug
    name: Text
    participation: Literal["sandbox", "agreed"]


class LifeEvent(Frozen):
    """An occasion in the life of a person or a business on which the service is wanted."""

    id: Slug
    name: Text
    of: Literal["person", "business"]


class LegalBasis(Frozen):
    """Why the service may be given; ``source`` is where the basis was read."""

    title: Text
    kind: Literal["treaty", "decision", "law", "policy"]
    source: str = Field(min_length=1)


class Cost(Frozen):
    """What the service costs; every lookup is free."""

    free: Literal[True]
    description: Text


class ProcessingTime(Frozen):
    """How long an answer takes, in whole seconds, at most."""

    seconds: int = Field(ge=1, le=86_400)
    description: Text


class Output(Frozen):
    """What is answered: records of one kind of the shared schema."""

    kind: RecordKind
    name: Text
    description: Text


class Service(Frozen):
    """One service, defined once for all states; ``config/services/<id>.toml``."""

    id: Slug
    kind: Literal["lookup"]
    name: Text
    description: Text
    keywords: tuple[Text, ...] = Field(min_length=1)
    audience: tuple[Audience, ...] = Field(min_length=1)
    life_events: tuple[LifeEvent, ...] = Field(min_length=1)
    authorities: tuple[Authority, ...] = Field(min_length=1)
    assurance: Assurance
    purposes: tuple[str, ...] = Field(min_length=1)
    cost: Cost
    processing_time: ProcessingTime
    legal_basis: tuple[LegalBasis, ...] = Field(min_length=1)
    output: Output
    inputs: dict[str, Any] = Field(description="JSON Schema 2020-12 of the inputs, with `x-` words in both languages.")

    @field_validator("authorities")
    @classmethod
    def _one_authority_a_state(cls, authorities: tuple[Authority, ...]) -> tuple[Authority, ...]:
        states = [authority.country for authority in authorities]
        if twice := sorted({state for state in states if states.count(state) > 1}):
            raise ValueError(f"names two authorities for {twice[0].value}")
        return authorities

    def model_post_init(self, context: Any, /) -> None:
        """Compiles the inputs' schema; raises ``ConfigurationError`` naming the keyword that is wrong."""
        _ = self.checker

    @cached_property
    def checker(self) -> Inputs:
        """The compiled schema of the inputs."""
        return Inputs(self.inputs)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The service as JSON."""
        return self.model_dump(mode="json")

    def check_inputs(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs folded and checked, the caller's own copy; errors as of ``Inputs.check``."""
        return self.checker.check(inputs)

    def public(self) -> Mapping[str, Any]:
        """The service as JSON; one shared value, made once."""
        return self.document

    def authority(self, country: Country) -> Authority | None:
        """The body responsible in a state, or ``None`` where there is none."""
        return next((authority for authority in self.authorities if authority.country is country), None)
