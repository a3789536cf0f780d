"""For everybody whom the stand-ins know, a field map makes the very records that the room's code makes."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from adapters.bahrain.commercial_registration import BahrainCommercialRegistration
from adapters.bahrain.identity_verification import BahrainIdentity
from adapters.bahrain.pension_contributions import BahrainPensionContributions
from adapters.bahrain.traffic_fines import BahrainTrafficFines
from adapters.saudi_arabia.commercial_registration import SaudiCommercialRegistration
from gateway.field_map import build
from gateway.registry.manifest import Manifest
from gateway.sdk import Ask, Connection, Lookup
from gateway.sdk.asking import records_of
from gateway.toml_file import load_model
from tests.support import bahrain, saudi
from tests.support.house import ROOT


def mapped(file: str, connection: Connection) -> Mapping[str, Lookup[Any, Any]]:
    """The lookups of a name plate with field maps, through the room's own gates."""
    plate = load_model(ROOT / f"docs/field-maps/{file}.toml", Manifest)
    maps = {service: offer.map for service, offer in plate.services.items() if offer.map}
    kinds = {service: str(each.record) for service, each in maps.items()}
    return build(maps, kinds, plate.country, connection)[1]


async def agree(room: Lookup[Any, Any], field_map: Lookup[Any, Any], ask: Ask) -> Counter[str]:
    """Asks both the same; how many records they had alike, and the notes on them."""
    code, plate = await records_of(room, ask), await records_of(field_map, ask)

    assert plate == code
    return Counter(["records"] * len(code) + [note for record in code for note in record.notes])


async def test_all_lookups_of_bahrain_agree() -> None:
    seen = Counter[str]()
    async with bahrain.line_to_the_stand_in() as (line, sandbox):
        maps = mapped("bahrain", line.system.connection)
        for person in sandbox.population.people:
            for kind in (
                BahrainIdentity,
                BahrainTrafficFines,
                BahrainPensionContributions,
                BahrainCommercialRegistration,
            ):
                ask = bahrain.ask((person.home, person.identifier), service=kind.service, seconds=60)
                seen += await agree(kind(line.system), maps[kind.service], ask)

    assert seen["records"] > 2000
    assert {"birth_date_incomplete", "dates_disagree", "party_cpr_too_short"} < set(seen)


async def test_all_companies_of_wathq_agree_in_both_languages() -> None:
    seen = Counter[str]()
    async with saudi.line() as line:
        room = SaudiCommercialRegistration(line.system)
        field_map = mapped("wathq", line.system.connection)[room.service]
        for person in line.sandbox.population.people:
            for language in ("ar", "en"):
                ask = saudi.ask((person.home, person.identifier), service=room.service, language=language, seconds=60)
                seen += await agree(room, field_map, ask)

    assert seen["records"] > 200
    assert seen["dates_disagree"] > 20
