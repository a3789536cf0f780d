"""Whatever Qatar says of its people arrives whole in the shared schema, and whatever it says wrongly does not hang."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.qatar import sandbox_answers as said
from adapters.qatar.answers import Inquiry, read_answer
from adapters.qatar.commercial_registration import QatarCommercialRegistration
from adapters.qatar.identity_verification import QatarIdentity
from adapters.qatar.messages import Fields, read_response
from adapters.qatar.national import QatarSystem
from adapters.qatar.operations import CONTRIBUTIONS, PERSON, REGISTRATIONS, VIOLATIONS, Operation
from adapters.qatar.pension_contributions import QatarPensionContributions
from adapters.qatar.sandbox_xml import Record, reply
from adapters.qatar.traffic_fines import QatarTrafficFines
from adapters.qatar.values import count, day, moment, month, riyals
from gateway.sdk import BackendError, BackendGarbled, Connection, Country, Inbox, Lookup, Response
from gateway.sdk.sandbox import SyntheticPerson, population
from tests.support.qatar import NOW, SECRETS, ask
from tests.support.qatar import response as enveloped

PEOPLE = population(Country.QA)
BY_NUMBER = {who.identifier: who for who in PEOPLE.people}
SYSTEM = QatarSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW))
REFERENCE = "req-1-QA"

Service = tuple[Operation, Lookup[Any, Any], Callable[[SyntheticPerson], Record]]
SERVICES: Mapping[str, Service] = {
    "identity-verification": (PERSON, QatarIdentity(SYSTEM), said.person),
    "traffic-fines": (
        VIOLATIONS,
        QatarTrafficFines(SYSTEM),
        lambda who: said.violations(PEOPLE.fines(who.identifier), BY_NUMBER),
    ),
    "commercial-registration": (
        REGISTRATIONS,
        QatarCommercialRegistration(SYSTEM),
        lambda who: said.registrations(PEOPLE.companies(who.identifier), BY_NUMBER),
    ),
    "pension-contributions": (
        CONTRIBUTIONS,
        QatarPensionContributions(SYSTEM),
        lambda who: said.contributions(PEOPLE.contributions(who.identifier), BY_NUMBER),
    ),
}


def body_about(who: SyntheticPerson, service: str) -> bytes:
    """The answer that the stand-in writes."""
    operation, _, tell = SERVICES[service]
    return reply("0000", "Success", REFERENCE, {"transaction": "T-1", operation.payload: tell(who)}).body


def read(body: bytes, who: SyntheticPerson, service: str) -> Sequence[Any]:
    """The records that the room makes of it."""
    operation, adapter, _ = SERVICES[service]
    answer: Inquiry = read_answer(Response(200, {}, body), reference=REFERENCE, payload=operation.payload)
    return adapter.normalise(answer, ask(service, (who.home, who.identifier)))


def records(who: SyntheticPerson, service: str) -> Sequence[Any]:
    return read(body_about(who, service), who, service)


def test_every_person_arrives_as_registered() -> None:
    for who in PEOPLE.people:
        (person,) = records(who, "identity-verification")

        assert (person.identifier.country, person.identifier.value) == (who.home, who.identifier)
        assert person.identifier.kind == ("resident_id" if who.standing == "resident" else "national_id")
        assert person.names.latin.full == who.latin.full.upper()
        assert person.names.arabic is None or person.names.arabic.full == who.arabic.full
        assert person.names.latin.given is None
        assert (person.gender, person.nationality, person.standing) == (who.gender, who.nationality, who.standing)
        assert person.alive is who.alive
        assert (person.birth_date.date, person.document_expires.date) == (who.birth, who.document_expires)
        assert person.phone in (None, who.phone)
        assert person.notes == ()
        assert person.source.reference == "T-1"


def test_an_address_arrives_as_the_three_numbers_of_the_blue_plate() -> None:
    for who in PEOPLE.people:
        (person,) = records(who, "identity-verification")

        told = [(each.locators.zone, each.locators.street, each.locators.building) for each in person.addresses]
        assert told == ([tuple(who.address[name] for name in ("zone", "street", "building"))] if who.address else [])
        assert all("المنطقة" in line for each in person.addresses for line in each.lines)


def test_every_oddity_befalls_somebody_and_spares_somebody() -> None:
    everybody = [records(who, "identity-verification")[0] for who in PEOPLE.people]

    for oddity in (
        lambda person: person.names.arabic is None,
        lambda person: person.phone is None,
        lambda person: not person.birth_date.original.isascii(),
    ):
        assert 0 < sum(map(oddity, everybody)) < len(everybody) / 2
    numbers = [said.identity(who)["number"] for who in PEOPLE.people]
    assert 0.3 < sum(str(number).isascii() for number in numbers) / len(numbers) < 0.7


def test_every_fine_arrives_as_recorded() -> None:
    for who in PEOPLE.people:
        for fine, told in zip(records(who, "traffic-fines"), PEOPLE.fines(who.identifier), strict=True):
            assert (fine.reference, fine.source.reference) == (told.reference, told.reference)
            assert (fine.subject.country, fine.subject.value) == (who.home, who.identifier)
            assert (fine.occurred_at, fine.status, fine.black_points) == (told.occurred_at, told.status, None)
            assert fine.amount.amount == told.amount
            assert (fine.discounted and fine.discounted.amount) == told.discounted
            assert (fine.due and fine.due.date) == told.due
            assert (fine.plate.country, fine.plate.number) == (told.plate_country, told.plate_number)
            assert (fine.plate.letters or "", fine.plate.issuer or "") == (told.plate_letters, told.plate_issuer)
            assert fine.violation.description.en == told.violation_en.upper()
            assert fine.violation.description.ar in (None, told.violation_ar)
            assert fine.location.en == told.location_en.upper()


def test_every_registration_arrives_as_registered() -> None:
    for who in PEOPLE.people:
        found = records(who, "commercial-registration")
        for company, told in zip(found, PEOPLE.companies(who.identifier), strict=True):
            assert (company.number, company.status, company.main) == (told.number, told.status, told.is_main)
            assert company.branch_of == told.main_number
            assert (company.issued.date, company.expires.date) == (told.issued, told.expires)
            assert (company.capital.amount, company.legal_form_code) == (told.capital, told.form_code)
            assert [each.code for each in company.activities] == [code for code, _, _ in told.activities]
            owners = [(each.identifier.value, each.share_percent) for each in company.parties[:-1]]
            assert owners == list(told.owners)
            assert (company.parties[-1].identifier.value, company.parties[-1].role) == (told.manager, "manager")
            assert company.notes == ()


def test_every_month_arrives_as_credited() -> None:
    for who in PEOPLE.people:
        credited = 0
        found = records(who, "pension-contributions")
        for each, told in zip(found, PEOPLE.contributions(who.identifier), strict=True):
            credited += told.status == "paid"
            assert (each.period, each.status, each.months_credited) == (told.period, told.status, credited)
            shares = (each.wage.amount, each.employee_share.amount, each.employer_share.amount)
            assert shares == (told.wage, told.employee_share, told.employer_share)
            assert (each.paid_on and each.paid_on.date) == told.paid_on
            assert each.employer.number == told.employer_number


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("18-Dec-1993", date(1993, 12, 18)),
        ("١٨-Dec-١٩٩٣", date(1993, 12, 18)),
        ("۱۸-DEC-1993", date(1993, 12, 18)),
        ("29-feb-2024", date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_in_either_digits_and_kept_as_written(text: str, meant: date) -> None:
    found = day(text)

    assert found is not None
    assert (found.date, found.original, found.calendar) == (meant, text, "gregorian")


@pytest.mark.parametrize(
    "text",
    [
        "29-Feb-2023",
        "00-Jan-2024",
        "1-Jan-2024",
        "18-12-1993",
        "18-Dez-1993",
        "18-ديسمبر-1993",
        "18 Dec 1993",
        "18-Dec-93",
        "1993-Dec-18",
        "18-Dec-0000",
        " 18-Dec-1993",
        "18-Dec-1993T00:00:00",
    ],
)
def test_a_day_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        day(text)


def test_a_moment_is_on_qatars_clock() -> None:
    assert moment("٠٩-Mar-٢٠٢٦", "٢٣:30:05").isoformat() == "2026-03-09T23:30:05+03:00"


@pytest.mark.parametrize("text", ["24:00:00", "23:60:00", "23:30", "23:30:05Z", "9:00:00", "", "09:00:00 PM"])
def test_a_time_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moment("09-Mar-2026", text)


@pytest.mark.parametrize("text", ["01-2024", "Jan-24", "January-2024", "Jan 2024", "Foo-2024", "2024-Jan"])
def test_a_month_written_otherwise_is_refused(text: str) -> None:
    assert month("Jan-٢٠٢٤") == "2024-01"
    with pytest.raises(ValueError, match="is no month"):
        month(text)


def amount(text: str, currency: str = "QAR") -> Decimal:
    element = etree.fromstring(f'<a><amount currency="{currency}">{text}</amount></a>')
    money = riyals(Fields(element), "amount")
    assert money is not None
    return money.amount


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("١٬٥٠٠٫٠٠", "1500.00"),
        ("1,500.00", "1500.00"),
        ("۵۰۰٫۵", "500.50"),
        ("٠", "0.00"),
        ("١٬٢٣٤٬٥٦٧٫٨٩", "1234567.89"),
        ("1500", "1500.00"),
    ],
)
def test_an_amount_is_read_in_either_digits_and_separators(text: str, meant: str) -> None:
    assert str(amount(text)) == meant


@pytest.mark.parametrize(
    "text",
    ["1500,00", "١٥٠٠٬٠٠", "1,5000.00", "1.500,00", "1.005", "-1", "+1", "1e3", "NaN", "QAR 5", ".5", "5.", "9" * 16],
)
def test_an_amount_that_could_be_another_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        amount(text)


@pytest.mark.parametrize("currency", ["USD", "", "qar", "SAR"])
def test_an_amount_in_another_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="riyals"):
        amount("1", currency)


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "1234567890", " 1", "", "²"])
def test_a_count_written_otherwise_is_refused(text: str) -> None:
    assert count("١٢") == 12
    with pytest.raises(ValueError, match="whole number"):
        count(text)


@pytest.mark.parametrize(
    "body",
    [
        "<other/>",
        '<r:response xmlns:r="urn:x"/>',
        enveloped("<a/><a/>"),
        enveloped("words"),
        enveloped().replace("</response>", "words</response>"),
        enveloped().replace("<requestRef>", "<requestRef><b/>"),
        enveloped().replace("{ref}", "req-<!-- -->1-QA"),
        enveloped().replace("<response>", "<!DOCTYPE response><response>"),
        enveloped().replace("<response>", "<?go there?><response>"),
    ],
)
def test_an_envelope_of_another_shape_is_garbled(body: str) -> None:
    with pytest.raises(BackendGarbled):
        read_response(body.replace("{ref}", REFERENCE).encode(), REFERENCE)


SHORT_ONES = {
    service: [who for who in PEOPLE.people if 0 < len(body_about(who, service)) < 9000][:12] for service in SERVICES
}


@settings(max_examples=400, deadline=2000)
@given(data=st.data(), service=st.sampled_from(sorted(SERVICES)))
def test_a_changed_answer_gives_records_or_an_error_that_the_flow_knows(data: st.DataObject, service: str) -> None:
    """A value replaced, an element removed, doubled or moved: never anything but records or one of three errors."""
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


ODD = ("", "null", "-1", "٠", "٩٬٩", "NaN", "1e999999", "31-Dec-9999", "01-Jan-0001", "XXX", "24:00:00", "101850B1")
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
VALUES = st.one_of(st.sampled_from(ODD), st.text(CHARACTERS, max_size=30), st.text("0123456789٠١٢٣٩٬٫.,-", max_size=20))


def _change(data: st.DataObject, elements: list[etree._Element]) -> None:
    element = data.draw(st.sampled_from(elements))
    parent = element.getparent()
    match data.draw(st.sampled_from(["replace", "attribute", "remove", "double", "nest"])):
        case "replace":
            element.text = data.draw(VALUES)
        case "attribute" if element.attrib:
            element.set(str(next(iter(element.attrib))), data.draw(VALUES))
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
    assert all(record.source.country is Country.QA for record in found)
