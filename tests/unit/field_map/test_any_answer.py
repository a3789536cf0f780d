"""Whatever a system answers, a map makes records of it or says that it is garbled, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BackendError, BackendGarbled
from gateway.field_map.adapter import MappedLookup, MappedSystem
from gateway.field_map.compiling import CompiledMap, compile_map
from gateway.field_map.fetching import Fetched, _reader_of
from gateway.field_map.findings import Finding
from gateway.field_map.terms import Asked
from gateway.registry.manifest import Manifest
from gateway.schema import Country, Record
from gateway.sdk import Connection, Inbox, Response
from gateway.toml_file import load_model
from tests.support.any_answer import JUNK, spoilt
from tests.support.mapped import NOW, PERMITS, ask, changed, parsed

PLATES = [load_model(path, Manifest) for path in sorted(Path("docs/field-maps").glob("*.toml"))]
MAPS = {
    f"{plate.name}-{name}": (plate.country, offer.map) for plate in PLATES for name, offer in plate.services.items()
}
GOOD: dict[str, dict[str, Any]] = {
    "traffic-fines": {
        "cpr": "010345570",
        "gcc_id": None,
        "violation_no": "V-1",
        "violation": {"code": "101", "description": {"ar": "سرعة", "en": "Speed"}},
        "occurred_at": "01/11/2026 23:15:00.250",
        "plate": {"number": "12345", "letters": None, "country": "BHR"},
        "amount_fils": 20000,
        "discounted_fils": 10000,
        "status": "UNPAID",
        "location": {"ar": "المنامة"},
        "due_date": "01/12/2026",
    },
    "pension-contributions": {
        "cpr": "010345570",
        "contribution_no": "C-1",
        "employer": {"number": "1", "name": {"en": "Example"}},
        "month": "03/2026",
        "wage_fils": 900000,
        "insured_fils": 63000,
        "employer_fils": 153000,
        "status": "PAID",
        "paid_date": "05/04/2026",
        "credited_months": 84,
    },
    "identity-verification": {
        "cpr": "010345570",
        "standing": "CITIZEN",
        "record_no": "R-1",
        "full_name": {"ar": "مريم", "en": "MARYAM"},
        "first_name": {"ar": "مريم"},
        "birth_date": "17/03/2001",
        "gender": "F",
        "nationality": "BHR",
        "life_status": "ALIVE",
        "card": {"expiry_date": "23/11/2031", "mrz_line_2": "0103174F3111231BHR<<<<<<<<<<<0"},
        "mobile": "0097333041776",
        "address": {"flat": "28", "area": {"en": "Hamad Town"}},
    },
    "commercial-registration": {
        "cr_no": "27269-1",
        "crNumber": "1010999999",
        "crNationalNumber": "7001234567",
        "is_main": True,
        "isMain": True,
        "name": "شركة",
        "nameLangId": 1,
        "trade_name": {"ar": "شركة"},
        "status": "ACTIVE",
        "registration_date": "25/12/2023",
        "issueDateGregorian": "2003-10-05",
        "issueDateHijri": "09-08-1424",
        "capital_fils": 1000,
        "crCapital": 50000,
        "capital": {"currencyId": 1, "contributionCapital": {"totalContributionCount": 3}},
        "activities": [{"code": "1", "id": "1", "name": {"ar": "نشاط"}}],
        "parties": [
            {
                "cpr": "010345570",
                "identity": {"id": "1084260288", "typeId": 1},
                "name": {"ar": "مريم"},
                "role": "PARTNER",
                "share_bp": 2500,
                "partnerShare": {"totalContributionCount": 1},
                "nationality": "BHR",
            }
        ],
    },
}


def good(name: str) -> dict[str, Any]:
    """A good item of the map; the two registers write their names and states in ways of their own."""
    item = GOOD[name.partition("-")[2]]
    if not name.startswith("saudi"):
        return item
    item = changed(item, status={"id": 1}, activities__0__name="نشاط")
    return changed(item, parties__0__name="مريم", parties__0__nationality={"id": 48})


def lookup(name: str) -> tuple[MappedLookup, CompiledMap]:
    country, field_map = MAPS[name]
    assert field_map is not None
    made = compile_map(field_map, str(field_map.record), country)
    assert isinstance(made, CompiledMap)
    system = MappedSystem(Connection({}, {}, Inbox("http://127.0.0.1"), lambda: NOW))
    return MappedLookup(system, None, made), made  # type: ignore[arg-type]


LOOKUPS = {name: lookup(name) for name in MAPS}
MARYAM = (Country.BH, "010345570")


@pytest.mark.parametrize("name", MAPS)
def test_a_good_answer_gives_a_record(name: str) -> None:
    """So that the property below speaks of more than refusals."""
    (record,) = LOOKUPS[name][0].normalise(Fetched((good(name),)), ask(MARYAM))

    assert record.kind == str(MAPS[name][1].record)  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", MAPS)
def test_any_item_is_records_or_garbled(name: str, data: st.DataObject) -> None:
    item = data.draw(spoilt(good(name)) | st.dictionaries(st.text(max_size=8), JUNK, max_size=4))

    try:
        records = LOOKUPS[name][0].normalise(Fetched((item,)), ask(MARYAM))
    except BackendGarbled:
        return
    assert all(isinstance(record, Record) for record in records)


@settings(max_examples=30, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", MAPS)
def test_any_document_is_items_or_garbled(name: str, data: st.DataObject) -> None:
    """As the gate sees it: what a reader trips over there is garbled, so only ``ValueError`` and its kind may come."""
    plans, judge = LOOKUPS[name][1].plans, LOOKUPS[name][1].judge
    items = st.lists(spoilt(good(name)), max_size=3)
    document = data.draw(JUNK | st.fixed_dictionaries({"items": items, "next_cursor": JUNK, "related": items}))
    plan = data.draw(st.sampled_from(plans))
    asked = Asked(ask(MARYAM, registration_number="1"), Country.BH)
    body = json.dumps(document, default=str).encode("utf-8", "surrogatepass")

    try:
        read = judge.document(Response(200, {"content-type": "application/json"}, body))
        part = None if read is None else _reader_of(plan, asked, 1)(read)
    except (BackendError, ValueError):
        return
    assert part is None or all(type(item) is dict for item in part.items)


@settings(max_examples=60, deadline=None)
@given(st.integers(100, 599), st.text(max_size=20), st.binary(max_size=60))
@pytest.mark.parametrize("name", ["bahrain-traffic-fines", "saudi_arabia-commercial-registration"])
def test_any_status_type_and_body_is_judged(name: str, status: int, kind: str, body: bytes) -> None:
    for media_type in (kind, "application/json", "application/problem+json"):
        try:
            LOOKUPS[name][1].judge.document(Response(status, {"content-type": media_type}, body))
        except (BackendError, ValueError):
            continue


@settings(max_examples=150, deadline=None)
@given(spoilt(PERMITS, most=3))
def test_any_map_is_refused_where_it_is_read_or_compiled_or_works(document: dict[str, Any]) -> None:
    try:
        field_map = parsed(json.loads(json.dumps(document, default=str)))
    except ValueError:
        return
    made = compile_map(field_map, "evidence", Country.OM)
    assert isinstance(made, CompiledMap) or all(isinstance(finding, Finding) for finding in made)
