"""Saudi Arabia's bus is spoken to as it expects: SOAP 1.1, a header to be understood, credentials inside the body."""

from collections.abc import Mapping

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.saudi_arabia.identity_verification import SaudiIdentityVerification
from adapters.saudi_arabia.national import person_operation
from adapters.saudi_arabia.operations import CITIZEN, CONTRIBUTIONS, GULF_CITIZEN, OPERATIONS, RESIDENT, VIOLATIONS
from adapters.saudi_arabia.pension_contributions import SaudiPensionContributions
from adapters.saudi_arabia.sandbox import Sandbox
from adapters.saudi_arabia.sandbox_bus import Refused, written_fault
from adapters.saudi_arabia.soap import ENVELOPE, YEFI, Operation, Writer
from adapters.saudi_arabia.traffic_fines import SaudiTrafficFines
from gateway.sdk import BackendDown, BackendRefused, Country
from tests.support.saudi import ABDULLAH, KHALID, MARYAM, NOBODY, SECRETS, answer, ask, line, message, primed

NAMES = {"y": YEFI, "e": ENVELOPE}
CREDENTIALS = {"chargeCode": "code", "userName": "user", "password": "word"}
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
ANY_XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


def write(
    operation: Operation = CITIZEN,
    credentials: Mapping[str, str] = CREDENTIALS,
    reference: str = "req-1-SA",
    **values: str,
) -> bytes:
    return Writer(operation, credentials, "bawaba").write(reference, "self_service", values)


def right_credentials() -> dict[str, str]:
    return {
        "chargeCode": SECRETS["charge_code"],
        "userName": SECRETS["user_name"],
        "password": SECRETS["password"],
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_request_is_one_envelope_with_header_and_body_as_the_bus_reads_them(operation: Operation) -> None:
    """The header says version, operation, reference, requester and purpose, and must be understood."""
    envelope = etree.fromstring(write(operation, nin="1084260288"))

    header = envelope.find("e:Header/y:ServiceHeader", NAMES)
    assert header is not None
    assert header.get(f"{{{ENVELOPE}}}mustUnderstand") == "1"
    assert header.findtext("y:Version", None, NAMES) == "1.0"
    assert header.findtext("y:MessageDetails/y:Operation", None, NAMES) == operation.name
    assert header.findtext("y:MessageDetails/y:MessageID", None, NAMES) == "req-1-SA"
    assert header.findtext("y:MessageAudit/y:Requester", None, NAMES) == "bawaba"
    assert header.findtext("y:MessageAudit/y:Purpose", None, NAMES) == "self_service"
    (body,) = envelope.findall("e:Body", NAMES)
    (called,) = body
    assert called.tag == f"{{{operation.namespace}}}{operation.name}"
    (request,) = called
    assert [(str(each.tag), each.text) for each in request] == [
        ("chargeCode", "code"),
        ("userName", "user"),
        ("password", "word"),
        ("referenceNumber", "req-1-SA"),
        ("nin", "1084260288"),
    ]


@given(code=ANY_XML_TEXT, word=ANY_XML_TEXT, reference=ANY_XML_TEXT, nin=ANY_XML_TEXT)
def test_no_value_of_a_request_can_become_an_element_of_it(code: str, word: str, reference: str, nin: str) -> None:
    """Whatever is in a secret, a reference or an identifier, it is read back as the text that it was."""
    credentials = {"chargeCode": code, "userName": "user", "password": word}

    envelope = etree.fromstring(write(CITIZEN, credentials, reference, nin=nin))

    (request,) = envelope.find("e:Body", NAMES)[0]  # type: ignore[index]
    assert [each.text or "" for each in request] == [code, "user", word, reference, nin]


@pytest.mark.parametrize(
    ("subject", "operation"),
    [
        (KHALID, CITIZEN),
        ((Country.SA, "2190267266"), RESIDENT),
        (ABDULLAH, GULF_CITIZEN),
        (MARYAM, GULF_CITIZEN),
    ],
    ids=["a citizen", "a resident", "a Kuwaiti", "a Bahraini"],
)
def test_each_kind_of_person_has_an_operation_of_its_own(subject: tuple[Country, str], operation: Operation) -> None:
    """The first digit tells citizens from residents; everybody else is asked for with a nationality."""
    assert person_operation(ask(subject).subject) is operation


@pytest.mark.parametrize(
    ("secret", "code"),
    [("charge_code", "300"), ("user_name", "301"), ("password", "301")],
)
async def test_wrong_credentials_are_refused_by_the_code_of_the_bus(secret: str, code: str) -> None:
    """They are looked for in the body, where this bus wants them; none is tried twice."""
    async with line(known_to_us={**SECRETS, secret: "wrong"}) as connected:
        for adapter in (SaudiIdentityVerification, SaudiTrafficFines, SaudiPensionContributions):
            with pytest.raises(BackendRefused) as caught:
                await answer(adapter(connected.system), ask(KHALID))
            assert caught.value.facts == {"reason": code}

        assert connected.gates["soap"].state.requests == 3


@pytest.mark.parametrize("code", ["500", "501", "502", "503"])
async def test_a_system_that_says_it_is_out_of_order_is_asked_again(code: str) -> None:
    """Asking changes nothing, so a fault of the moment is not yet an answer."""
    async with line() as connected:
        connected.sandbox.prime(written_fault(Refused(code, message="Out of order")))

        (told,) = await answer(SaudiIdentityVerification(connected.system), ask(KHALID))

        assert told.identifier.value == KHALID[1]
        assert connected.gates["soap"].state.retries == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("302", "302"),
        ("777", "777"),
        ("ERR-12_a", "ERR-12_a"),
        ("1084260288 is blocked", "unreadable_code"),
        ("خطأ", "unreadable_code"),
        ("9" * 17, "unreadable_code"),
    ],
)
async def test_any_other_code_is_a_refusal_and_is_repeated_only_where_it_is_a_code(code: str, reason: str) -> None:
    """What is logged of a refusal can never be a citizen's data."""
    async with line() as connected:
        connected.sandbox.prime(written_fault(Refused(code, message="Refused")))

        with pytest.raises(BackendRefused) as caught:
            await answer(SaudiIdentityVerification(connected.system), ask(KHALID))

    assert caught.value.facts == {"reason": reason}


@pytest.mark.parametrize(
    ("party", "error"),
    [
        ("soapenv:Client", BackendRefused),
        ("soapenv:MustUnderstand", BackendRefused),
        ("soapenv:VersionMismatch", BackendRefused),
        ("soapenv:Server", BackendDown),
    ],
)
async def test_a_fault_without_a_code_is_judged_by_whom_it_blames(party: str, error: type[Exception]) -> None:
    """SOAP 1.1, section 4.4.1."""
    fault = f"<soapenv:Fault><faultcode>{party}</faultcode><faultstring>No</faultstring></soapenv:Fault>"
    async with line() as connected:
        for _ in range(3):
            connected.sandbox.prime(primed(fault, status=500))

        with pytest.raises(error):
            await answer(SaudiIdentityVerification(connected.system), ask(KHALID))


async def test_an_answer_may_leave_its_header_out() -> None:
    """Where there is one it must be to our message; see the attacks."""
    async with line() as connected:
        connected.sandbox.prime(primed(message()))

        (told,) = await answer(SaudiIdentityVerification(connected.system), ask(KHALID))

    assert told.source.reference == "100200300"


async def _ask_the_stand_in(path: str, body: bytes, headers: Mapping[str, str] = HEADERS) -> tuple[int, str]:
    """Status and body of a request of which we write every byte."""
    async with (
        Sandbox(secrets=SECRETS).running() as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}/services/{path}", data=body, headers=headers) as response,
    ):
        return response.status, await response.text()


YAKEEN_PATH = "Yakeen4Bawaba"
SOAP_12 = b"http://www.w3.org/2003/05/soap-envelope"
RIGHT = write(CITIZEN, right_credentials(), nin=KHALID[1])


async def test_the_stand_in_answers_what_is_right_in_every_way() -> None:
    """The measure of the refusals that follow."""
    status, body = await _ask_the_stand_in(YAKEEN_PATH, RIGHT)

    assert (status, "القحطاني" in body) == (200, True)


@pytest.mark.parametrize(
    ("path", "body", "headers", "party"),
    [
        (YAKEEN_PATH, RIGHT, {"Content-Type": "application/soap+xml", "SOAPAction": '""'}, "Client"),
        (YAKEEN_PATH, RIGHT, {"Content-Type": "text/xml"}, "Client"),
        (YAKEEN_PATH, RIGHT[:-9], HEADERS, "Client"),
        (YAKEEN_PATH, RIGHT.replace(ENVELOPE.encode(), SOAP_12), HEADERS, "VersionMismatch"),
        (YAKEEN_PATH, RIGHT.replace(b"yefi-like:1.0", b"yefi-like:2.0"), HEADERS, "Client"),
        (YAKEEN_PATH, RIGHT.replace(b"<yefi:Version>1.0", b"<yefi:Version>2.0"), HEADERS, "MustUnderstand"),
        (YAKEEN_PATH, RIGHT.replace(b"<yefi:MessageID>req-1-SA", b"<yefi:MessageID>"), HEADERS, "MustUnderstand"),
        (YAKEEN_PATH, RIGHT.replace(b"yakeen4bawaba", b"yakeen4somebody"), HEADERS, "Client"),
        ("Traffic4Bawaba", RIGHT, HEADERS, "Client"),
    ],
    ids=[
        "another media type", "no SOAPAction", "half an envelope", "SOAP 1.2", "another header", "another version",
        "no reference", "another consumer", "another service",
    ],
)  # fmt: skip
async def test_the_stand_in_refuses_what_the_real_system_would(
    path: str, body: bytes, headers: Mapping[str, str], party: str
) -> None:
    """Each with a fault and HTTP 500, as SOAP 1.1 has it."""
    status, said = await _ask_the_stand_in(path, body, headers)

    assert status == 500
    assert f"<faultcode>soapenv:{party}" in said
    assert "القحطاني" not in said


@pytest.mark.parametrize(
    ("operation", "values", "code"),
    [
        (CITIZEN, {"nin": NOBODY[1]}, "100"),
        (CITIZEN, {"nin": "2190267266"}, "100"),
        (RESIDENT, {"iqamaNumber": KHALID[1]}, "101"),
        (GULF_CITIZEN, {"gccNIN": ABDULLAH[1], "gccNationality": "414"}, ""),
        (GULF_CITIZEN, {"gccNIN": ABDULLAH[1], "gccNationality": "48"}, "102"),
        (GULF_CITIZEN, {"gccNIN": MARYAM[1], "gccNationality": "48"}, ""),
        (GULF_CITIZEN, {"gccNIN": MARYAM[1]}, "102"),
        (VIOLATIONS, {"id": ABDULLAH[1]}, "110"),
        (VIOLATIONS, {"id": ABDULLAH[1], "nationality": "414"}, ""),
        (CONTRIBUTIONS, {"id": MARYAM[1], "nationality": "512"}, "120"),
    ],
    ids=lambda value: value.name if isinstance(value, Operation) else str(value),
)
async def test_people_are_known_by_number_kind_and_nationality_together(
    operation: Operation, values: Mapping[str, str], code: str
) -> None:
    """The same digits of another kind or nationality are somebody else's; ``xs:short`` knows no leading zero."""
    body = Writer(operation, right_credentials(), "bawaba").write("req-1-SA", "self_service", values)

    status, said = await _ask_the_stand_in(operation.service, body)

    assert status == (500 if code else 200)
    assert (f"<ErrorCode>{code}</ErrorCode>" in said) == bool(code)
