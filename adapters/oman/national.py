"""The batch system as it speaks: a row is dropped, and its result is asked for until it is there."""

import asyncio
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import digest
from typing import Final, NamedTuple

from adapters.oman.batch_file import Row, read_file
from adapters.oman.values import NUMERIC, plain
from gateway.sdk import (
    Ask,
    BackendDown,
    BackendGarbled,
    BackendLate,
    BackendRefused,
    Connection,
    Country,
    NationalSystem,
    Response,
)

PATH: Final = "/batches"
CSV: Final = "text/csv; charset=utf-8"
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.02, 1.5, 0.4
"""Seconds before the first poll, how each pause grows, and the longest pause."""

POLLS: Final = 16
"""A result that is not there after so many polls is late, however far the deadline is."""

FRESH: Final = timedelta(hours=24)
AHEAD: Final = timedelta(minutes=5)
"""How far the clock of the national system may be ahead of ours."""

_BATCH: Final = re.compile(r"/batches/[A-Za-z0-9_-]{16,64}")


class Operation(NamedTuple):
    """One service of the batch system: its code in a request, and the agency that its files come from."""

    code: str
    agency: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a result file; ``stale`` when they are of more than a day ago."""

    rows: tuple[Row, ...]
    stale: bool = False


class OmanSystem(NationalSystem):
    """The client of the batch system."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._gate = connection.gate("batches")
        self._key = connection.secrets["signing_secret"].encode()
        self._client = connection.secrets["client_key"]

    async def about_subject(self, operation: Operation, ask: Ask) -> Answer:
        """What the agency holds of the person asked for.

        A citizen of another Gulf state is named by the number of home and its nationality, ISO 3166-1 numeric.
        """
        subject = ask.subject
        nationality = "" if subject.country is Country.OM else NUMERIC[subject.country]
        return await self._ask(operation, ask, (subject.value, nationality, ""))

    async def about_number(self, operation: Operation, number: str, ask: Ask) -> Answer:
        """What the agency holds under a registration number; who asks is not told."""
        return await self._ask(operation, ask, ("", "", plain(number)))

    async def _ask(self, operation: Operation, ask: Ask, fields: tuple[str, ...]) -> Answer:
        body = _row(ask.reference, operation.code, *fields)
        # A reference that comes twice is one batch, so that dropping it again changes nothing.
        batch = await self._gate.send(
            "POST",
            PATH,
            deadline=ask.deadline,
            headers=self._signed(body) | {"Content-Type": CSV, "X-Purpose": ask.purpose},
            body=body,
            read=_accepted,
        )
        return await self._result(batch, operation, ask)

    async def _result(self, batch: str, operation: Operation, ask: Ask) -> Answer:
        def read(response: Response) -> Answer | None:
            return self._read(response, operation)

        headers = self._signed(batch.encode()) | {"Accept": "text/csv"}
        pause = FIRST_PAUSE
        for _ in range(POLLS):
            if pause >= ask.deadline.remaining():
                raise BackendLate
            await asyncio.sleep(pause)
            answer = await self._gate.send("GET", batch, deadline=ask.deadline, headers=headers, read=read)
            if answer is not None:
                return answer
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        raise BackendLate

    def _signed(self, signed: bytes) -> dict[str, str]:
        return {"X-Client-Key": self._client, "X-Signature": digest(self._key, signed, "sha256").hex()}

    def _read(self, response: Response, operation: Operation) -> Answer | None:
        """The answer in the file, or ``None`` while there is none yet."""
        if response.status == 202:
            return None
        _refuse(response, expected=200)
        if not _is_csv(response.headers):
            raise BackendGarbled(reason="content_type")
        file = read_file(response.body, operation.agency)
        age = self.connection.clock() - file.as_of
        if age < -AHEAD:
            raise BackendGarbled(reason="file_of_tomorrow")
        return Answer(file.rows, stale=age > FRESH)


def _accepted(response: Response) -> str:
    """The path of the batch; one that would lead elsewhere is not followed."""
    _refuse(response, expected=202)
    batch = response.headers.get("location", "")
    if not _BATCH.fullmatch(batch):
        raise BackendGarbled(reason="location")
    return batch


def _refuse(response: Response, *, expected: int) -> None:
    """Raises what a status other than the expected one means."""
    status = response.status
    if status >= 500:
        raise BackendDown(reason=f"status_{status}")
    if 400 <= status < 500 and status not in (404, 410):
        raise BackendRefused(reason=f"status_{status}")
    if status != expected:
        raise BackendGarbled(reason=f"status_{status}")


def _is_csv(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv"


def _row(*fields: str) -> bytes:
    """One row as the batch system takes it, with a byte order mark; what a field holds cannot leave its field."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(fields)
    return text.getvalue().encode("utf-8-sig")
