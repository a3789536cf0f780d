"""A company's or merchant's entry in a commercial register."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from gateway.schema.address import Address
from gateway.schema.base import Frozen
from gateway.schema.dates import CalendarDate
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.money import Money
from gateway.schema.record import NationalityCode, Record
from gateway.schema.text import PartialText, Words


class Activity(Frozen):
    """What a company may do, by the register's own code."""

    code: Words = Field(description="The register's code of the activity, in many states ISIC")
    description: PartialText = Field(description="What the code says")


class Party(Frozen):
    """A person or company behind a registration."""

    name: PartialText = Field(description="Name as registered")
    identifier: NationalIdentifier | None = Field(default=None, description="National identifier of a person")
    role: Literal["owner", "partner", "manager"] = Field(description="What the party is to the company")
    share_percent: Decimal | None = Field(
        default=None, ge=0, le=100, max_digits=9, decimal_places=6, description="Share, 0 to 100"
    )
    nationality: NationalityCode | None = Field(default=None, description="ISO 3166-1 alpha-2")


class CommercialRegistration(Record):
    """An entry in a commercial register: of a company, a sole trader or a branch."""

    kind: Literal["commercial_registration"] = Field(
        default="commercial_registration", description="Always `commercial_registration`"
    )
    number: Words = Field(description="Registration number as the register writes it, digits folded")
    unified_number: Words | None = Field(default=None, description="Number of the company across registers")
    names: PartialText = Field(description="Trade name")
    legal_form: PartialText | None = Field(default=None, description="Legal form in words")
    legal_form_code: Words | None = Field(default=None, description="The register's code of the legal form")
    status: Literal["active", "suspended", "expired", "cancelled", "in_liquidation"] = Field(
        description="Where the registration stands"
    )
    issued: CalendarDate | None = Field(default=None, description="Day of registration")
    expires: CalendarDate | None = Field(default=None, description="Last day of the registration")
    capital: Money | None = Field(default=None, description="Registered capital")
    main: bool = Field(description="Whether it is the main registration, not a branch")
    branch_of: Words | None = Field(default=None, description="Number of the main registration of a branch")
    city: PartialText | None = Field(default=None, description="City of the head office")
    activities: tuple[Activity, ...] = Field(default=(), description="What the company may do")
    parties: tuple[Party, ...] = Field(default=(), description="Owners, partners and managers")
    address: Address | None = Field(default=None, description="Head office")
