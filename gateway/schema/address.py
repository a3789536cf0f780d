"""An address as received, with the parts by which its state finds places."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Words

# The parts are text as received, and their usual shape is told, not enforced: a postal code that a national
# system mistyped must not cost the citizen the record that it stands in.
Part = Words | None


class BahrainLocators(Frozen):
    """Flat, building, road and block; the block doubles as postal code."""

    country: Literal[Country.BH] = Field(default=Country.BH, description="Bahrain")
    flat: Part = Field(default=None, description="Flat number")
    building: Part = Field(default=None, description="Building number")
    road: Part = Field(default=None, description="Road number")
    block: Part = Field(default=None, description="Block number, 3 or 4 digits")
    area: Part = Field(default=None, description="Town or area")


class KuwaitLocators(Frozen):
    """Governorate down to unit, and the PACI number of the unit."""

    country: Literal[Country.KW] = Field(default=Country.KW, description="Kuwait")
    governorate: Part = Field(default=None, description="Governorate")
    area: Part = Field(default=None, description="Area")
    block: Part = Field(default=None, description="Block")
    street: Part = Field(default=None, description="Street, by number or name")
    building: Part = Field(default=None, description="Building or house")
    floor: Part = Field(default=None, description="Floor")
    unit: Part = Field(default=None, description="Unit")
    paci_number: Part = Field(default=None, description="PACI number (الرقم الآلي)")


class OmanLocators(Frozen):
    """Governorate, wilayat and area, then way, building and unit."""

    country: Literal[Country.OM] = Field(default=Country.OM, description="Oman")
    governorate: Part = Field(default=None, description="Governorate")
    wilayat: Part = Field(default=None, description="Wilayat")
    area: Part = Field(default=None, description="Area or village")
    way: Part = Field(default=None, description="Way, by number or name")
    building: Part = Field(default=None, description="Building number")
    unit: Part = Field(default=None, description="Unit number")


class QatarLocators(Frozen):
    """The three numbers of the blue plate: zone, street, building."""

    country: Literal[Country.QA] = Field(default=Country.QA, description="Qatar")
    zone: Part = Field(default=None, description="Zone number")
    street: Part = Field(default=None, description="Street number")
    building: Part = Field(default=None, description="Building number")


class SaudiLocators(Frozen):
    """The national address of Saudi Post."""

    country: Literal[Country.SA] = Field(default=Country.SA, description="Saudi Arabia")
    building_number: Part = Field(default=None, description="Building number, 4 digits")
    street: Part = Field(default=None, description="Street")
    district: Part = Field(default=None, description="District")
    city: Part = Field(default=None, description="City")
    postal_code: Part = Field(default=None, description="Postal code, 5 digits")
    additional_number: Part = Field(default=None, description="Additional number, 4 digits")
    unit_number: Part = Field(default=None, description="Unit number")
    short_address: Part = Field(default=None, description="Short address, 4 letters and 4 digits: `RHWA3482`")


class EmiratesLocators(Frozen):
    """Emirate, area and street, the post-office box and, in Dubai, the Makani number; there are no postal codes."""

    country: Literal[Country.AE] = Field(default=Country.AE, description="United Arab Emirates")
    emirate: Part = Field(default=None, description="Emirate")
    area: Part = Field(default=None, description="Area")
    street: Part = Field(default=None, description="Street")
    po_box: Part = Field(default=None, description="Post-office box")
    makani: Part = Field(default=None, description="Makani number, 10 digits (Dubai)")


Locators = Annotated[
    BahrainLocators | KuwaitLocators | OmanLocators | QatarLocators | SaudiLocators | EmiratesLocators,
    Field(discriminator="country"),
]


class Coordinates(Frozen):
    """A point on the globe in decimal degrees (WGS 84)."""

    latitude: float = Field(ge=-90, le=90, description="Degrees north, -90 to 90")
    longitude: float = Field(ge=-180, le=180, description="Degrees east, -180 to 180")


class Address(Frozen):
    """An address in one state: the lines as received, the state's own parts, the point where it is known."""

    country: Country = Field(description="The state in which it lies, ISO 3166-1 alpha-2")
    lines: tuple[Words, ...] = Field(default=(), description="Lines as the national system gives them")
    locators: Locators | None = Field(default=None, description="The parts by which the state finds places")
    coordinates: Coordinates | None = Field(default=None, description="The point, where it is known")

    @model_validator(mode="after")
    def _of_one_state(self) -> Self:
        if self.locators is not None and self.locators.country is not self.country:
            raise ValueError("the parts of the address are another state's")
        return self
