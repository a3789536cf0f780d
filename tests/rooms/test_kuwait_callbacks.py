"""What claims to come from Kuwait about an application is believed only when Kuwait has just signed it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.request_answers import progress
from adapters.kuwait.requests import REFERENCE_HEADER
from adapters.kuwait.signing import HEADER
from gateway.sdk import ApplicationStatus, BackendGarbled, Callback, CallbackRefused, Connection, Heard, Inbox
from tests.support.kuwait import NOW, SECRETS, callback
from tests.support.kuwait_requests import DELIVERY, NUMBER, REFERENCE, local, notice, order, signed, standing
from tests.support.procedures import counter

SYSTEM = KuwaitSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW))


def heard(delivered: Callback) -> Heard:
    return SYSTEM.read_callback(delivered)


def test_a_callback_that_kuwait_signed_is_heard() -> None:
    told = heard(signed(notice()))

    assert (told.reference, told.delivery) == (REFERENCE, DELIVERY)
    assert told.sent_at == NOW + timedelta(seconds=1.5)
    found = progress(told.answer, order())
    assert (found.reference, found.status, found.national_status) == (NUMBER, ApplicationStatus.in_progress, "2")


def test_a_callback_without_a_signature_is_refused() -> None:
    genuine = signed(notice())

    for headers in (
        {},
        {REFERENCE_HEADER.lower(): REFERENCE},
        {HEADER.lower(): genuine.headers[HEADER.lower()]},
        {**genuine.headers, HEADER.lower(): ""},
        {**genuine.headers, REFERENCE_HEADER.lower(): ""},
    ):
        with pytest.raises(CallbackRefused):
            heard(Callback(headers, genuine.body))


def test_a_forged_signature_is_refused() -> None:
    genuine = signed(notice())
    forged = genuine.headers[HEADER.lower()][:-1]

    for signature in (f"{forged}0", f"{forged}f", forged, "é" * 64, "\udcff", genuine.headers[HEADER.lower()].upper()):
        if signature != genuine.headers[HEADER.lower()]:
            with pytest.raises(CallbackRefused):
                heard(replace(genuine, headers={**genuine.headers, HEADER.lower(): signature}))


def test_a_callback_signed_with_another_key_is_refused() -> None:
    for key in (b"", b"another key", SECRETS["password"].encode()):
        with pytest.raises(CallbackRefused):
            heard(signed(notice(), key=key))


def test_a_body_that_was_changed_after_it_was_signed_is_refused() -> None:
    genuine = signed(notice())

    for body in (
        genuine.body.replace(b"<a:StatusCode>2<", b"<a:StatusCode>5<"),
        genuine.body + b" ",
        genuine.body[:-1],
        b"",
    ):
        with pytest.raises(CallbackRefused):
            heard(replace(genuine, body=body))


def test_a_callback_about_one_application_is_not_taken_for_one_about_another() -> None:
    """Neither where only the header names another, nor where header and signature do and the body does not."""
    for wrong in (signed(notice(), told="BW-OTHER"), signed(notice(), reference="BW-OTHER")):
        with pytest.raises(CallbackRefused):
            heard(wrong)


def test_a_reference_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(notice(), told="\udcff"))


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400 * 365])
def test_a_stale_callback_is_refused_and_so_is_one_from_the_future(seconds: int) -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(notice(sent=local(NOW + timedelta(seconds=seconds)))))


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_clock_that_is_off_by_less_than_five_minutes_is_tolerated(seconds: int) -> None:
    assert heard(signed(notice(sent=local(NOW + timedelta(seconds=seconds))))).delivery == DELIVERY


def test_a_callback_that_is_replayed_says_itself_that_it_is_the_same() -> None:
    """Whoever keeps the application drops what it has heard; after five minutes the callback is refused here."""
    once, again = heard(signed(notice())), heard(signed(notice()))

    assert once.delivery == again.delivery
    late = KuwaitSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW + timedelta(minutes=6)))
    with pytest.raises(CallbackRefused):
        late.read_callback(signed(notice()))


def test_an_unknown_reference_is_told_as_it_is_and_answers_no_other_application() -> None:
    """Only whoever keeps applications knows them all; what is told of one cannot be read as another's."""
    body = notice(standing(reference="BW-NOBODY"), reference="BW-NOBODY")

    told = heard(signed(body, reference="BW-NOBODY"))

    assert told.reference == "BW-NOBODY"
    with pytest.raises(BackendGarbled):
        progress(told.answer, order())


def test_callbacks_out_of_order_say_by_themselves_which_is_the_later() -> None:
    later = heard(signed(notice(standing("5", at="2026-11-24T12:00:00.9000000"), delivery="NTF2")))
    earlier = heard(signed(notice(standing("2", at="2026-11-24T12:00:00.1000000"), delivery="NTF1")))

    moments = [progress(each.answer, order()).changed_at for each in (later, earlier)]
    assert moments[0] > moments[1]


def test_the_signed_answer_to_a_lookup_is_no_callback_about_an_application() -> None:
    """Both are signed with one key; the operation that each names keeps them apart."""
    body = callback("<a:PersonalData/>", ref_id=REFERENCE).encode()

    with pytest.raises(CallbackRefused):
        heard(signed(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        b"not xml",
        notice(operation="InquiryCallback"),
        notice(""),
        notice(delivery=""),
        notice(sent=""),
        notice(sent="yesterday"),
        notice(sent="2026-11-24T12:00:01+03:00"),
        notice(number=""),
        notice(standing(number="KW-OTHER")),
        notice(standing(reference="BW-OTHER")),
        notice(reference="BW-OTHER"),
        notice().replace(b"</response>", b"</response><response/>"),
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + notice(),
    ],
)
def test_what_kuwait_signed_and_is_no_callback_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(body))


@given(body=st.binary(max_size=300), header=st.text(max_size=40), signature=st.text(max_size=80))
def test_whatever_a_stranger_sends_is_refused(body: bytes, header: str, signature: str) -> None:
    with pytest.raises(CallbackRefused):
        heard(Callback({REFERENCE_HEADER.lower(): header, HEADER.lower(): signature}, body))


@given(text=st.text(alphabet="0123456789-T:.", max_size=30))
def test_whatever_moment_a_signed_callback_names_it_is_heard_or_refused(text: str) -> None:
    try:
        heard(signed(notice(sent=text)))
    except CallbackRefused:
        return


async def test_a_room_with_another_key_hears_nothing_of_what_the_stand_in_tells() -> None:
    async with counter("kuwait", secrets={"callback_key": "another key"}) as here:
        here.sandbox.desk.orders = replace(here.sandbox.desk.orders, pace=0.01)
        asked = here.order("residence-certificate", ("SA", "1084260288"), {"use": "bank", "certificate_language": "ar"})

        await here.submit(asked)
        await here.refuses(1)

    assert here.heard == []
