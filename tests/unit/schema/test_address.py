"""An address keeps its lines and has the parts of its own state, not another's."""

import json
from typing import Final

import pytest
from pydantic import ValidationError

from gateway.schema import (
    Address,
    BahrainLocators,
    Coordinates,
    Country,
    EmiratesLocators,
    KuwaitLocators,
    Locators,
    OmanLocators,
    QatarLocators,
    SaudiLocators,
)

EXAMPLES: Final[dict[Country, Locators]] = {
    Country.BH: BahrainLocators(flat="12", building="361", road="1705", block="317", area="المنامة"),
    Country.KW: KuwaitLocators(governorate="حولي", area="السالمية", block="10", street="5", paci_number="12345678"),
    Country.OM: OmanLocators(governorate="مسقط", wilayat="بوشر", way="3021", building="14", unit="2"),
    Country.QA: QatarLocators(zone="66", street="850", building="21"),
    Country.SA: SaudiLocators(building_number="3482", city="الرياض", postal_code="13321", short_address="RHWA3482"),
    Country.AE: EmiratesLocators(emirate="دبي", area="ديرة", po_box="00000", makani="3012793417"),
}


@pytest.mark.parametrize("country", Country)
def test_each_states_address_comes_back_from_json_equal(country: Country) -> None:
    address = Address(country=country, lines=("سطر",), locators=EXAMPLES[country])
    read = Address.model_validate_json(address.model_dump_json())

    assert read == address
    assert type(read.locators) is type(EXAMPLES[country])
    assert json.loads(address.model_dump_json())["locators"]["country"] == country.value


@pytest.mark.parametrize("country", Country)
def test_the_parts_of_another_state_are_refused(country: Country) -> None:
    for other in set(Country) - {country}:
        with pytest.raises(ValidationError, match="another state"):
            Address(country=country, locators=EXAMPLES[other])


def test_parts_are_told_apart_by_state_and_unknown_parts_refused() -> None:
    for locators in ({"country": "QA", "block": "1"}, {"zone": "66"}, {"country": "XX"}, {"country": "QA", "zone": 66}):
        with pytest.raises(ValidationError):
            Address.model_validate_json(json.dumps({"country": "QA", "locators": locators}))


def test_lines_alone_are_an_address() -> None:
    address = Address(country=Country.OM, lines=("ص.ب. 12", "روي"))

    assert address.locators is None
    assert Address.model_validate_json(address.model_dump_json()) == address


def test_a_point_lies_on_the_globe() -> None:
    riyadh = Coordinates(latitude=24.72, longitude=46.68)

    assert Coordinates.model_validate_json(riyadh.model_dump_json()) == riyadh
    for latitude, longitude in ((91.0, 0.0), (-91.0, 0.0), (0.0, 181.0), (0.0, -181.0), (float("nan"), 0.0)):
        with pytest.raises(ValidationError):
            Coordinates(latitude=latitude, longitude=longitude)


def test_a_mistyped_postal_code_does_not_cost_the_address() -> None:
    assert SaudiLocators(postal_code="1332").postal_code == "1332"
