"""The desk of the bus where requests are made, followed and supplied, with its store of files beside it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from adapters.saudi_arabia.bus import Bus, Message
from adapters.saudi_arabia.operations import ATTACHMENT, DOWNLOAD, ITEM, STATUS, SUBMIT, UPDATE, UPLOAD
from adapters.saudi_arabia.soap import Lists, Operation, Result
from adapters.saudi_arabia.values import identity
from gateway.sdk import (
    Action,
    ActionKind,
    Attachment,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Download,
    Order,
    Response,
)

PDF: Final = "application/pdf"
MOST_BYTES: Final = 10_485_760
"""A document beyond this is not believed."""

_GONE: Final = frozenset({404, 410})
"""A ticket that is not good any more: the next try is given another."""

_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_ACTIONS: Final[Mapping[ActionKind, str]] = {
    "supply": "COMPLETE",
    "withdraw": "CANCEL",
    "confirm_payment": "CONFIRM_PAYMENT",
}


class ServiceDesk:
    """The client of ``Requests4Bawaba``. What changes something is sent once: who calls sends it again."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def submit(self, kind: str, fields: Mapping[str, str], order: Order) -> Result:
        """Makes the request, its files first; one of the same reference is found again."""
        files = [await self._upload(each, order) for each in order.attachments]
        asked = {**_about(order), "requestType": kind, "language": order.language, **fields}
        return _there(await self._bus.call(SUBMIT, _message(order), asked, {ATTACHMENT: files}, safe=False))

    async def status(self, order: Order) -> Result:
        """How the request stands."""
        return _there(await self._bus.call(STATUS, _message(order), _about(order)))

    async def act(self, action: Action, order: Order) -> Result:
        """Completes, cancels or confirms; the same reference of an action a second time changes nothing."""
        files = [await self._upload(each, order) for each in action.attachments]
        items = [{"requirementCode": name.upper(), "value": value} for name, value in action.values.items()]
        asked = {**_about(order), "actionReference": action.reference, "actionCode": _ACTIONS[action.kind]}
        lists: Lists = {ITEM: items, ATTACHMENT: files}
        return _there(await self._bus.call(UPDATE, _message(order), asked, lists, safe=False))

    @asynccontextmanager
    async def document(self, document: str, order: Order) -> AsyncIterator[Download]:
        """A document that was issued, streamed by a ticket that is good for once."""
        ticket = await self._ticket(DOWNLOAD, {**_about(order), "documentId": document}, order)
        async with self._bus.gate.download(
            f"/files/{ticket}", deadline=order.deadline, headers={"Accept": PDF}, most=MOST_BYTES
        ) as response:
            _judge(response.status, expected=200)
            if response.headers.get("content-type", "").partition(";")[0].strip().lower() != PDF:
                raise BackendGarbled(reason="content_type")
            length = response.headers.get("content-length")
            yield Download(PDF, int(length) if length is not None else None, aiter(response))

    async def _upload(self, attachment: Attachment, order: Order) -> Mapping[str, str]:
        """Brings a file to the store, and gives what a request says of it."""
        told = {
            "attachmentName": attachment.name.upper(),
            "mediaType": attachment.media_type,
            "fileSize": str(attachment.size),
            "fileDigest": attachment.digest,
        }
        ticket = await self._ticket(UPLOAD, {"requesterReference": order.reference, **told}, order)
        await self._bus.gate.upload(
            "PUT", f"/files/{ticket}", deadline=order.deadline, content=attachment, read=_stored
        )
        return {"attachmentName": told["attachmentName"], "fileDigest": attachment.digest}

    async def _ticket(self, operation: Operation, asked: Mapping[str, str], order: Order) -> str:
        """The last part of an address in the store; one that would lead elsewhere is not followed."""
        ticket = _there(await self._bus.call(operation, _message(order), asked)).fields.get("ticket", "")
        if not _TICKET.fullmatch(ticket):
            raise BackendGarbled(reason="ticket")
        return ticket


def _about(order: Order) -> Mapping[str, str]:
    """Whose request it is, and which."""
    number = {"requestNumber": order.national_reference} if order.national_reference else {}
    return {**identity(order.subject), "requesterReference": order.reference, **number}


def _message(order: Order) -> Message:
    return Message(order.call, order.purpose, order.deadline)


def _there(result: Result | None) -> Result:
    """The result; that somebody is not known is told by other codes here than in the registers."""
    if result is None:
        raise BackendGarbled(reason="register_code")
    return result


def _stored(response: Response) -> None:
    _judge(response.status, expected=201)


def _judge(status: int, *, expected: int) -> None:
    if status >= 500 or status in _GONE:
        raise BackendDown(reason=f"http_{status}")
    if 400 <= status < 500:
        raise BackendRefused(reason=f"http_{status}")
    if status != expected:
        raise BackendGarbled(reason=f"http_{status}")
