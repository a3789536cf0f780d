"""What Kuwait says of an application, written by hand: answers, callbacks and the order that they are about."""

from datetime import datetime, timedelta

from adapters.kuwait.operations import DATA, INSTANCE, SERVICE, SOAP
from adapters.kuwait.requests import CALLBACK, REFERENCE_HEADER, STATUS
from adapters.kuwait.signing import HEADER, sign
from gateway.sdk import Callback, Country, Deadline, NationalIdentifier, Order, Response, Source
from tests.support.kuwait import KEY, NOW, SAUDI

REFERENCE = "BW-7KQ2M9"
NUMBER = "KW-0123456789"
DELIVERY = "NTF000000000000001"


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
        country=Country.KW,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs={"use": "bank", "certificate_language": "en"},
        purpose="service_delivery",
        language="en",
        reference=reference,
        call="call-1-KW",
        callback_url="http://127.0.0.1:1/events/kuwait",
        deadline=Deadline.after(5),
        source=Source(country=Country.KW, agency="kw-paci", adapter="kuwait@1.1.0", fetched_at=NOW),
        national_reference=number,
    )


def standing(
    code: str = "2",
    more: str = "",
    *,
    at: str = "2026-11-24T12:00:00.0000000",
    reference: str = REFERENCE,
    number: str = NUMBER,
    civil: str = "<a:CivilID>1084260288</a:CivilID><a:GccNationality>682</a:GccNationality><a:IDType>2</a:IDType>",
) -> str:
    """The contract that says how an application stands; ``at`` is on Kuwait's clock."""
    return (
        f"<a:RequestStatus>{civil}<a:RefId>{reference}</a:RefId><a:RequestID>{number}</a:RequestID>"
        f"<a:StatusCode>{code}</a:StatusCode><a:StatusDate>{at}</a:StatusDate>{more}</a:RequestStatus>"
    )


def answer(members: str, operation: str = STATUS, *, status: int = 200) -> Response:
    """What ``operation`` is answered with."""
    body = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><{operation}Response xmlns="{SERVICE}">'
        f'<{operation}Result xmlns:a="{DATA}" xmlns:i="{INSTANCE}">{members}</{operation}Result>'
        f"</{operation}Response></s:Body></s:Envelope>"
    )
    return Response(status, {"content-type": "text/xml"}, body.encode())


def notice(
    status: str | None = None,
    *,
    reference: str = REFERENCE,
    number: str = NUMBER,
    delivery: str = DELIVERY,
    sent: str = "2026-11-24T12:00:01.5000000",
    operation: str = CALLBACK,
) -> bytes:
    """A callback about the application, unsigned."""
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><{operation} xmlns="{SERVICE}"><response xmlns:a="{DATA}" '
        f'xmlns:i="{INSTANCE}"><a:RequestDetails><a:NotificationID>{delivery}</a:NotificationID>'
        f"<a:RefId>{reference}</a:RefId><a:RequestID>{number}</a:RequestID></a:RequestDetails>"
        f"<a:ResultDetails><a:ResultCode>1</a:ResultCode><a:TransactionDate>{sent}</a:TransactionDate></a:ResultDetails>"
        f"{standing() if status is None else status}</response></{operation}></s:Body></s:Envelope>"
    ).encode()


def signed(body: bytes, *, key: bytes = KEY, reference: str = REFERENCE, told: str | None = None) -> Callback:
    """The callback as it arrives, signed for ``reference`` and sent under ``told``."""
    headers = {HEADER: sign(key, reference, body), REFERENCE_HEADER: reference if told is None else told}
    return Callback({name.lower(): value for name, value in headers.items()}, body)


def local(moment: datetime) -> str:
    """A moment on Kuwait's clock."""
    return f"{moment + timedelta(hours=3):%Y-%m-%dT%H:%M:%S.%f}0"
