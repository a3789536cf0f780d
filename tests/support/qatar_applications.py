"""What Qatar says of an application, written by hand: answers, events and the order that they are about."""

from datetime import datetime

from adapters.qatar.signing import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign_event
from gateway.sdk import Callback, Country, Deadline, NationalIdentifier, Order, Response, Source
from tests.support.qatar import NOW, SAUDI, SECRETS
from tests.support.qatar import response as enveloped

REFERENCE = "BW-7KQ2M9"
CALL = "call-1-QA"
NUMBER = "QA-0123456789"
DELIVERY = "EVT-0001"
KEY = SECRETS["callback_secret"].encode()
VISITOR = '<identity type="GCC"><number>١٠٨٤٢٦٠٢٨٨</number><nationality>SAU</nationality></identity>'


def order(
    service: str = "residence-certificate",
    subject: tuple[Country, str] = SAUDI,
    *,
    reference: str = REFERENCE,
    number: str | None = NUMBER,
) -> Order:
    """An exchange about one application of a citizen of Saudi Arabia."""
    return Order(
        service=service,
        country=Country.QA,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs={"use": "bank", "certificate_language": "en"},
        purpose="service_delivery",
        language="en",
        reference=reference,
        call=CALL,
        callback_url="http://127.0.0.1:1/events/qatar",
        deadline=Deadline.after(5),
        source=Source(country=Country.QA, agency="qa-moi", adapter="qatar@1.1.0", fetched_at=NOW),
        national_reference=number,
    )


def standing(
    word: str = "UNDER REVIEW",
    more: str = "",
    *,
    on: str = "24-Nov-2026",
    at: str = "12:00:00.000",
    reference: str = REFERENCE,
    number: str = NUMBER,
    identity: str = VISITOR,
) -> str:
    """The element that says how an application stands; the moment is on Qatar's clock."""
    return (
        f'<application number="{number}" ref="{reference}">{identity}<status>{word}</status>'
        f"<date>{on}</date><time>{at}</time>{more}</application>"
    )


def answer(content: str, code: str = "0000", *, status: int = 200) -> Response:
    """What is answered to the order's exchange."""
    return Response(status, {}, enveloped(content, code, reference=CALL).encode())


def event(content: str | None = None, *, delivery: str = DELIVERY) -> bytes:
    """An event about the application, unsigned."""
    told = standing() if content is None else content
    return f"<event><delivery>{delivery}</delivery>{told}</event>".encode()


def signed(
    body: bytes,
    *,
    key: bytes = KEY,
    delivery: str = DELIVERY,
    sent: datetime = NOW,
    timestamp: str | None = None,
) -> Callback:
    """The event as it arrives, signed when it was ``sent``."""
    stamp = str(int(sent.timestamp() * 1000)) if timestamp is None else timestamp
    headers = {
        DELIVERY_HEADER: delivery,
        TIMESTAMP_HEADER: stamp,
        SIGNATURE_HEADER: sign_event(key, delivery, stamp, body),
    }
    return Callback({name.lower(): value for name, value in headers.items()}, body)
