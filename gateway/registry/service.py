"""A public service as a citizen can ask for it, on the terms of CPSV-AP."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from gateway.identity.principal import Assurance
from gateway.registry.inputs import Inputs
from gateway.registry.sectors import Sector
from gateway.schema.application import Name
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.money import Money
from gateway.schema.text import Text

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Audience = Literal["citizen", "resident", "business"]
PAGE_PATTERN = r"^https://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?(/[A-Za-z0-9._~%!$&*+,;=:@/-]*)?(\?[A-Za-z0-9._~%!$&*+,;=:@/?-]*)?$"
"""An address on the web by TLS at a host with a name, with no person in it and nothing that could be markup."""
PageAddress = Annotated[str, Field(pattern=PAGE_PATTERN, max_length=300)]
OutputKind = Literal[
    "person", "traffic_fine", "commercial_registration", "pension_contribution", "evidence", "document"
]


class Authority(Frozen):
    """The public body that is responsible for the service in one state.

    ``participation`` is ``sandbox`` where the body exists but its part in the gateway is invented and a stand-in
    answers for it, ``agreed`` where it has joined. ``page`` is where the body itself gives the service: all there is
    where the gateway only lists it.
    """

    country: Country
    agency: Slug
    name: Text
    participation: Literal["sandbox", "agreed"]
    page: PageAddress | None = None


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


class Fee(Frozen):
    """What the body of one state charges for one asking, where it is always the same."""

    country: Country
    amount: Money


class Cost(Frozen):
    """What the service costs; every lookup is free. ``fees`` are the amounts that are known beforehand."""

    free: bool
    description: Text
    fees: tuple[Fee, ...] = ()

    @model_validator(mode="after")
    def _free_or_not(self) -> Self:
        if self.free and self.fees:
            raise ValueError("is free and has fees, one of the two")
        return self


class ProcessingTime(Frozen):
    """How long an answer takes at most: a lookup's in whole seconds, a procedure's in working days of the state."""

    seconds: int | None = Field(default=None, ge=1, le=86_400)
    working_days: int | None = Field(default=None, ge=1, le=250)
    description: Text

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if (self.seconds is None) == (self.working_days is None):
            raise ValueError("is given in seconds or in working_days, one of the two")
        return self


class Output(Frozen):
    """What is answered: records of one kind of the shared schema, or a document that the state issues."""

    kind: OutputKind
    name: Text
    description: Text


class AttachmentRule(Frozen):
    """One file that an application brings along; its type is judged by its content, its size in bytes."""

    name: Name
    title: Text
    hint: Text
    required: bool
    media_types: tuple[Literal["application/pdf", "image/jpeg", "image/png"], ...] = Field(min_length=1)
    max_bytes: int = Field(ge=1024, le=20_971_520)


class Service(Frozen):
    """One service, defined once for all states; ``config/services/<id>.toml``."""

    id: Slug
    kind: Literal["lookup", "procedure"]
    name: Text
    description: Text
    keywords: tuple[Text, ...] = Field(min_length=1)
    audience: tuple[Audience, ...] = Field(min_length=1)
    life_events: tuple[LifeEvent, ...] = Field(min_length=1)
    sectors: tuple[Sector, ...] = ()
    authorities: tuple[Authority, ...] = Field(min_length=1)
    assurance: Assurance
    purposes: tuple[str, ...] = Field(min_length=1)
    cost: Cost
    processing_time: ProcessingTime
    legal_basis: tuple[LegalBasis, ...] = Field(min_length=1)
    output: Output
    inputs: dict[str, Any] = Field(description="JSON Schema 2020-12 of the inputs, with `x-` words in both languages.")
    attachments: tuple[AttachmentRule, ...] = ()

    @field_validator("authorities")
    @classmethod
    def _one_authority_a_state(cls, authorities: tuple[Authority, ...]) -> tuple[Authority, ...]:
        states = [authority.country for authority in authorities]
        if twice := sorted({state for state in states if states.count(state) > 1}):
            raise ValueError(f"names two authorities for {twice[0].value}")
        return authorities

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        lookup = self.kind == "lookup"
        if lookup != (self.processing_time.seconds is not None):
            raise ValueError("a lookup takes seconds, a procedure working_days")
        if lookup != (self.output.kind != "document"):
            raise ValueError("a lookup is answered with records, a procedure with a document")
        if lookup and (self.attachments or not self.cost.free):
            raise ValueError("a lookup is free and takes no attachments")
        if {fee.country for fee in self.cost.fees} - {body.country for body in self.authorities}:
            raise ValueError("a fee is charged by one of the authorities")
        names = [rule.name for rule in self.attachments]
        if len(set(names)) < len(names):
            raise ValueError("two attachments have one name")
        return self

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
