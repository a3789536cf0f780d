"""A data contract of Kuwait is read strictly: what could mean two things means nothing."""

import pytest

from adapters.kuwait.answers import read_callback
from adapters.kuwait.contracts import Fields, read_fault
from adapters.kuwait.operations import DATA, PERSON
from gateway.sdk import BackendGarbled
from tests.support.kuwait import BUSY, NUMBER, PERSONAL, callback, fault

TWIN = DATA.replace("GulfInquiry", "GulfInquirY")
LIST = "<a:Violations><a:Violation><a:TicketNo>1</a:TicketNo></a:Violation>{more}</a:Violations>"


def read(content: str, **told: str) -> Fields:
    """The contract that a callback with this content holds."""
    inquiry = read_callback(callback(content, **told).encode(), PERSON, "req-1-KW", NUMBER)
    assert inquiry.data is not None
    return inquiry.data


def test_values_are_trimmed_and_nothing_is_none() -> None:
    data = read('<a:A> 250.500 </a:A><a:B i:nil="true">x</a:B><a:C/><a:D>  </a:D><a:E>null</a:E><a:F>0</a:F>')

    assert [data.text(name) for name in "ABCDEFG"] == ["250.500", None, None, None, None, "0", None]
    assert data.need("A") == "250.500"
    for name in "BCDEG":
        with pytest.raises(KeyError):
            data.need(name)


def test_parts_and_lists_that_are_missing_or_nil_are_none() -> None:
    data = read('<a:A i:nil="true"><a:X/></a:A><a:B/>')

    assert data.part("A") is None
    assert data.part("C") is None
    assert data.part("B") is not None
    assert [list(data.each(name, "X")) for name in "ABC"] == [[], [], []]


def test_a_list_holds_its_own_items_only() -> None:
    assert [each.text("TicketNo") for each in read(LIST.format(more="")).each("Violations", "Violation")] == ["1"]

    with pytest.raises(BackendGarbled):
        list(read(LIST.format(more="<a:Ticket/>")).each("Violations", "Violation"))


def test_a_member_may_stand_once_only() -> None:
    assert read(PERSONAL).part("PersonalData") is not None

    with pytest.raises(BackendGarbled):
        read(PERSONAL + PERSONAL)


def test_a_value_may_hold_no_element() -> None:
    person = read(PERSONAL.replace("285061445574", "2850<a:B>6</a:B>1445574")).part("PersonalData")

    assert person is not None
    with pytest.raises(BackendGarbled):
        person.text("CivilID")


def test_a_namespace_that_only_looks_alike_is_another() -> None:
    assert len(TWIN) == len(DATA)

    with pytest.raises(BackendGarbled):
        read(PERSONAL, namespace=TWIN)
    with pytest.raises(BackendGarbled):
        read(f'<b:PersonalData xmlns:b="{TWIN}"/>')


def test_an_error_beside_success_contradicts_itself() -> None:
    with pytest.raises(BackendGarbled):
        read(PERSONAL + BUSY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<s:Body>", "<s:Header/><s:Body>"),
        ("<s:Body>", "<s:Body><x/>"),
        ("</s:Body>", "<x/></s:Body>"),
        ("</s:Body>", "</s:Body><s:Body/>"),
        ("InquiryCallback", "InquiryCallBack"),
        ("http://tempuri.org/", "http://tempuri.org"),
        ("soap/envelope/", "soap/envelope"),
        ("</response>", "</response><response/>"),
        (' xmlns="http://tempuri.org/"', ""),
        ("<s:Envelope ", '<!DOCTYPE s [<!ENTITY x "1">]><s:Envelope '),
        ("285061445574", "28506<!-- -->1445574"),
        ("285061445574", "28506<?x?>1445574"),
        ("285061445574", "&x;"),
        ("KWT", "KWT\0"),
    ],
)
def test_an_envelope_that_is_not_exactly_one_is_garbled(old: str, new: str) -> None:
    whole = callback(PERSONAL)
    changed = whole.replace(old, new)

    assert changed != whole
    with pytest.raises(BackendGarbled):
        read_callback(changed.encode(), PERSON, "req-1-KW", NUMBER)


def test_a_fault_names_its_code_and_anything_else_is_no_fault() -> None:
    assert read_fault(fault("s:Client").encode()) == "Client"
    assert read_fault(fault("a:InternalServiceFault").encode()) == "InternalServiceFault"
    assert read_fault(callback(PERSONAL).encode()) is None
    assert read_fault(b"<html>") is None
    assert read_fault(b"") is None
