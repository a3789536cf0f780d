"""Whatever Kuwait says of an application, it is read as progress or as an error of the national system."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.request_answers import STATUSES, Standing, progress, read_receipt, read_standing
from adapters.kuwait.requests import RESIDENCE, SETTLEMENT, STATUS, envelope, upload_target
from adapters.kuwait.sandbox_matters import STATUSES as TOLD
from adapters.kuwait.values import instant, item_code, item_name, numeric_of
from gateway.sdk import (
    ApplicationStatus,
    BackendDown,
    BackendError,
    BackendGarbled,
    BackendRefused,
    CallbackRefused,
    Connection,
    Inbox,
    Money,
    Order,
    Progress,
    Response,
)
from tests.support.any_xml import changed, cut
from tests.support.kuwait import BUSY, DENIED, KUWAITI, NOW, SECRETS, fault
from tests.support.kuwait_requests import NUMBER, REFERENCE, answer, notice, order, signed, standing
from tests.support.procedures import attachment

SYSTEM = KuwaitSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW))
DATA = f"<a:Data>{NUMBER}</a:Data>"
EVERYTHING = standing(
    "4",
    "<a:Documents><a:Document><a:DocumentID>DOC-1</a:DocumentID><a:TitleAr>إيصال</a:TitleAr></a:Document></a:Documents>"
    "<a:Payment><a:Amount>15.000</a:Amount><a:PayableUntil>2026-12-01T00:00:00</a:PayableUntil>"
    "<a:PaymentURL>https://pay.example/1</a:PaymentURL></a:Payment>"
    "<a:Reasons><a:Reason><a:Code>3110</a:Code><a:TextAr>سبب</a:TextAr><a:TextEn>Why</a:TextEn></a:Reason></a:Reasons>"
    "<a:RequiredItems><a:RequiredItem><a:ItemCode>SalaryCertificate</a:ItemCode><a:ItemType>1</a:ItemType>"
    "<a:TitleEn>Salary</a:TitleEn></a:RequiredItem></a:RequiredItems>",
    at="2026-11-24T12:00:00.1234567",
)
GOOD = answer(f"{DATA}{EVERYTHING}")


def read(response: Response, asked: Order | None = None) -> Progress:
    asked = asked or order()
    return progress(read_standing(response, operation=STATUS, order=asked), asked)


def test_everything_that_is_said_arrives() -> None:
    found = read(GOOD)

    assert (found.reference, found.status, found.national_status) == (NUMBER, ApplicationStatus.awaiting_payment, "4")
    assert found.changed_at == datetime(2026, 11, 24, 9, 0, 0, 123456, UTC)
    assert found.payment is not None
    assert (found.payment.amount, found.payment.url) == (Money.of("15.000", "KWD"), "https://pay.example/1")
    assert found.payment.expires == datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert [(each.code, each.text.ar, each.text.en) for each in found.reasons] == [("3110", "سبب", "Why")]
    assert [(each.name, each.kind) for each in found.wanted] == [("salary_certificate", "document")]
    assert [(each.id, each.title.ar, each.signed) for each in found.documents] == [("DOC-1", "إيصال", False)]


def test_every_status_that_the_room_knows_is_one_of_ours() -> None:
    for code, status in STATUSES.items():
        assert read(answer(DATA + standing(code))).status is status

    assert set(STATUSES.values()) == set(ApplicationStatus) - {ApplicationStatus.draft, ApplicationStatus.submitted}


@pytest.mark.parametrize("code", ["0", "9", "40", "05", "approved", "٥"])
def test_a_status_that_is_on_no_list_is_not_guessed(code: str) -> None:
    found = read(answer(DATA + standing(code)))

    assert (found.status, found.national_status) == (None, code)


def test_the_stand_in_tells_one_status_that_nobody_knows() -> None:
    assert [stage for stage, code in TOLD.items() if code not in STATUSES] == ["strange"]


def test_an_answer_about_somebody_or_something_else_is_not_believed() -> None:
    kuwaiti = "<a:CivilID>1084260288</a:CivilID><a:GccNationality/><a:IDType>1</a:IDType>"
    bahraini = "<a:CivilID>1084260288</a:CivilID><a:GccNationality>048</a:GccNationality><a:IDType>2</a:IDType>"

    for wrong in (
        DATA + standing(reference="BW-OTHER"),
        DATA + standing(number="KW-OTHER"),
        "<a:Data>KW-OTHER</a:Data>" + standing(number="KW-OTHER"),
        DATA + standing(civil=kuwaiti),
        DATA + standing(civil=bahraini),
    ):
        with pytest.raises(BackendGarbled) as garbled:
            read(answer(wrong))
        assert garbled.value.code == "backend_wrong_subject"


def test_a_citizen_is_known_by_the_civil_number() -> None:
    civil = f"<a:CivilID>{KUWAITI[1]}</a:CivilID><a:IDType>1</a:IDType>"

    found = read(answer(DATA + standing(civil=civil)), order(subject=KUWAITI))

    assert found.status is ApplicationStatus.in_progress


def test_the_first_answer_gives_the_number() -> None:
    assert read(answer(DATA + standing()), order(number=None)).reference == NUMBER


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (Response(401, {}, b""), BackendRefused),
        (Response(403, {}, b""), BackendRefused),
        (Response(500, {}, fault("s:Client").encode()), BackendRefused),
        (Response(500, {}, fault("s:Server").encode()), BackendDown),
        (Response(500, {}, b"the worker process died"), BackendDown),
        (answer(DENIED), BackendRefused),
        (answer(BUSY), BackendDown),
        (answer(DATA), BackendGarbled),
        (answer(standing()), BackendGarbled),
        (answer(DATA + standing(), status=202), BackendGarbled),
        (answer(DATA + standing(), "WithdrawRequest"), BackendGarbled),
        (Response(200, {}, b""), BackendGarbled),
    ],
)
def test_what_is_no_answer_is_judged(response: Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(response)


def test_an_acknowledgement_is_a_202_and_nothing_else_is() -> None:
    new, operation = order(number=None), RESIDENCE.submit

    for status, believed in ((202, True), (200, False)):
        response = answer(DATA + standing("1"), operation, status=status)
        if believed:
            assert read_standing(response, operation=operation, order=new, submitting=True).number == NUMBER
        else:
            with pytest.raises(BackendGarbled):
                read_standing(response, operation=operation, order=new, submitting=True)


def test_a_refusal_names_its_code_and_never_its_words() -> None:
    with pytest.raises(BackendRefused) as refused:
        read(answer(DENIED))

    assert refused.value.facts == {"reason": "2003"}


@pytest.mark.parametrize(
    "members",
    [
        standing("4", "<a:Payment><a:Amount>15.0001</a:Amount><a:PaymentURL>https://a.example</a:PaymentURL></a:Payment>"),
        standing("4", "<a:Payment><a:Amount>15</a:Amount><a:PaymentURL>javascript:pay()</a:PaymentURL></a:Payment>"),
        standing("4", "<a:Payment><a:Amount>15</a:Amount></a:Payment>"),
        standing("6", "<a:Reasons><a:Reason><a:Code>1</a:Code></a:Reason></a:Reasons>"),
        standing("6", "<a:Reasons><a:Other/></a:Reasons>"),
        standing("3", "<a:RequiredItems><a:RequiredItem><a:ItemCode>salary certificate</a:ItemCode>"
                      "<a:ItemType>1</a:ItemType><a:TitleEn>x</a:TitleEn></a:RequiredItem></a:RequiredItems>"),
        standing("3", "<a:RequiredItems><a:RequiredItem><a:ItemCode>Salary</a:ItemCode><a:ItemType>3</a:ItemType>"
                      "<a:TitleEn>x</a:TitleEn></a:RequiredItem></a:RequiredItems>"),
        standing("5", "<a:Documents><a:Document><a:DocumentID>../1</a:DocumentID><a:TitleEn>x</a:TitleEn></a:Document>"
                      "</a:Documents>"),
        standing("5", at="2026-11-24"),
        standing("5", at="2026-11-24T12:00:00+03:00"),
        standing(""),
    ],
)  # fmt: skip
def test_a_part_that_cannot_be_read_makes_the_answer_garbled(members: str) -> None:
    with pytest.raises(BackendGarbled):
        read(answer(DATA + members))


@settings(max_examples=400, deadline=2000)
@given(body=changed(GOOD.body) | cut(GOOD.body))
def test_whatever_is_answered_gives_progress_or_an_error_of_the_national_system(body: bytes) -> None:
    asked = order(number=None)
    try:
        found = read_standing(replace(GOOD, body=body), operation=STATUS, order=asked)
    except BackendError:
        return

    _gives_progress_or_an_error(found, asked)


@settings(max_examples=400, deadline=2000)
@given(body=changed(notice(EVERYTHING)) | cut(notice(EVERYTHING)))
def test_whatever_is_told_and_signed_is_refused_or_gives_progress_or_an_error(body: bytes) -> None:
    try:
        heard = SYSTEM.read_callback(signed(body))
    except CallbackRefused:
        return

    _gives_progress_or_an_error(heard.answer, order())


def _gives_progress_or_an_error(found: Standing, asked: Order) -> None:
    try:
        assert isinstance(progress(found, asked), Progress)
    except BackendError:
        return


def receipt(members: str, status: int = 200) -> Response:
    namespace = "http://schemas.datacontract.org/2004/07/GulfInquiry"
    return Response(status, {}, f'<FileReceipt xmlns="{namespace}">{members}</FileReceipt>'.encode())


def test_a_file_is_taken_when_its_receipt_names_its_digest() -> None:
    good = "<FileID>FILE1</FileID><Sha256>aa</Sha256>"

    assert read_receipt(receipt(good), digest="aa") == "FILE1"
    for wrong in (receipt(good, 202), receipt("<FileID>FILE1</FileID>"), receipt("<Sha256>aa</Sha256>"), receipt("")):
        with pytest.raises(BackendGarbled):
            read_receipt(wrong, digest="aa")
    with pytest.raises(BackendGarbled):
        read_receipt(receipt(good), digest="bb")
    with pytest.raises(BackendRefused):
        read_receipt(receipt("<Error><Code>2103</Code></Error>"), digest="aa")


@pytest.mark.parametrize("text", ["2026-11-24T12:00:00.", "2026-11-24T12:00:00.12345678", "2026-11-24T24:00:00.0"])
def test_a_moment_has_seven_decimals_at_most(text: str) -> None:
    assert instant("2026-11-24T12:00:00.5") == datetime(2026, 11, 24, 9, 0, 0, 500_000, UTC)
    with pytest.raises(ValueError, match=r"."):
        instant(text)


@given(st.from_regex(r"([A-Z][a-z0-9]{0,6}){1,4}", fullmatch=True))
def test_the_code_of_an_item_survives_being_called_in_our_words(code: str) -> None:
    assert item_code(item_name(code)) == code


def test_a_code_that_is_no_country_s_is_left_for_the_agency_to_judge() -> None:
    assert (numeric_of("SA"), numeric_of("XX")) == ("682", "XX")


def test_what_is_sent_cannot_break_out_of_its_place() -> None:
    hostile = "</a:TicketNo><a:RefId>x</a:RefId>&\"'"

    body = envelope(SETTLEMENT.submit, {"Details": {"TicketNo": hostile}, "RefId": REFERENCE}).decode()
    target = upload_target('BW&Name=x"\r\n', attachment("employment_contract"))

    assert body.count("<a:RefId>") == 1
    assert target.count("&Name=") == 0
    assert target.count("?Name=") == 1
    assert target.isprintable()
