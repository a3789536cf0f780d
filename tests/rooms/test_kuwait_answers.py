"""Whatever Kuwait says of its people arrives whole in the shared schema, and whatever it says wrongly does not hang."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.kuwait import sandbox_answers as said
from adapters.kuwait.answers import read_callback
from adapters.kuwait.commercial_registration import KuwaitCommercialRegistration
from adapters.kuwait.identity_verification import KuwaitIdentity
from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.operations import CONTRIBUTIONS, PERSON, REGISTRATIONS, VIOLATIONS, Operation
from adapters.kuwait.pension_contributions import KuwaitPensionContributions
from adapters.kuwait.sandbox_soap import Value
from adapters.kuwait.sandbox_soap import callback as written
from adapters.kuwait.traffic_fines import KuwaitTrafficFines
from adapters.kuwait.values import count, day, moment
from gateway.sdk import BackendError, Connection, Country, Gate, Inbox, Lookup
from gateway.sdk.sandbox import SyntheticPerson, population
from tests.support.kuwait import NOW, NUMBER, SECRETS, ask
from tests.support.kuwait import callback as enveloped

PEOPLE = population(Country.KW)
BY_NUMBER = {who.identifier: who for who in PEOPLE.people}
SYSTEM = KuwaitSystem(
    Connection({each: Gate("kuwait", "http://127.0.0.1:1") for each in ("paci",)}, SECRETS, Inbox(""), lambda: NOW)
)

Service = tuple[Operation, Lookup[Any, Any], Callable[[SyntheticPerson], tuple[str, Value]]]
SERVICES: Mapping[str, Service] = {
    "identity-verification": (PERSON, KuwaitIdentity(SYSTEM), lambda who: ("PersonalData", said.person(who))),
    "traffic-fines": (
        VIOLATIONS,
        KuwaitTrafficFines(SYSTEM),
        lambda who: ("Violations", said.violations(PEOPLE.fines(who.identifier), BY_NUMBER)),
    ),
    "commercial-registration": (
        REGISTRATIONS,
        KuwaitCommercialRegistration(SYSTEM),
        lambda who: ("Registrations", said.registrations(PEOPLE.companies(who.identifier), BY_NUMBER)),
    ),
    "pension-contributions": (
        CONTRIBUTIONS,
        KuwaitPensionContributions(SYSTEM),
        lambda who: ("Contributions", said.contributions(PEOPLE.contributions(who.identifier), BY_NUMBER)),
    ),
}


def body_about(who: SyntheticPerson, service: str) -> bytes:
    """The callback that the stand-in writes."""
    operation, _, tell = SERVICES[service]
    member, value = tell(who)
    details = {"RefId": "req-1-KW", "RequestID": NUMBER, "RequestType": operation.request_type}
    return written({"Error": None, "RequestDetails": details, "ResultDetails": {"ResultCode": "1"}, member: value}).body


def read(body: bytes, who: SyntheticPerson, service: str) -> Sequence[Any]:
    """The records that the room makes of it."""
    operation, adapter, _ = SERVICES[service]
    question = ask(service, (who.home, who.identifier))
    return adapter.normalise(read_callback(body, operation, question.reference, NUMBER), question)


def records(who: SyntheticPerson, service: str) -> Sequence[Any]:
    return read(body_about(who, service), who, service)


def test_every_person_arrives_as_registered() -> None:
    for who in PEOPLE.people:
        (person,) = records(who, "identity-verification")

        assert (person.identifier.country, person.identifier.value) == (who.home, who.identifier)
        assert person.names.arabic.full == who.arabic.full
        assert person.names.arabic.given is None
        assert person.names.latin is None or person.names.latin.full == who.latin.full.upper()
        assert (person.gender, person.nationality, person.standing) == (who.gender, who.nationality, who.standing)
        assert person.identifier.kind == ("resident_id" if who.standing == "resident" else "national_id")
        assert person.alive is who.alive
        assert person.birth_date is None or person.birth_date.date == who.birth
        assert person.document_expires.date == who.document_expires
        assert person.document_expires.agrees is ("dates_disagree" not in person.notes)
        assert person.phone in (None, who.phone)
        assert len(person.addresses) == (0 if who.standing == "gcc_visitor" else 1)


def test_an_address_arrives_with_its_paci_number() -> None:
    for who in PEOPLE.people:
        (person,) = records(who, "identity-verification")

        for address in person.addresses:
            parts = address.locators
            told = (parts.governorate, parts.area, parts.block, parts.street, parts.building, parts.paci_number)
            names = ("governorate_ar", "area_ar", "block", "street", "building", "paci_number")
            assert told == tuple(who.address[name] for name in names)
            assert (parts.floor or "", parts.unit or "") == (who.address["floor"], who.address["unit"])


def test_every_oddity_befalls_somebody_and_spares_somebody() -> None:
    everybody = [records(who, "identity-verification")[0] for who in PEOPLE.people]

    for oddity in (
        lambda person: person.names.latin is None,
        lambda person: person.birth_date is None,
        lambda person: person.phone is None,
        lambda person: "dates_disagree" in person.notes,
    ):
        assert 0 < sum(map(oddity, everybody)) < len(everybody) / 2


def test_every_fine_arrives_as_recorded() -> None:
    for who in PEOPLE.people:
        for fine, told in zip(records(who, "traffic-fines"), PEOPLE.fines(who.identifier), strict=True):
            assert (fine.reference, fine.status, fine.amount.amount) == (told.reference, told.status, told.amount)
            assert fine.occurred_at == told.occurred_at
            assert datetime.fromisoformat(fine.original_time) == told.occurred_at.replace(tzinfo=None)
            assert (fine.subject.country, fine.subject.value) == (who.home, who.identifier)
            plate = (fine.plate.country, fine.plate.number, fine.plate.letters or "", fine.plate.issuer or "")
            assert plate == (told.plate_country, told.plate_number, told.plate_letters, told.plate_issuer)
            assert (fine.violation.code, fine.violation.description.ar) == (told.violation_code, told.violation_ar)
            assert fine.violation.description.en in (None, told.violation_en)


def test_every_company_arrives_as_registered() -> None:
    for who in PEOPLE.people:
        for company, told in zip(
            records(who, "commercial-registration"), PEOPLE.companies(who.identifier), strict=True
        ):
            assert (company.number, company.branch_of) == (told.number, told.main_number)
            assert (company.status, company.main) == (told.status, told.is_main)
            assert company.capital.amount == told.capital
            assert (company.issued.date, company.expires.date) == (told.issued, told.expires)
            assert [activity.code for activity in company.activities] == [code for code, _, _ in told.activities]
            *owners, manager = company.parties
            assert [(each.identifier.value, each.share_percent) for each in owners] == list(told.owners)
            assert (manager.identifier.value, manager.role) == (told.manager, "manager")
            assert company.address.locators.paci_number == told.address["paci_number"]


def test_every_month_arrives_as_credited() -> None:
    for who in PEOPLE.people:
        credited = 0
        for month, told in zip(
            records(who, "pension-contributions"), PEOPLE.contributions(who.identifier), strict=True
        ):
            credited += told.status == "paid"
            assert (month.period, month.status, month.months_credited) == (told.period, told.status, credited)
            shares = (month.wage.amount, month.employee_share.amount, month.employer_share.amount)
            assert shares == (told.wage, told.employee_share, told.employer_share)
            assert (month.paid_on and month.paid_on.date) == told.paid_on
            assert month.employer.number == told.employer_number


@pytest.mark.parametrize("text", ["2026-11-24T08:30:05"])
def test_a_moment_is_on_kuwaits_clock(text: str) -> None:
    assert moment(text).isoformat() == f"{text}+03:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24",
        "2026-11-24T08:30",
        "2026-11-24T08:30:05Z",
        "2026-11-24T08:30:05+03:00",
        "2026-11-24T08:30:05.123",
        "2026-11-24 08:30:05",
        "2026-02-29T00:00:00",
        "2026-11-24T24:00:00",
        "24-11-2026T00:00:00",
        "٢٠٢٦-١١-٢٤T00:00:00",
        "20261124T083005",
        "0000-01-01T00:00:00",
    ],
)
def test_a_moment_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moment(text)


def test_the_empty_date_of_dotnet_is_none_and_the_day_after_is_not() -> None:
    assert day("0001-01-01T00:00:00") is None
    assert day(None) is None
    after = day("0001-01-02T00:00:00")
    assert after is not None
    assert after.date == date(1, 1, 2)


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "١٢", "1234567890", " 1", ""])
def test_a_count_written_otherwise_is_refused(text: str) -> None:
    assert count("012") == 12
    with pytest.raises(ValueError, match="whole number"):
        count(text)


@pytest.mark.parametrize(("text", "shown"), [("250.500", "250.500"), ("1425", "1425.000"), ("5.25", "5.250")])
def test_an_amount_has_the_decimals_of_the_dinar(text: str, shown: str) -> None:
    fine = (
        "<a:Violations><a:Violation><a:CivilID>285061445574</a:CivilID><a:IDType>1</a:IDType><a:TicketNo>1</a:TicketNo>"
        "<a:ViolationCode>1</a:ViolationCode><a:ViolationDescEn>x</a:ViolationDescEn><a:StatusCode>0</a:StatusCode>"
        f"<a:ViolationDate>2026-11-24T08:30:05</a:ViolationDate><a:Amount>{text}</a:Amount></a:Violation></a:Violations>"
    )
    body = enveloped(fine, request_type="2").encode()

    (found,) = read(body, BY_NUMBER["285061445574"], "traffic-fines")

    assert found.model_dump(mode="json")["amount"] == {"amount": shown, "currency": "KWD"}
    assert found.amount.amount == Decimal(text)


SHORT_ONES = {
    service: [who for who in PEOPLE.people if 0 < len(body_about(who, service)) < 9000][:12] for service in SERVICES
}


@settings(max_examples=400, deadline=2000)
@given(data=st.data(), service=st.sampled_from(sorted(SERVICES)))
def test_a_changed_answer_gives_records_or_an_error_that_the_flow_knows(data: st.DataObject, service: str) -> None:
    """A value replaced, a member removed, doubled or moved: never anything but records or one of three errors."""
    who = data.draw(st.sampled_from(SHORT_ONES[service]))
    root = etree.fromstring(body_about(who, service))
    elements = list(root.iter())
    for _ in range(data.draw(st.integers(1, 3))):
        _change(data, elements)

    _reads_or_raises(etree.tostring(root, encoding="utf-8"), who, service)


@settings(max_examples=200, deadline=2000)
@given(data=st.data(), service=st.sampled_from(sorted(SERVICES)))
def test_changed_bytes_give_records_or_an_error_that_the_flow_knows(data: st.DataObject, service: str) -> None:
    who = data.draw(st.sampled_from(SHORT_ONES[service]))
    body = body_about(who, service)
    place = data.draw(st.integers(0, len(body) - 1))
    length, new = data.draw(st.integers(0, 40)), data.draw(st.binary(max_size=12))

    _reads_or_raises(body[:place] + new + body[place + length :], who, service)


ODD = ("", "null", "-1", "0", "9", "NaN", "1e999999", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "XXX")
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
NUMBERS = st.from_regex(re.compile(r"[0-9]{1,20}(\.[0-9]{1,6})?"), fullmatch=True)
VALUES = st.one_of(st.sampled_from(ODD), st.text(CHARACTERS, max_size=30), NUMBERS)


def _change(data: st.DataObject, elements: list[etree._Element]) -> None:
    element = data.draw(st.sampled_from(elements))
    parent = element.getparent()
    match data.draw(st.sampled_from(["replace", "remove", "double", "nest"])):
        case "replace":
            element.text = data.draw(VALUES)
        case "remove" if parent is not None:
            parent.remove(element)
        case "double" if parent is not None:
            parent.append(etree.fromstring(etree.tostring(element, with_tail=False)))
        case "nest":
            element.append(etree.Element(element.tag))


def _reads_or_raises(body: bytes, who: SyntheticPerson, service: str) -> None:
    try:
        found = read(body, who, service)
    except (BackendError, ValueError, KeyError):
        return
    assert all(record.source.country is Country.KW for record in found)
