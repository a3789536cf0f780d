"""Applications as the bus takes them: a POST with an idempotency key, then followed by number or told by webhook."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import quote

import orjson

from adapters.uae.national import PDF, Document, EmiratesSystem, check_document, read_application, read_file_id
from adapters.uae.progress import progress
from gateway.sdk import Action, Attachment, Download, Order, Procedure, Progress, Response, StreamedResponse

MOST_DOCUMENT: Final = 20 * 1024 * 1024
"""Bytes of the longest document that is passed on."""

_ACTIONS: Final = {"supply": "RESUBMIT", "withdraw": "CANCEL", "confirm_payment": "CHECK-PAYMENT"}
AnswerT = TypeVar("AnswerT")


class EmiratesProcedure(Procedure[EmiratesSystem, Document]):
    """What the five have in common; each says to which authority it goes, under which code, and with what data."""

    authority: ClassVar[str]
    code: ClassVar[str]

    def data(self, order: Order) -> Document:
        """What is applied for, in the authority's own words."""
        raise TypeError(f"{type(self).__name__} must say what it applies for")

    async def submit(self, order: Order) -> Document:
        document = {
            "clientReference": order.reference,
            "serviceCode": self.code,
            "idn": order.subject.value,
            "idnIssuer": order.subject.country.facts.alpha3,
            "language": order.language.upper(),
            "webhookUrl": order.callback_url,
            "data": self.data(order),
            "files": await self._files(order, order.attachments),
        }
        return await self._send(self._path(), order, document, key=order.reference)

    async def track(self, order: Order) -> Document:
        return await self._exchange("GET", self._path(order), order, read_application)

    async def act(self, order: Order, action: Action) -> Document:
        document = {
            "action": _ACTIONS[action.kind],
            "answers": [{"requirement": requirement(name), "text": text} for name, text in action.values.items()],
            "files": await self._files(order, action.attachments),
        }
        return await self._send(f"{self._path(order)}/actions", order, document, key=action.reference)

    def normalise(self, answer: Document, order: Order) -> Progress:
        return progress(answer, order)

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        target = f"{self._path(order)}/documents/{quote(document, safe='')}"
        async with AsyncExitStack() as stack:

            async def open_with(token: str) -> tuple[StreamedResponse, int | None]:
                opening = self.system.gate.download(
                    target, deadline=order.deadline, headers=_headers(token, order, PDF), most=MOST_DOCUMENT
                )
                response = await stack.enter_async_context(opening)
                return response, check_document(response.status, response.headers)

            response, length = await self.system.tokens.ask(order.deadline, open_with)
            yield Download(PDF, length, aiter(response))

    def _path(self, order: Order | None = None) -> str:
        """Where applications are, or where one is: by its number, or by our reference while it has told no number."""
        if order is None:
            return f"/{self.authority}/v1/applications"
        name = order.national_reference or order.reference
        return f"/{self.authority}/v1/applications/{quote(name, safe='')}"

    async def _files(self, order: Order, attachments: Iterable[Attachment]) -> list[Document]:
        """Sends each file to the document store, and says under which id it was taken in."""
        return [
            {"requirement": requirement(each.name), "fileId": await self._file(order, each), "sha256": each.digest}
            for each in attachments
        ]

    async def _file(self, order: Order, attachment: Attachment) -> str:
        async def send(token: str) -> str:
            headers = _headers(token, order) | {"X-Content-SHA256": attachment.digest}
            return await self.system.gate.upload(
                "POST", "/dms/v1/files", deadline=order.deadline, content=attachment, read=read_file_id, headers=headers
            )

        return await self.system.tokens.ask(order.deadline, send)

    async def _send(self, path: str, order: Order, document: Mapping[str, Any], key: str) -> Document:
        """Sends what changes something, once: the key makes it safe to repeat, and the outbox is who repeats it."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return await self._exchange("POST", path, order, read_application, orjson.dumps(document), headers)

    async def _exchange(
        self,
        method: str,
        path: str,
        order: Order,
        read: Callable[[Response], AnswerT],
        body: bytes = b"",
        more: Mapping[str, str] | None = None,
    ) -> AnswerT:
        async def send(token: str) -> AnswerT:
            headers = _headers(token, order) | dict(more or {})
            return await self.system.gate.send(
                method, path, deadline=order.deadline, headers=headers, body=body, read=read, safe=not body
            )

        return await self.system.tokens.ask(order.deadline, send)


def requirement(name: str) -> str:
    """What an attachment or a thing that is asked for is called on the bus, ``LAST-PAYSLIP``."""
    return name.upper().replace("_", "-")


def _headers(token: str, order: Order, accepted: str = "application/json") -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": f"{accepted}, application/problem+json",
        "X-Correlation-Id": order.call,
        "X-Purpose": order.purpose,
    }
