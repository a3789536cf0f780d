"""A person as a state's register knows them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.schema.address import Address
from gateway.schema.dates import CalendarDate
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.names import Names
from gateway.schema.record import NationalityCode, Record

PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""A telephone number in E.164 form, such as ``+96550012345``."""


class Person(Record):
    """A person as a state's register knows them; what the register does not say is null."""

    kind: Literal["person"] = Field(default="person", description="Always `person`")
    identifier: NationalIdentifier = Field(description="The number by which the register knows the person")
    names: Names = Field(description="Names in each script that the register holds")
    birth_date: CalendarDate | None = Field(default=None, description="Day of birth")
    gender: Literal["male", "female"] | None = Field(default=None, description="As registered")
    nationality: NationalityCode | None = Field(default=None, description="ISO 3166-1 alpha-2")
    standing: Literal["citizen", "resident", "gcc_visitor"] = Field(
        description="What the person is to this state; `gcc_visitor` is a citizen of another Gulf state without "
        "residence, known by the home state's identifier"
    )
    alive: bool | None = Field(default=None, description="Whether the register holds the person as living")
    document_expires: CalendarDate | None = Field(default=None, description="Last day of the identity document")
    phone: PhoneNumber | None = Field(default=None, description="E.164, with the plus sign")
    addresses: tuple[Address, ...] = Field(default=(), description="Registered addresses, the main one first")
