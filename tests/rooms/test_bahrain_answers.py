"""Whatever Bahrain says of its people arrives whole in the shared schema, and what it says wrongly is no surprise."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bahrain import sandbox_answers as said
from adapters.bahrain.commercial_registration import CPR_TOO_SHORT, BahrainCommercialRegistration
from adapters.bahrain.identity_verification import BahrainIdentity
from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.pension_contributions import BahrainPensionContributions
from adapters.bahrain.traffic_fines import BahrainTrafficFines
from adapters.bahrain.values import day, due_fils, moment, month
from gateway.sdk import BackendError, Connection, Country, Gate, Inbox, Lookup
from gateway.sdk.sandbox import SyntheticPerson, population
from tests.support.bahrain import MARYAM, NOW, SECRETS, ask

PEOPLE = population(Country.BH)
BY_NUMBER = {who.identifier: who for who in PEOPLE.people}
SYSTEM = BahrainSystem(
    Connection({"auth": Gate("bahrain", "http://127.0.0.1:1")}, SECRETS, Inbox("http://127.0.0.1"), lambda: NOW)
)
SERVICES: Mapping[str, Lookup[BahrainSystem, Any]] = {
    "identity-verification": BahrainIdentity(SYSTEM),
    "traffic-fines": BahrainTrafficFines(SYSTEM),
    "commercial-registration": BahrainCommercialRegistration(SYSTEM),
    "pension-contributions": BahrainPensionContributions(SYSTEM),
}


def told(who: SyntheticPerson, service: str) -> Any:
    """What the stand-in tells."""
    match service:
        case "identity-verification":
            return said.person(who)
        case "traffic-fines":
            return tuple(said.violation(fine, BY_NUMBER) for fine in PEOPLE.fines(who.identifier))
        case "commercial-registration":
            return tuple(said.registration(company, BY_NUMBER) for company in PEOPLE.companies(who.identifier))
    return tuple(said.contributions(PEOPLE.contributions(who.identifier), BY_NUMBER))


def read(answer: Any, who: SyntheticPerson, service: str) -> Sequence[Any]:
    """What the room makes of it."""
    return SERVICES[service].normalise(answer, ask((who.home, who.identifier), service=service))


def records(who: SyntheticPerson, service: str) -> Sequence[Any]:
    return read(told(who, service), who, service)


def maryam(**changes: Any) -> Any:
    """Maryam as the register tells her, with changes."""
    (person,) = read(said.person(BY_NUMBER[MARYAM[1]]) | changes, BY_NUMBER[MARYAM[1]], "identity-verification")
    return person


def test_every_person_arrives_as_registered() -> None:
    notes: set[str] = set()
    for who in PEOPLE.people:
        (person,) = records(who, "identity-verification")

        notes.update(person.notes)
        assert (person.identifier.country, person.identifier.value) == (who.home, who.identifier)
        assert person.identifier.kind == ("resident_id" if who.standing == "resident" else "national_id")
        assert (person.gender, person.nationality, person.standing) == (who.gender, who.nationality, who.standing)
        assert person.names.arabic.full == who.arabic.full
        assert person.names.arabic.grandfather == (who.arabic.grandfather or None)
        assert person.names.latin is None or person.names.latin.family == (who.latin.family.upper() or None)
        assert person.alive is who.alive
        assert (person.birth_date is None) == ("birth_date_incomplete" in person.notes)
        assert person.birth_date is None or person.birth_date.date == who.birth
        assert person.document_expires.date == who.document_expires
        assert (person.document_expires.agrees is False) == ("dates_disagree" in person.notes)
        assert person.phone in (None, who.phone)
        assert [each.locators.road for each in person.addresses] == ([who.address["road"]] if who.address else [])
    assert notes == {"birth_date_incomplete", "dates_disagree"}


def test_every_violation_arrives_as_written() -> None:
    for who in PEOPLE.people:
        for fine, known in zip(records(who, "traffic-fines"), PEOPLE.fines(who.identifier), strict=True):
            assert (fine.reference, fine.status, fine.occurred_at) == (known.reference, known.status, known.occurred_at)
            assert fine.amount.amount == known.amount
            assert fine.discounted is None or fine.discounted.amount == known.discounted
            assert (fine.discounted is not None) == (known.status == "unpaid")
            assert (fine.plate.country, fine.plate.number) == (known.plate_country, known.plate_number)


def test_every_registration_arrives_with_its_parties() -> None:
    """Those that went through a spreadsheet too; a number that lost its zeros there is noted and not shown."""
    shortened = 0
    for who in PEOPLE.people:
        companies = PEOPLE.companies(who.identifier)
        for found, known in zip(records(who, "commercial-registration"), companies, strict=True):
            assert (found.number, found.status, found.main) == (known.number, known.status, known.is_main)
            assert (found.branch_of, found.capital.amount) == (known.main_number, known.capital)
            assert (found.issued.date, found.expires.date) == (known.issued, known.expires)
            shares = [party.share_percent for party in found.parties if party.role != "manager"]
            assert shares == [share for _, share in known.owners]
            numbers = [party.identifier and party.identifier.value for party in found.parties]
            expected = [*(owner for owner, _ in known.owners), known.manager]
            assert all(number in (None, known) for number, known in zip(numbers, expected, strict=True))
            assert (None in numbers) == (found.notes == (CPR_TOO_SHORT,))
            shortened += None in numbers
    assert shortened


def test_every_month_arrives_with_what_was_credited() -> None:
    for who in PEOPLE.people:
        credited = 0
        months = zip(records(who, "pension-contributions"), PEOPLE.contributions(who.identifier), strict=True)
        for found, known in months:
            credited += known.status == "paid"
            assert (found.period, found.status, found.months_credited) == (known.period, known.status, credited)
            shares = (found.wage.amount, found.employee_share.amount, found.employer_share.amount)
            assert shares == (known.wage, known.employee_share, known.employer_share)
            assert (found.paid_on and found.paid_on.date) == known.paid_on


def test_the_number_of_a_record_is_that_of_the_answer() -> None:
    """An answer about somebody else so shows itself as one."""
    other = BY_NUMBER["791162871"]
    for service in ("identity-verification", "traffic-fines", "pension-contributions"):
        found = read(told(other, service), BY_NUMBER[MARYAM[1]], service)

        assert {getattr(each, "subject", None) or each.identifier for each in found}
        assert all((getattr(each, "subject", None) or each.identifier).value == other.identifier for each in found)


def test_a_short_cpr_belongs_to_the_subject_only_when_zeros_are_all_that_it_lacks() -> None:
    company = said.registration(PEOPLE.companies(MARYAM[1])[0], BY_NUMBER)
    company["parties"] = [company["parties"][0] | {"cpr": "10345570"}]

    (found,) = read((company,), BY_NUMBER[MARYAM[1]], "commercial-registration")

    assert found.parties[0].identifier is None
    assert found.notes == (CPR_TOO_SHORT,)
    for other in ("0345570", "1034557", "10345571", "100345570", ""):
        company["parties"][0]["cpr"] = other
        with pytest.raises(BackendError):
            read((company,), BY_NUMBER[MARYAM[1]], "commercial-registration")


def test_another_states_number_is_not_taken_for_a_cpr() -> None:
    company = said.registration(PEOPLE.companies(MARYAM[1])[0], BY_NUMBER)
    company["parties"] = [company["parties"][0] | {"cpr": None, "gcc_id": {"number": MARYAM[1], "country": "OMN"}}]

    with pytest.raises(BackendError):
        read((company,), BY_NUMBER[MARYAM[1]], "commercial-registration")


@pytest.mark.parametrize(
    "changes",
    [
        {"cpr": 910345570},
        {"cpr": "10345570"},
        {"cpr": None},
        {"cpr": ""},
        {"gcc_id": {"number": "1084260288", "country": "SAU"}},
        {"cpr": None, "gcc_id": {"number": "1084260288", "country": "SAU"}},
        {"cpr": None, "gcc_id": {"number": "1084260288", "country": "EGY"}},
        {"standing": "GCC"},
        {"standing": "TOURIST"},
        {"standing": None},
        {"birth_date": "2001-03-17"},
        {"birth_date": "00/13/1957"},
        {"full_name": None, "first_name": None, "father_name": None, "grandfather_name": None, "family_name": None},
        {"address": {"road": 1477}},
        {"address": ["1477"]},
        {"mobile": 36001234},
    ],
)
def test_a_person_who_cannot_be_believed_is_no_record(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        maryam(**changes)


@pytest.mark.parametrize(
    ("mobile", "phone", "notes"),
    [
        ("36001234", "+97336001234", ()),
        ("97336001234", "+97336001234", ()),
        ("0097336001234", "+97336001234", ()),
        ("+973 3600 1234", "+97336001234", ()),
        ("٣٦٠٠١٢٣٤", "+97336001234", ()),
        (None, None, ()),
        ("12", None, ("phone_unreadable",)),
    ],
)
def test_a_telephone_is_read_in_all_its_writings(mobile: str | None, phone: str | None, notes: tuple[str]) -> None:
    person = maryam(mobile=mobile)

    assert (person.phone, person.notes) == (phone, notes)


def test_what_the_card_prints_agrees_disagrees_or_cannot_be_read() -> None:
    zone = said.mrz_line_2(date(2001, 3, 17), "F", date(2031, 11, 23), "BHR")

    assert len(zone) == 30
    for printed, agrees, notes in (
        (zone, True, ()),
        (zone.replace("311123", "301123"), False, ("dates_disagree",)),
        ("<<<", None, ("mrz_unreadable",)),
        (None, None, ()),
    ):
        person = maryam(card={"expiry_date": "23/11/2031", "mrz_line_2": printed})
        assert (person.document_expires.agrees, person.notes) == (agrees, notes)
        assert person.document_expires.original == "23/11/2031"
    assert maryam(card=None).document_expires is None


def test_the_check_digits_of_the_zone_are_those_of_the_standard() -> None:
    """The example of ICAO 9303 part 5: 740812, check digit 2, and 120415, check digit 9."""
    assert said.mrz_line_2(date(1974, 8, 12), "F", date(2012, 4, 15), "UTO")[:18] == "7408122F1204159UTO"


def test_a_moment_is_on_bahrains_clock_and_its_day_comes_first() -> None:
    assert moment("05/11/2026 08:30:05").isoformat() == "2026-11-05T08:30:05+03:00"
    found = day("05/11/2026")
    assert found
    assert (found.date, found.original) == (date(2026, 11, 5), "05/11/2026")
    assert day(None) is None
    assert month("05/2026") == "2026-05"


@pytest.mark.parametrize(
    "text",
    [
        "5/11/2026",
        "11/24/2026",
        "29/02/2026",
        "05-11-2026",
        "2026/11/05",
        "05/11/26",
        "05/11/2026\n",
        "٠٥/١١/٢٠٢٦",
        "00/00/0000",
        "",
    ],
)
def test_a_day_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        day(text)
    with pytest.raises(ValueError, match=r"\w"):
        moment(f"{text} 08:30:05")


@pytest.mark.parametrize("text", ["05/11/2026", "05/11/2026 8:30:05", "05/11/2026T08:30:05", "05/11/2026 24:00:00"])
def test_a_moment_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moment(text)


@pytest.mark.parametrize("text", ["13/2024", "00/2024", "1/2024", "2024-01", "01/24", "01/2024 "])
def test_a_month_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="MM/yyyy"):
        month(text)


@pytest.mark.parametrize(("value", "shown"), [(0, "0.000"), (1, "0.001"), (250_500, "250.500"), (10**9, "1000000.000")])
def test_an_amount_is_a_whole_number_of_fils(value: int, shown: str) -> None:
    assert due_fils({"fils": value}, "fils").model_dump(mode="json") == {"amount": shown, "currency": "BHD"}


@pytest.mark.parametrize(
    "value", [-1, True, "20000", Decimal("20000.5"), Decimal("20000.0"), 2e4, None, [20000], 10**18]
)
def test_an_amount_of_another_kind_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        due_fils({"fils": value}, "fils")


def test_the_readme_names_every_field_of_every_answer() -> None:
    """Carried or not: nothing is dropped in silence."""
    readme = Path(said.__file__).with_name("README.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z0-9_]+)`", readme))

    used = {name for who in PEOPLE.people for service in SERVICES for name in _names(told(who, service))}
    assert used - named == set()


def test_the_readme_names_every_note() -> None:
    folder = Path(said.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    notes = set(re.findall(r': Final = "([a-z_]+)"', code)) - {"bahrain"}

    assert {"dates_disagree", CPR_TOO_SHORT} <= notes
    assert all(f"`{note}`" in (folder / "README.md").read_text("utf-8") for note in notes)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _names(inner)


SOMEBODY = {service: [who for who in PEOPLE.people if told(who, service)][:15] for service in SERVICES}
ODD = (
    "",
    " ",
    "null",
    "-1",
    "00/00/0000",
    "31/12/9999",
    "01/01/0001",
    "XXX",
    0,
    -1,
    10**18,
    True,
    None,
    Decimal("0.5"),
)
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=30),
    st.integers(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["ar", "en", "number", "country"]), st.text(max_size=9), max_size=2),
)


@settings(max_examples=500, deadline=2000)
@given(data=st.data(), service=st.sampled_from(sorted(SERVICES)))
def test_a_changed_answer_gives_records_or_an_error_that_the_flow_knows(data: st.DataObject, service: str) -> None:
    """A value replaced, a member removed or renamed: never anything but records or one of three errors."""
    who = data.draw(st.sampled_from(SOMEBODY[service]))
    answer = copy.deepcopy(told(who, service))
    for _ in range(data.draw(st.integers(1, 3))):
        _change(data, answer)

    try:
        found = read(answer, who, service)
    except (BackendError, ValueError, KeyError):
        return
    assert all(record.source.country is Country.BH for record in found)


def _change(data: st.DataObject, answer: Any) -> None:
    objects = list(_objects(answer))
    chosen = data.draw(st.sampled_from([each for each in objects if each] or [{"": None}]))
    name = data.draw(st.sampled_from(sorted(chosen)))
    match data.draw(st.sampled_from(["replace", "remove", "rename"])):
        case "replace":
            chosen[name] = data.draw(VALUES)
        case "remove":
            del chosen[name]
        case "rename":
            chosen[name.upper()] = chosen.pop(name)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _objects(inner)
