"""Applications as the agencies take them: put there under our own reference, then followed by their number."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import quote

import orjson

from adapters.bahrain.answers import PDF, Json, check_document, read_application, read_file_id
from adapters.bahrain.national import BahrainSystem
from adapters.bahrain.progress import progress
from gateway.sdk import Action, Attachment, Country, Download, Order, Procedure, Progress, Response, StreamedResponse

MOST_DOCUMENT: Final = 20 * 1024 * 1024
"""Bytes of the longest document that is passed on."""

_ACTIONS: Final = {"supply": "SUPPLY", "withdraw": "WITHDRAW", "confirm_payment": "PAYMENT_MADE"}
AnswerT = TypeVar("AnswerT")


class BahrainProcedure(Procedure[BahrainSystem, Json]):
    """What the five have in common; each says to which agency it goes, under which code, and with what fields."""

    endpoint: ClassVar[str]
    code: ClassVar[str]

    def fields(self, order: Order) -> Json:
        """What is applied for, in the agency's own words."""
        raise TypeError(f"{type(self).__name__} must say what it applies for")

    async def submit(self, order: Order) -> Json:
        document = {
            "service_code": self.code,
            "language": order.language.upper(),
            **_applicant(order),
            "fields": self.fields(order),
            "files": await self._files(order, order.attachments),
        }
        return await self._send("PUT", f"/v1/applications/{quote(order.reference, safe='')}", order, document)

    async def track(self, order: Order) -> Json:
        return await self._exchange("GET", _path(order), order, read_application)

    async def act(self, order: Order, action: Action) -> Json:
        texts = [{"item": name.upper(), "text": value} for name, value in action.values.items()]
        document = {
            "action_ref": action.reference,
            "action": _ACTIONS[action.kind],
            "items": [*texts, *await self._files(order, action.attachments)],
        }
        return await self._send("POST", f"{_path(order)}/actions", order, document)

    def normalise(self, answer: Json, order: Order) -> Progress:
        return progress(answer, order)

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        target = f"{_path(order)}/documents/{quote(document, safe='')}"
        async with AsyncExitStack() as stack:

            async def open_with(token: str) -> tuple[StreamedResponse, int | None]:
                opening = self.system.connection.gate(self.endpoint).download(
                    target, deadline=order.deadline, headers=_headers(token, order, PDF), most=MOST_DOCUMENT
                )
                response = await stack.enter_async_context(opening)
                return response, check_document(response.status, response.headers)

            response, length = await self.system.tokens.ask(order.deadline, open_with)
            yield Download(PDF, length, aiter(response))

    async def _files(self, order: Order, attachments: Iterable[Attachment]) -> list[Json]:
        """Sends each file to where its own digest names it, and says under which id it was taken in."""
        return [
            {"item": each.name.upper(), "file_id": await self._file(order, each), "sha256": each.digest}
            for each in attachments
        ]

    async def _file(self, order: Order, attachment: Attachment) -> str:
        async def send(token: str) -> str:
            return await self.system.connection.gate(self.endpoint).upload(
                "PUT",
                f"/v1/files/{attachment.digest}",
                deadline=order.deadline,
                content=attachment,
                read=read_file_id,
                headers=_headers(token, order),
            )

        return await self.system.tokens.ask(order.deadline, send)

    async def _send(self, method: str, path: str, order: Order, document: Mapping[str, Any]) -> Json:
        return await self._exchange(method, path, order, read_application, orjson.dumps(document))

    async def _exchange(
        self, method: str, path: str, order: Order, read: Callable[[Response], AnswerT], body: bytes = b""
    ) -> AnswerT:
        """What ``read`` makes of the answer; what changes something is sent once: the outbox tries again, we do not."""

        async def send(token: str) -> AnswerT:
            headers = _headers(token, order)
            if body:
                headers["Content-Type"] = "application/json"
            gate = self.system.connection.gate(self.endpoint)
            return await gate.send(
                method, path, deadline=order.deadline, headers=headers, body=body, read=read, safe=not body
            )

        return await self.system.tokens.ask(order.deadline, send)


def written_day(day: str) -> str:
    """A day of ISO 8601 as Bahrain writes it, ``dd/MM/yyyy``."""
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def _path(order: Order) -> str:
    """Where the application is: under its number, or under our reference while we have not been told the number."""
    return f"/v1/applications/{quote(order.national_reference or order.reference, safe='')}"


def _applicant(order: Order) -> dict[str, Any]:
    """Who applies: by CPR, or by the number of another Gulf state and the state that gave it, as in the answers."""
    subject = order.subject
    if subject.country is Country.BH:
        return {"cpr": subject.value, "gcc_id": None}
    return {"cpr": None, "gcc_id": {"number": subject.value, "country": subject.country.facts.alpha3}}


def _headers(token: str, order: Order, accepted: str = "application/json") -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": f"{accepted}, application/problem+json",
        "X-Request-Id": order.call,
        "X-Purpose": order.purpose,
    }
