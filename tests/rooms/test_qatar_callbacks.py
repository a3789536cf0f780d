"""What claims to come from Qatar about an application is believed only when Qatar has just signed it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.qatar.application_answers import progress
from adapters.qatar.national import QatarSystem
from adapters.qatar.signing import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign, sign_event
from gateway.sdk import ApplicationStatus, BackendGarbled, Callback, CallbackRefused, Connection, Heard, Inbox
from gateway.sdk.sandbox import Orders
from tests.support.procedures import counter
from tests.support.qatar import NOW, SECRETS
from tests.support.qatar_applications import DELIVERY, NUMBER, REFERENCE, event, order, signed, standing

SYSTEM = QatarSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW))
HEADERS = (DELIVERY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)


def heard(delivered: Callback) -> Heard:
    return SYSTEM.read_callback(delivered)


def test_an_event_that_qatar_signed_is_heard() -> None:
    told = heard(signed(event(), sent=NOW - timedelta(seconds=1.25)))

    assert (told.reference, told.delivery) == (REFERENCE, DELIVERY)
    assert told.sent_at == NOW - timedelta(seconds=1.25)
    found = progress(told.answer, order())
    assert (found.reference, found.status) == (NUMBER, ApplicationStatus.in_progress)


@pytest.mark.parametrize("missing", HEADERS)
def test_an_event_without_one_of_its_headers_is_refused(missing: str) -> None:
    genuine = signed(event())

    for headers in (
        {name: value for name, value in genuine.headers.items() if name != missing.lower()},
        {**genuine.headers, missing.lower(): ""},
        {},
    ):
        with pytest.raises(CallbackRefused):
            heard(Callback(headers, genuine.body))


def test_a_forged_signature_is_refused() -> None:
    genuine = signed(event())
    right = genuine.headers[SIGNATURE_HEADER.lower()]

    for signature in ("0" * 64, right[:-1], right + "0", right.upper(), "é" * 64, "\udcff"):
        if signature != right:
            with pytest.raises(CallbackRefused):
                heard(replace(genuine, headers={**genuine.headers, SIGNATURE_HEADER.lower(): signature}))


@pytest.mark.parametrize("key", ["", "another key", SECRETS["signing_secret"], SECRETS["api_key"]])
def test_an_event_signed_with_another_key_is_refused(key: str) -> None:
    """Not even the key with which we sign ourselves is good: what we send could be sent back to us."""
    with pytest.raises(CallbackRefused):
        heard(signed(event(), key=key.encode()))


def test_the_signature_of_a_request_is_none_of_an_event() -> None:
    genuine = signed(event())
    stamp = genuine.headers[TIMESTAMP_HEADER.lower()]
    signature = sign(SECRETS["callback_secret"].encode(), "POST", "/events/qatar", stamp, genuine.body)

    with pytest.raises(CallbackRefused):
        heard(replace(genuine, headers={**genuine.headers, SIGNATURE_HEADER.lower(): signature}))


def test_a_body_that_was_changed_after_it_was_signed_is_refused() -> None:
    genuine = signed(event())

    for body in (genuine.body.replace(b"UNDER REVIEW", b"APPROVED"), genuine.body + b"\n", genuine.body[1:], b""):
        with pytest.raises(CallbackRefused):
            heard(replace(genuine, body=body))


def test_a_time_or_number_that_was_changed_after_it_was_signed_is_refused() -> None:
    """Otherwise an old event could be made fresh, or a repeated one new."""
    genuine = signed(event())
    stamp = genuine.headers[TIMESTAMP_HEADER.lower()]

    for name, value in ((TIMESTAMP_HEADER, str(int(stamp) + 1)), (DELIVERY_HEADER, "EVT-0002")):
        with pytest.raises(CallbackRefused):
            heard(replace(genuine, headers={**genuine.headers, name.lower(): value}))


def test_a_signature_covers_number_time_and_body_each() -> None:
    signatures = {
        sign_event(b"key", delivery, stamp, body)
        for delivery in ("EVT-1", "EVT-2")
        for stamp in ("1", "2")
        for body in (b"a", b"b")
    }

    assert len(signatures) == 8


def test_an_event_that_names_another_number_inside_is_refused() -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(event(delivery="EVT-0002")))


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400 * 365])
def test_a_stale_event_is_refused_and_so_is_one_from_the_future(seconds: int) -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(event(), sent=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_clock_that_is_off_by_less_than_five_minutes_is_tolerated(seconds: int) -> None:
    assert heard(signed(event(), sent=NOW + timedelta(seconds=seconds))).delivery == DELIVERY


@pytest.mark.parametrize("timestamp", ["", "-1", "1e3", "١٧٦٣٩٧٨٤٠٠٠٠٠", "9" * 14, "9" * 400, "1.5", " 1763978400000"])
def test_a_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(event(), timestamp=timestamp))


def test_an_event_that_is_replayed_says_itself_that_it_is_the_same() -> None:
    """Whoever keeps the application drops what it has heard; after five minutes the event is refused here."""
    once, again = heard(signed(event())), heard(signed(event()))

    assert once.delivery == again.delivery
    late = QatarSystem(Connection({}, SECRETS, Inbox(""), lambda: NOW + timedelta(minutes=6)))
    with pytest.raises(CallbackRefused):
        late.read_callback(signed(event()))


def test_an_unknown_reference_is_told_as_it_is_and_answers_no_other_application() -> None:
    """Only whoever keeps applications knows them all; what is told of one cannot be read as another's."""
    told = heard(signed(event(standing(reference="BW-NOBODY"))))

    assert told.reference == "BW-NOBODY"
    with pytest.raises(BackendGarbled):
        progress(told.answer, order())


def test_events_out_of_order_say_by_themselves_which_is_the_later() -> None:
    later = heard(signed(event(standing("APPROVED", at="12:00:00.900"))))
    earlier = heard(signed(event(standing("UNDER REVIEW", at="١٢:٠٠:٠٠.١٠٠"))))

    moments = [progress(each.answer, order()).changed_at for each in (later, earlier)]
    assert moments[0] > moments[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<event/>",
        b"not xml",
        event(""),
        event(standing().replace('ref="BW-7KQ2M9"', "")),
        event(standing() * 2),
        event().replace(b"event>", b"response>"),
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + event(),
    ],
)
def test_what_qatar_signed_and_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        heard(signed(body))


@given(body=st.binary(max_size=300), values=st.tuples(*[st.text(max_size=70)] * 3))
def test_whatever_a_stranger_sends_is_refused(body: bytes, values: tuple[str, str, str]) -> None:
    headers = {name.lower(): value for name, value in zip(HEADERS, values, strict=True)}

    with pytest.raises(CallbackRefused):
        heard(Callback(headers, body))


async def test_a_room_with_another_key_hears_nothing_of_what_the_stand_in_tells() -> None:
    async with counter("qatar", secrets={"callback_secret": "another key"}) as here:
        here.sandbox.desk.orders = Orders(pace=0.01)
        asked = here.order("residence-certificate", ("SA", "1084260288"), {"use": "bank", "certificate_language": "ar"})

        await here.submit(asked)
        await here.refuses(1)

    assert here.heard == []
