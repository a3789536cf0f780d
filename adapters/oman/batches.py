"""The batch line: signed requests, and results that are asked for until they are there."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Final, NamedTuple, TypeVar

from adapters.oman.batch_file import Row, read_file
from gateway.sdk import BackendDown, BackendGarbled, BackendLate, BackendRefused, Deadline, Gate, Response

PATH: Final = "/batches"
CSV: Final = "text/csv; charset=utf-8"
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.02, 1.5, 0.4
"""Seconds before the first poll, how each pause grows, and the longest pause."""

POLLS: Final = 16
"""A result that is not there after so many polls is late, however far the deadline is."""

FRESH: Final = timedelta(hours=24)
AHEAD: Final = timedelta(minutes=5)
"""How far the clock of the national system may be ahead of ours."""

ReadT = TypeVar("ReadT")

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


class Batches:
    """What every request has in common: the gate, our key, and the secret that signs."""

    def __init__(self, gate: Gate, client: str, secret: str) -> None:
        self.gate = gate
        self._client = client
        self._key = secret.encode()

    def signed(self, data: bytes) -> dict[str, str]:
        """The headers that prove who sends ``data``."""
        return {"X-Client-Key": self._client, "X-Signature": digest(self._key, data, "sha256").hex()}

    def sealed(self, path: str, content_digest: str) -> dict[str, str]:
        """The headers of what is put at ``path``; ``content_digest`` is its SHA-256 in hexadecimal."""
        return {**self.signed(f"{path}\n{content_digest}".encode()), "X-Content-SHA256": content_digest}

    async def drop(self, body: bytes, purpose: str, deadline: Deadline) -> str:
        """The path of the batch that a row was dropped for.

        A reference that comes twice is one batch, so that dropping it again changes nothing.
        """
        return await self.gate.send(
            "POST",
            PATH,
            deadline=deadline,
            headers=self.signed(body) | {"Content-Type": CSV, "X-Purpose": purpose},
            body=body,
            read=_accepted,
        )

    async def put(self, path: str, body: bytes, purpose: str, deadline: Deadline) -> None:
        """Puts a file into the intake folder, once: who calls puts it again."""
        sealed = self.sealed(path, sha256(body).hexdigest())
        await self.gate.send(
            "PUT",
            path,
            deadline=deadline,
            headers=sealed | {"Content-Type": CSV, "X-Purpose": purpose},
            body=body,
            read=_taken,
            safe=False,
        )

    async def poll(self, path: str, read: Callable[[Response], ReadT], deadline: Deadline) -> ReadT:
        """What ``read`` makes of the result at ``path``; raises ``BackendLate`` where it does not come in time."""

        def there(response: Response) -> ReadT | None:
            return None if response.status == 202 else read(response)

        headers = self.signed(path.encode()) | {"Accept": "text/csv"}
        pause = FIRST_PAUSE
        for _ in range(POLLS):
            if pause >= deadline.remaining():
                raise BackendLate
            await asyncio.sleep(pause)
            found = await self.gate.send("GET", path, deadline=deadline, headers=headers, read=there)
            if found is not None:
                return found
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        raise BackendLate


def read_answer(response: Response, agency: str, now: datetime) -> Answer:
    """The answer in a result file of that agency; runs inside the gate's guards."""
    refuse(response.status, expected=200)
    if not _is_csv(response.headers):
        raise BackendGarbled(reason="content_type")
    file = read_file(response.body, agency)
    age = now - file.as_of
    if age < -AHEAD:
        raise BackendGarbled(reason="file_of_tomorrow")
    return Answer(file.rows, stale=age > FRESH)


def refuse(status: int, *, expected: int) -> None:
    """Raises what a status other than the expected one means."""
    if status >= 500:
        raise BackendDown(reason=f"status_{status}")
    if 400 <= status < 500 and status not in (404, 410):
        raise BackendRefused(reason=f"status_{status}")
    if status != expected:
        raise BackendGarbled(reason=f"status_{status}")


def _accepted(response: Response) -> str:
    """The path of the batch; one that would lead elsewhere is not followed."""
    refuse(response.status, expected=202)
    batch = response.headers.get("location", "")
    if not _BATCH.fullmatch(batch):
        raise BackendGarbled(reason="location")
    return batch


def _taken(response: Response) -> None:
    refuse(response.status, expected=202)


def _is_csv(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv"
