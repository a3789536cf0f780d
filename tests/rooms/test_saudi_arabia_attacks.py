"""An envelope of Saudi Arabia's bus is believed in one shape only, and whatever else arrives is garbled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.saudi_arabia.identity_verification import SaudiIdentityVerification
from adapters.saudi_arabia.operations import CITIZEN, VIOLATIONS
from adapters.saudi_arabia.sandbox_bus import XML, envelope
from adapters.saudi_arabia.soap import ENVELOPE, YEFI, Result, elements, read_result
from gateway.sdk import BackendError, BackendGarbled, Response
from gateway.sdk.sandbox import Behaviour, Reply
from gateway.sdk.sandbox.behaviours import Kind
from tests.support.saudi import CITIZEN_VALUES, KHALID, answer, ask, line, message, response

REFERENCE = "req-1-SA"
OTHER = "1000000016"
ANOTHER = f"<nin>{OTHER}</nin>"
RIGHT = message()


def header(relates_to: str = REFERENCE, more: str = "") -> str:
    return (
        f'<soapenv:Header><yefi:ServiceHeader xmlns:yefi="{YEFI}"><yefi:MessageDetails><yefi:RelatesTo>{relates_to}'
        f"</yefi:RelatesTo></yefi:MessageDetails></yefi:ServiceHeader>{more}</soapenv:Header>"
    )


def block(must_understand: str, name: str = "Signature") -> str:
    """A header block of a stranger, with this value of ``mustUnderstand``."""
    return f'<x:{name} xmlns:x="urn:stranger" soapenv:mustUnderstand="{must_understand}"/>'


def altered(old: str, new: str) -> bytes:
    """A right envelope in which one thing is another."""
    body = envelope(header(), RIGHT)
    assert old.encode() in body
    return body.replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    "said",
    ["", header(), header(more=block("0")), header(more='<x:Trace xmlns:x="urn:stranger">1</x:Trace>')],
    ids=["no header", "our message", "a block that need not be understood", "a block that says nothing of it"],
)
def test_the_one_shape_is_believed(said: str) -> None:
    """The measure of the attacks that follow."""
    result = read_result(response(RIGHT, header=said), CITIZEN, REFERENCE)

    assert isinstance(result, Result)
    assert result.fields == CITIZEN_VALUES


@pytest.mark.parametrize(
    "body",
    [
        altered("</soapenv:Body>", f"</soapenv:Body><soapenv:Body>{RIGHT}</soapenv:Body>"),
        altered("</soapenv:Body>", f"{RIGHT}</soapenv:Body>"),
        altered("</soapenv:Body>", "words</soapenv:Body>"),
        altered("<soapenv:Body>", "<soapenv:Body><x:Wrapper xmlns:x='urn:stranger'>").replace(
            b"</soapenv:Body>", b"</x:Wrapper></soapenv:Body>"
        ),
        altered("<soapenv:Body>", "<soapenv:Extra/><soapenv:Body>"),
        altered("</soapenv:Body>", "</soapenv:Body><soapenv:Header/>"),
        altered("<soapenv:Header>", "<soapenv:Header/><soapenv:Header>"),
        envelope(header(), ""),
        altered(ENVELOPE, "http://www.w3.org/2003/05/soap-envelope"),
        altered(f' xmlns:soapenv="{ENVELOPE}"', ' xmlns:soapenv="urn:stranger"'),
        altered(CITIZEN.namespace, "http://yakeen4somebody.yakeen.elm.com/"),
        altered("getCitizenInfoResponse", "getResidentInfoByIqamaResponse"),
        altered("CitizenInfoResult", "ResidentInfoByIqamaResult"),
        altered("</CitizenInfoResult>", f"</CitizenInfoResult><CitizenInfoResult>{ANOTHER}</CitizenInfoResult>"),
        altered("<nin>1084260288", "<nin>108426<!-- -->0288"),
        altered("<nin>1084260288", "<nin>108426<?target?>0288"),
        altered("<nin>1084260288", "<nin>108426<b>0288</b>"),
        altered("</nin>", f"</nin><nin>{OTHER}</nin>"),
        altered("</nin>", "</nin><nin>null</nin>"),
        altered("<soapenv:Envelope", "<!DOCTYPE x [<!ENTITY e '1084260288'>]><soapenv:Envelope"),
        altered("<nin>1084260288", "<nin>&e;"),
        envelope(header(more=block("1")), RIGHT),
        envelope(header(more=block("true")), RIGHT),
        envelope(header(more=block("yes")), RIGHT),
        envelope(header("req-2-SA"), RIGHT),
        envelope(header(""), RIGHT),
        b"",
        b"{}",
        b"<a>" * 100_000 + b"</a>" * 100_000,
    ],
    ids=[
        "two bodies", "two messages", "words in the body", "a message wrapped in another", "a part between",
        "a header after the body", "two headers", "an empty body", "SOAP 1.2", "a stranger's envelope",
        "another consumer's namespace", "another operation's answer", "another operation's result", "two results",
        "a comment in the number", "an instruction in the number", "an element in the number", "two numbers",
        "a number and none", "an entity that is defined", "an entity that is not", "a block to be understood (1)",
        "a block to be understood (true)", "a block to be understood (yes)", "an answer to another message",
        "an answer to no message", "nothing", "JSON", "no end of depth",
    ],
)  # fmt: skip
def test_every_other_shape_is_garbled(body: bytes) -> None:
    """None of them shows anybody, neither the person asked for nor another."""
    with pytest.raises(BackendGarbled):
        read_result(Response(200, {"content-type": XML}, body), CITIZEN, REFERENCE)


@pytest.mark.parametrize(
    ("status", "content_type"),
    [(200, "application/json"), (200, "text/html"), (200, "application/soap+xml"), (201, XML), (404, XML), (500, XML)],
)
def test_an_answer_is_text_xml_with_http_200(status: int, content_type: str) -> None:
    """A media type that lies is not read past, and an answer is never a fault's status."""
    with pytest.raises(BackendGarbled):
        read_result(response(RIGHT, status=status, content_type=content_type), CITIZEN, REFERENCE)


def test_a_fault_that_blames_nobody_is_garbled() -> None:
    """Neither a code nor a party: it says nothing that could be believed."""
    with pytest.raises(BackendGarbled):
        read_result(response("<soapenv:Fault/>", status=500), CITIZEN, REFERENCE)


def test_a_fault_cannot_hide_a_message_beside_it() -> None:
    """A not-found code with a person next to it is neither."""
    fault = "<soapenv:Fault><detail><x><commonErrorObject><ErrorCode>100</ErrorCode></commonErrorObject></x></detail>"

    with pytest.raises(BackendGarbled):
        read_result(response(f"{fault}</soapenv:Fault>{RIGHT}", status=500), CITIZEN, REFERENCE)


@pytest.mark.parametrize("kind", ["garbled", "huge", "deep", "bomb", "redirect"])
async def test_whatever_the_stand_in_does_to_its_answers_nobody_is_shown(kind: Kind) -> None:
    """Through the gate, within the time of one question, and without a retry: the bytes came, and they are wrong."""
    async with line() as connected:
        connected.sandbox.behave(Behaviour(kind))

        with pytest.raises(BackendGarbled):
            await answer(SaudiIdentityVerification(connected.system), ask(KHALID))

        assert connected.gates["soap"].state.requests == 1
        assert connected.sandbox.trapped == 0


async def test_the_number_in_an_answer_is_looked_at_and_not_the_one_that_was_asked_for() -> None:
    """That is how an answer about somebody else is noticed behind the room."""
    async with line() as connected:
        other = message(content=elements({**CITIZEN_VALUES, "nin": OTHER}))
        connected.sandbox.prime(Reply(200, XML, envelope("", other)))

        (told,) = await answer(SaudiIdentityVerification(connected.system), ask(KHALID))

    assert told.identifier.value == OTHER


@given(st.integers(0, len(RIGHT) - 1), st.integers(0, 60), st.binary(max_size=12))
def test_no_change_to_an_envelope_does_more_than_be_refused(place: int, length: int, put: bytes) -> None:
    """Bytes are taken out and put in anywhere; what comes back is a result or a plain refusal."""
    body = envelope(header(), RIGHT)
    start = body.index(b"<svc:") + place
    changed = body[:start] + put + body[start + length :]

    try:
        result = read_result(Response(200, {"content-type": XML}, changed), CITIZEN, REFERENCE)
    except BackendError:
        return

    assert result is None or set(result.rows) == CITIZEN.rows


def test_rows_nest_one_level_and_no_more() -> None:
    """A row within a row is not a value."""
    inner = elements({"violationNumber": "1"})
    rows = f"<violationList>{inner}<violationList>{inner}</violationList></violationList>"

    with pytest.raises(BackendGarbled):
        read_result(response(message(VIOLATIONS, rows)), VIOLATIONS, REFERENCE)


@pytest.mark.parametrize(
    "content",
    [
        "<id>1084260288</id>words",
        "words<id>1084260288</id>",
        "<violationList>words<violationNumber>1</violationNumber></violationList>",
        "<violationList><violationNumber>1</violationNumber>words</violationList>",
        "<violationList><violationNumber>1</violationNumber></violationList>words",
    ],
    ids=["behind a value", "before a value", "at a row's beginning", "at a row's end", "behind a row"],
)
def test_words_that_no_element_holds_are_garbled(content: str) -> None:
    """Mixed content has no place in an answer of values."""
    with pytest.raises(BackendGarbled):
        read_result(response(message(VIOLATIONS, content)), VIOLATIONS, REFERENCE)
