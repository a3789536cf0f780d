"""Whatever Qatar says of an application, it is read as progress or as an error of the national system."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.qatar.application_answers import STATUSES, Standing, progress, read_file, read_standing
from adapters.qatar.application_messages import RESIDENCE as KIND
from adapters.qatar.application_messages import HandedOver, action_body, application, item, upload_target
from adapters.qatar.national import QatarSystem
from adapters.qatar.sandbox_matters import STATUSES as TOLD
from adapters.qatar.values import alpha3_of, instant, item_name, written_amount, written_day
from gateway.sdk import (
    Action,
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
from tests.support.procedures import attachment
from tests.support.qatar import NOW, QATARI, SECRETS
from tests.support.qatar_applications import NUMBER, answer, event, order, signed, standing

SYSTEM = QatarSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW))
EVERYTHING = standing(
    "AWAITING PAYMENT",
    '<documents total="١"><document id="DOC-1"><words><ar>إيصال</ar></words></document></documents>'
    '<payment><amount currency="QAR">١٬٣٠٠٫٠٠</amount><page>https://pay.example/1</page>'
    "<until><date>٠١-Dec-٢٠٢٦</date><time>00:00:00</time></until></payment>"
    '<reasons><reason code="T-20"><words><ar>سبب</ar><en>WHY</en></words></reason></reasons>'
    '<requirements><requirement name="salaryCertificate" kind="DOCUMENT"><words><en>SALARY</en></words></requirement>'
    "</requirements>",
    at="١٢:٠٠:٠٠٫١٢٣",
)
GOOD = answer(EVERYTHING)


def read(response: Response, asked: Order | None = None) -> Progress:
    asked = asked or order()
    return progress(read_standing(response, order=asked), asked)


def test_everything_that_is_said_arrives() -> None:
    found = read(GOOD)

    assert (found.reference, found.status) == (NUMBER, ApplicationStatus.awaiting_payment)
    assert found.national_status == "AWAITING PAYMENT"
    assert found.changed_at == datetime(2026, 11, 24, 9, 0, 0, 123_000, UTC)
    assert found.payment is not None
    assert (found.payment.amount, found.payment.url) == (Money.of("1300.00", "QAR"), "https://pay.example/1")
    assert found.payment.expires == datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert [(each.code, each.text.ar, each.text.en) for each in found.reasons] == [("T-20", "سبب", "WHY")]
    assert [(each.name, each.kind) for each in found.wanted] == [("salary_certificate", "document")]
    assert [(each.id, each.title.ar, each.signed) for each in found.documents] == [("DOC-1", "إيصال", True)]


def test_every_status_that_the_room_knows_is_one_of_ours() -> None:
    for word, status in STATUSES.items():
        assert read(answer(standing(word))).status is status

    assert set(STATUSES.values()) == set(ApplicationStatus) - {ApplicationStatus.draft, ApplicationStatus.submitted}


@pytest.mark.parametrize("word", ["WITH THE COMMITTEE", "approved", "APPROVED!", "معتمد", "5"])
def test_a_status_that_is_on_no_list_is_not_guessed(word: str) -> None:
    found = read(answer(standing(word)))

    assert (found.status, found.national_status) == (None, word)


def test_the_stand_in_tells_one_status_that_nobody_knows() -> None:
    assert [stage for stage, word in TOLD.items() if word not in STATUSES] == ["strange"]


def test_an_answer_about_somebody_or_something_else_is_not_believed() -> None:
    qatari = '<identity type="QID"><number>1084260288</number></identity>'
    bahraini = '<identity type="GCC"><number>1084260288</number><nationality>BHR</nationality></identity>'

    for wrong in (
        standing(reference="BW-OTHER"),
        standing(number="QA-OTHER"),
        standing(identity=qatari),
        standing(identity=bahraini),
    ):
        with pytest.raises(BackendGarbled) as garbled:
            read(answer(wrong))
        assert garbled.value.code == "backend_wrong_subject"


def test_a_citizen_is_known_by_the_qid() -> None:
    identity = f'<identity type="QID"><number>{QATARI[1]}</number></identity>'

    found = read(answer(standing(identity=identity)), order(subject=QATARI))

    assert found.status is ApplicationStatus.in_progress


def test_the_first_answer_gives_the_number() -> None:
    assert read(answer(standing()), order(number=None)).reference == NUMBER


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer("", "2001", status=401), BackendRefused),
        (answer("", "2004", status=401), BackendDown),
        (Response(403, {}, b""), BackendRefused),
        (Response(500, {}, b"the worker process died"), BackendDown),
        (answer("", "1001"), BackendRefused),
        (answer("", "1003"), BackendRefused),
        (answer("", "9001"), BackendDown),
        (answer(standing(), "1001"), BackendGarbled),
        (answer(""), BackendGarbled),
        (Response(200, {}, b""), BackendGarbled),
        (replace(answer(standing()), body=answer(standing()).body.replace(b"call-1-QA", b"call-2-QA")), BackendGarbled),
    ],
)
def test_what_is_no_answer_is_judged(response: Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(response)


def test_a_refusal_names_its_code_and_never_its_words() -> None:
    with pytest.raises(BackendRefused) as refused:
        read(answer("", "1003"))

    assert refused.value.facts == {"reason": "1003"}


@pytest.mark.parametrize(
    "content",
    [
        standing("AWAITING PAYMENT", '<payment><amount currency="KWD">١</amount><page>https://a.b</page></payment>'),
        standing("AWAITING PAYMENT", '<payment><amount currency="QAR">١</amount><page>javascript:p()</page></payment>'),
        standing("AWAITING PAYMENT", '<payment><amount currency="QAR">١</amount></payment>'),
        standing("AWAITING PAYMENT", "<payment><page>https://a.example</page></payment>"),
        standing("REJECTED", '<reasons><reason code="1"/></reasons>'),
        standing("REJECTED", '<reasons total="٢"><reason code="1"><words><en>x</en></words></reason></reasons>'),
        standing("REJECTED", "<reasons><other/></reasons>"),
        standing("INCOMPLETE", '<requirements><requirement name="Salary certificate" kind="TEXT"><words><en>x</en>'
                               "</words></requirement></requirements>"),
        standing("INCOMPLETE", '<requirements><requirement name="salary" kind="PHOTO"><words><en>x</en></words>'
                               "</requirement></requirements>"),
        standing("APPROVED", '<documents><document id="../1"><words><en>x</en></words></document></documents>'),
        standing("APPROVED", on="2026-11-24"),
        standing("APPROVED", on="31-Feb-2026"),
        standing("APPROVED", at="12:00"),
        standing("APPROVED", at="12:00:00.1234"),
        standing(""),
    ],
)  # fmt: skip
def test_a_part_that_cannot_be_read_makes_the_answer_garbled(content: str) -> None:
    with pytest.raises(BackendGarbled):
        read(answer(content))


@settings(max_examples=400, deadline=2000)
@given(body=changed(GOOD.body) | cut(GOOD.body))
def test_whatever_is_answered_gives_progress_or_an_error_of_the_national_system(body: bytes) -> None:
    asked = order(number=None)
    try:
        found = read_standing(replace(GOOD, body=body), order=asked)
    except (BackendError, KeyError):
        # The gate, inside which this runs, makes of whatever a reader trips over an answer that is garbled.
        return

    _gives_progress_or_an_error(found, asked)


@settings(max_examples=400, deadline=2000)
@given(body=changed(event(EVERYTHING)) | cut(event(EVERYTHING)))
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


def test_a_file_is_taken_when_its_receipt_names_its_digest() -> None:
    good = answer('<file id="F-1" sha256="aa"/>')

    assert read_file(good, order=order(), digest="aa") == "F-1"
    for wrong in (answer('<file id="F-1"/>'), answer(""), answer('<file id="F-1" sha256="bb"/>')):
        with pytest.raises(BackendGarbled):
            read_file(wrong, order=order(), digest="aa")
    with pytest.raises(BackendRefused):
        read_file(answer("", "1004"), order=order(), digest="aa")


@pytest.mark.parametrize("text", ["12:00:00.1234", "24:00:00", "12:00", "12:00:00,5", "12:00:00.-1"])
def test_a_time_has_three_decimals_at_most(text: str) -> None:
    assert instant("24-Nov-2026", "12:00:00.5") == datetime(2026, 11, 24, 9, 0, 0, 500_000, UTC)
    with pytest.raises(ValueError, match=r"."):
        instant("24-Nov-2026", text)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1250.5", "١٬٢٥٠٫٥٠"),
        ("300", "٣٠٠٫٠٠"),
        ("1234567.890", "١٬٢٣٤٬٥٦٧٫٨٩"),
        ("0.125", "٠٫١٢٥"),
    ],
)
def test_an_amount_is_written_in_arabic_digits_and_never_rounded(amount: str, written: str) -> None:
    assert written_amount(amount) == written


def test_days_and_countries_are_written_as_in_qatar() -> None:
    assert written_day("2026-09-01") == "01-Sep-2026"
    assert (alpha3_of("SA"), alpha3_of("XX")) == ("SAU", "XX")


@given(st.from_regex(r"[a-z][a-z0-9]{0,6}([A-Z][a-z0-9]{0,6}){0,3}", fullmatch=True))
def test_the_name_of_an_item_survives_being_called_in_our_words(name: str) -> None:
    assert item(item_name(name)) == name


def test_what_is_sent_cannot_break_out_of_its_place() -> None:
    hostile = "\"</details><callback>http://a.example</callback>&'"
    file = replace(attachment("employment_contract"), digest=hostile)
    asked = replace(order(reference=hostile), purpose=hostile)

    handed_in = application(asked, {"name": hostile, "wage": {"@currency": hostile, "#": hostile}}, ())
    acted = action_body(asked, Action("supply", hostile, {"plate_number": hostile}), [HandedOver(hostile, file)])
    target = upload_target(KIND, replace(asked, reference="a&name=b\r\n"), file)

    assert handed_in.count(b"<callback>") == 1
    assert b"<callback>" not in acted
    assert target.count("name=") == 1
    assert target.isprintable()
