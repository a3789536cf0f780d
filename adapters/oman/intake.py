"""The intake folder: an application is a line in a file that is put there, its files beside it; results are fetched."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import quote

from adapters.oman.batches import Answer, Batches, Operation, read_answer, refuse
from adapters.oman.intake_file import intake_file
from adapters.oman.values import NUMERIC
from gateway.sdk import (
    Action,
    ActionKind,
    Attachment,
    BackendGarbled,
    BackendRefused,
    Country,
    Download,
    Order,
    Response,
)

APPLICATION, ACTION, ATTACHMENT, ITEM = "طلب", "إجراء", "مرفق", "بيان"
"""The kinds of lines in a file: an application or an act, then its files and what is supplied."""

ACTIONS: Final[Mapping[ActionKind, str]] = {
    "supply": "استكمال",
    "withdraw": "سحب",
    "confirm_payment": "إشعار سداد",
}
LANGUAGES: Final[Mapping[str, str]] = {"ar": "عربي", "en": "إنجليزي"}
PDF: Final = "application/pdf"
MOST_BYTES: Final = 10_485_760
"""A document beyond this is not believed."""

Rows = Sequence[Mapping[str, str]]


class Intake:
    """The client of the folder. What is put there is put once: who calls puts it again."""

    def __init__(self, batches: Batches, clock: Callable[[], datetime]) -> None:
        self._batches = batches
        self._clock = clock

    async def apply(self, operation: Operation, fields: Mapping[str, str], order: Order) -> Answer:
        """Puts the application, its files before it, and waits for its first result.

        The same application again is the same file in the same place, which changes nothing.
        """
        line = {
            "نوع_السطر": APPLICATION,
            "المرجع": order.reference,
            "رمز_الخدمة": operation.code,
            **_applicant(order),
            "اللغة": LANGUAGES[order.language],
            **fields,
        }
        files = [await self._bring(each, order) for each in order.attachments]
        return await self._put("application.csv", operation, [line, *files], order)

    async def result(self, operation: Operation, order: Order) -> Answer:
        """The latest result of the application; raises ``BackendRefused`` where the system knows of none."""
        read = partial(read_answer, agency=operation.agency, now=self._clock())
        answer = await self._batches.poll(f"/results/{_safe(order.reference)}.csv", read, order.deadline)
        if not answer.rows:
            raise BackendRefused(reason="not_found")
        return answer

    async def act(self, operation: Operation, action: Action, order: Order) -> Answer:
        """Puts an act about the application, and waits for the result after it."""
        line = {
            "نوع_السطر": ACTION,
            "المرجع": order.reference,
            "رمز_الخدمة": operation.code,
            **_applicant(order),
            "مرجع_الإجراء": action.reference,
            "الإجراء": ACTIONS[action.kind],
        }
        items = [
            {"نوع_السطر": ITEM, "المرجع": order.reference, "الرمز": national_name(name), "القيمة": value}
            for name, value in action.values.items()
        ]
        files = [await self._bring(each, order) for each in action.attachments]
        return await self._put(f"actions/{_safe(action.reference)}.csv", operation, [line, *items, *files], order)

    @asynccontextmanager
    async def document(self, document: str, order: Order) -> AsyncIterator[Download]:
        """A document that was issued, by its path."""
        path = f"/documents/{_safe(order.reference)}/{_safe(document)}.pdf"
        headers = {**self._batches.signed(path.encode()), "Accept": PDF}
        async with self._batches.gate.download(
            path, deadline=order.deadline, headers=headers, most=MOST_BYTES
        ) as response:
            refuse(response.status, expected=200)
            if response.headers.get("content-type", "").partition(";")[0].strip().lower() != PDF:
                raise BackendGarbled(reason="content_type")
            length = response.headers.get("content-length")
            yield Download(PDF, int(length) if length is not None else None, aiter(response))

    async def _put(self, name: str, operation: Operation, rows: Rows, order: Order) -> Answer:
        path = f"/intake/{_safe(order.reference)}/{name}"
        await self._batches.put(path, intake_file(operation.agency, rows), order.purpose, order.deadline)
        return await self.result(operation, order)

    async def _bring(self, attachment: Attachment, order: Order) -> Mapping[str, str]:
        """Puts a file beside the application, and gives the line that refers to it."""
        name = national_name(attachment.name)
        path = f"/intake/{_safe(order.reference)}/files/{name}"
        await self._batches.gate.upload(
            "PUT",
            path,
            deadline=order.deadline,
            content=attachment,
            headers=self._batches.sealed(path, attachment.digest),
            read=_brought,
        )
        return {"نوع_السطر": ATTACHMENT, "المرجع": order.reference, "الرمز": name, "البصمة": attachment.digest}


def national_name(name: str) -> str:
    """How a name of the gateway's is written here, ``lease_number`` as ``LEASE-NUMBER``."""
    return name.upper().replace("_", "-")


def _applicant(order: Order) -> Mapping[str, str]:
    subject = order.subject
    nationality = "" if subject.country is Country.OM else NUMERIC[subject.country]
    return {"الرقم_المدني": subject.value, "الجنسية": nationality}


def _brought(response: Response) -> None:
    refuse(response.status, expected=201)


def _safe(name: str) -> str:
    """One segment of a path, whatever stands in it."""
    return quote(name, safe="")
