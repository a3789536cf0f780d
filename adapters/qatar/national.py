"""The national system as it speaks: one signed request, one answer in XML, and signed events told by itself."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from adapters.qatar.answers import Inquiry, read_answer
from adapters.qatar.application_answers import Standing, read_event, read_file, read_standing
from adapters.qatar.application_messages import PAYLOAD, Kind, upload_target, which
from adapters.qatar.application_messages import target as application_target
from adapters.qatar.operations import CONTENT_TYPE, REGISTRATION_BY_NUMBER, Operation, inquiry, target
from adapters.qatar.signing import (
    DELIVERY_HEADER,
    KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    is_signed_event,
    milliseconds,
    sign_digest,
)
from gateway.sdk import (
    Ask,
    Attachment,
    BackendError,
    BackendGarbled,
    BackendRefused,
    Callback,
    CallbackRefused,
    Connection,
    Download,
    Heard,
    NationalSystem,
    Order,
    Response,
    StreamedResponse,
)

FRESH: Final = timedelta(minutes=5)
"""How old an event may be, or how far ahead of us its clock."""

MOST_OF_A_DOCUMENT: Final = 20 * 1024 * 1024
_MOST_OF_AN_ERROR: Final = 65_536
_PDF: Final = "application/pdf"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class QatarSystem(NationalSystem):
    """The client of the agencies; one API key and one signing secret for all, another for what they tell us."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._secret = connection.secrets["signing_secret"].encode()
        self._callback_secret = connection.secrets["callback_secret"].encode()
        self._headers = {KEY_HEADER: connection.secrets["api_key"], "Accept": "application/xml"}
        self._stamped = 0

    async def inquire(self, operation: Operation, ask: Ask) -> Inquiry:
        """The answer to ``operation`` about the ask's subject; raises ``BackendError``."""
        return await self._send("POST", operation, target(operation, ask.reference), inquiry(ask), ask)

    async def registration(self, number: str, ask: Ask) -> Inquiry:
        """The answer about one registration, whoever asks; raises ``BackendError``."""
        operation = REGISTRATION_BY_NUMBER
        return await self._send("GET", operation, target(operation, ask.reference, number), b"", ask)

    async def apply(self, method: str, kind: Kind, path: str, body: bytes, order: Order) -> Standing:
        """How the order's application stands after the request; raises ``BackendError``.

        Only a question is sent again by the gate: whatever changes something is repeated, with the same
        references, by whoever keeps the application.
        """
        return await self.connection.gate(kind.endpoint).send(
            method,
            path,
            deadline=order.deadline,
            headers=self._signed(method, path, hashlib.sha256(body).hexdigest(), has_body=bool(body)),
            body=body,
            read=partial(read_standing, order=order),
            safe=method == "GET",
        )

    async def upload(self, kind: Kind, order: Order, file: Attachment) -> str:
        """The agency's number of the file, once it is there whole; raises ``BackendError``."""
        path = upload_target(kind, order, file)
        return await self.connection.gate(kind.endpoint).upload(
            "POST",
            path,
            deadline=order.deadline,
            content=file,
            # The signature covers the body by its digest, so the file need not be read twice.
            headers=self._signed("POST", path, file.digest),
            read=partial(read_file, order=order, digest=file.digest),
        )

    @asynccontextmanager
    async def document(self, kind: Kind, order: Order, document: str) -> AsyncIterator[Download]:
        """A document of the order's application, streamed while the context lasts; raises ``BackendError``."""
        path = application_target(kind.documents, order, **which(order), document=document)
        async with self.connection.gate(kind.endpoint).download(
            path,
            deadline=order.deadline,
            headers=self._signed("GET", path, hashlib.sha256(b"").hexdigest()),
            most=MOST_OF_A_DOCUMENT,
        ) as response:
            if response.status != 200 or response.headers.get("content-type") != _PDF:
                await _judge(response, order)
            length = response.headers.get("content-length")
            yield Download(_PDF, int(length) if length else None, aiter(response))

    def read_callback(self, callback: Callback) -> Heard:
        delivery, timestamp, signature = (
            callback.headers.get(name.lower(), "") for name in (DELIVERY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
        )
        # Read only after its signature: a stranger's bytes reach no parser.
        if not is_signed_event(self._callback_secret, delivery, timestamp, callback.body, signature):
            raise CallbackRefused
        try:
            sent_at = _EPOCH + timedelta(milliseconds=milliseconds(timestamp))
            reference, standing = read_event(callback.body, delivery)
        except (BackendError, ValueError, KeyError) as problem:
            raise CallbackRefused from problem
        if abs(self.connection.clock() - sent_at) > FRESH:
            raise CallbackRefused
        return Heard(reference, delivery, sent_at, standing)

    async def _send(self, method: str, operation: Operation, path: str, body: bytes, ask: Ask) -> Inquiry:
        return await self.connection.gate(operation.endpoint).send(
            method,
            path,
            deadline=ask.deadline,
            headers=self._signed(method, path, hashlib.sha256(body).hexdigest(), has_body=bool(body)),
            body=body,
            read=partial(read_answer, reference=ask.reference, payload=operation.payload),
        )

    def _signed(
        self, method: str, path: str, digest: str, *, has_body: bool = False
    ) -> Callable[[], Mapping[str, str]]:
        """What makes the headers of each try: signed anew, for a signature that was seen is refused."""

        def headers() -> Mapping[str, str]:
            timestamp = self._stamp()
            signature = sign_digest(self._secret, method, path, timestamp, digest)
            signed = {**self._headers, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}
            return {**signed, "Content-Type": CONTENT_TYPE} if has_body else signed

        return headers

    def _stamp(self) -> str:
        """The present in milliseconds of Unix time, one later than the last where it would be the same.

        Equal requests within a millisecond would have equal signatures, and the second one be refused as used.
        """
        self._stamped = max(int(self.connection.clock().timestamp() * 1000), self._stamped + 1)
        return str(self._stamped)


async def _judge(response: StreamedResponse, order: Order) -> None:
    """Raises the ``BackendError`` that an answer without a document stands for."""
    body = b""
    async for part in response:
        body += part
        if len(body) > _MOST_OF_AN_ERROR:
            raise BackendGarbled("backend_too_large")
    answer = read_answer(Response(response.status, response.headers, body), reference=order.call, payload=PAYLOAD)
    raise BackendGarbled if answer.data else BackendRefused(reason="1001")
