"""The national system as it speaks: a SOAP request is acknowledged at once, and answered by a callback."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from adapters.kuwait.answers import Inquiry, read_acknowledgement, read_callback
from adapters.kuwait.operations import CONTENT_TYPE, OPERATIONS, Operation, Question
from adapters.kuwait.operations import PATH as INQUIRIES
from adapters.kuwait.request_answers import Standing, read_event, read_receipt, read_standing
from adapters.kuwait.requests import (
    PATH,
    REFERENCE_HEADER,
    STATUS,
    Kind,
    Member,
    action,
    document_target,
    envelope,
    upload_target,
)
from adapters.kuwait.signing import HEADER, is_signed
from gateway.sdk import (
    Ask,
    Attachment,
    BackendDown,
    BackendError,
    BackendGarbled,
    BackendRefused,
    Callback,
    CallbackRefused,
    Connection,
    Country,
    Download,
    Heard,
    NationalSystem,
    Order,
)

FRESH: Final = timedelta(minutes=5)
"""How old a callback may be, or how far ahead of us its clock."""

MOST_OF_A_DOCUMENT: Final = 20 * 1024 * 1024
_PDF: Final = "application/pdf"


class KuwaitSystem(NationalSystem):
    """The client of the agencies; one user name, one password and one callback key for all."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        secrets = connection.secrets
        credentials = b64encode(f"{secrets['username']}:{secrets['password']}".encode()).decode()
        self._credentials = {"Authorization": f"Basic {credentials}"}
        self._headers = {operation: self._soap(operation.action) for operation in OPERATIONS}
        self._readers = {operation: partial(read_acknowledgement, operation=operation) for operation in OPERATIONS}
        self._callback_key = secrets["callback_key"].encode()

    async def inquire(self, operation: Operation, ask: Ask, registration_number: str = "") -> Inquiry:
        """The answer to ``operation`` about the ask's subject.

        The gate sends again while there is no acknowledgement, with the same RefId, which the national system
        takes as one request; once it is acknowledged, it is only waited for. Raises ``BackendError``.
        """
        async with self.connection.inbox.expect() as waiting:
            number = await self.connection.gate(operation.endpoint).send(
                "POST",
                INQUIRIES,
                deadline=ask.deadline,
                headers=self._headers[operation],
                body=operation.envelope(_question(ask, waiting.url, registration_number)),
                read=self._readers[operation],
            )
            callback = await waiting.answer(ask.deadline)
        return self._believed(callback, operation, ask, number)

    async def request(self, kind: Kind, operation: str, order: Order, members: Mapping[str, Member]) -> Standing:
        """How the order's application stands after ``operation``; raises ``BackendError``.

        Only a question about the status is sent again by the gate: whatever changes something is repeated, with
        the same references, by whoever keeps the application.
        """
        return await self.connection.gate(kind.endpoint).send(
            "POST",
            PATH,
            deadline=order.deadline,
            headers=self._soap(action(operation)),
            body=envelope(operation, members),
            read=partial(read_standing, operation=operation, order=order, submitting=operation == kind.submit),
            safe=operation == STATUS,
        )

    async def upload(self, kind: Kind, order: Order, file: Attachment) -> str:
        """The agency's number of the file, once it is there whole; raises ``BackendError``."""
        return await self.connection.gate(kind.endpoint).upload(
            "POST",
            upload_target(order.reference, file),
            deadline=order.deadline,
            content=file,
            headers=self._credentials,
            read=partial(read_receipt, digest=file.digest),
        )

    @asynccontextmanager
    async def document(self, kind: Kind, order: Order, document: str) -> AsyncIterator[Download]:
        """A document of the order's application, streamed while the context lasts; raises ``BackendError``."""
        target = document_target(order.reference, order.national_reference or "", document)
        async with self.connection.gate(kind.endpoint).download(
            target, deadline=order.deadline, headers=self._credentials, most=MOST_OF_A_DOCUMENT
        ) as response:
            if response.status in (401, 403, 404):
                raise BackendRefused(reason=f"http_{response.status}")
            if response.status >= 500:
                raise BackendDown
            if response.status != 200 or response.headers.get("content-type") != _PDF:
                raise BackendGarbled
            length = response.headers.get("content-length")
            yield Download(_PDF, int(length) if length else None, aiter(response))

    def read_callback(self, callback: Callback) -> Heard:
        ref_id, signature = callback.headers.get(REFERENCE_HEADER.lower(), ""), callback.headers.get(HEADER.lower(), "")
        # Read only after its signature: a stranger's bytes reach no parser.
        if not ref_id or not ref_id.isascii() or not is_signed(self._callback_key, ref_id, callback.body, signature):
            raise CallbackRefused
        try:
            event = read_event(callback.body, ref_id)
        except (BackendError, ValueError) as problem:
            raise CallbackRefused from problem
        if abs(self.connection.clock() - event.sent_at) > FRESH:
            raise CallbackRefused
        return Heard(ref_id, event.number, event.sent_at, event.standing)

    def _soap(self, soap_action: str) -> Mapping[str, str]:
        return {**self._credentials, "Content-Type": CONTENT_TYPE, "SOAPAction": soap_action}

    def _believed(self, callback: Callback, operation: Operation, ask: Ask, number: str) -> Inquiry:
        """The callback's content, read only after its signature: a stranger's bytes reach no parser."""
        if not is_signed(self._callback_key, ask.reference, callback.body, callback.headers.get(HEADER.lower(), "")):
            raise BackendGarbled
        return read_callback(callback.body, operation, ask.reference, number)


def _question(ask: Ask, url: str, registration_number: str) -> Question:
    subject, at_home = ask.subject, ask.subject.country is Country.KW
    return Question(
        ref_id=ask.reference,
        callback_url=url,
        reason=ask.purpose,
        civil_number=subject.value if at_home else "",
        gcc_number="" if at_home else subject.value,
        gcc_nationality="" if at_home else subject.country.facts.numeric,
        registration_number=registration_number,
    )
