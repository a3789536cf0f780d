"""The national system as it speaks: JSON over HTTP, an ``X-Api-Key`` header, 404 for what it does not know."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from gateway.sdk import (
    Ask,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Callback,
    CallbackRefused,
    Connection,
    Deadline,
    Download,
    Heard,
    NationalSystem,
    Response,
    read_json,
)

LARGEST_DOCUMENT = 5_242_880


class ExampleSystem(NationalSystem):
    """The client of the example's national system."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._gate = connection.gate("main")
        self._headers = {"X-Api-Key": connection.secrets["api_key"], "Accept": "application/json"}
        self._callback_key = connection.secrets["callback_key"].encode()

    async def fines(self, ask: Ask) -> list[Any]:
        """The fines of the person asked for, as the national system lists them; unknown people have none."""
        path = f"/persons/{ask.subject.value}/fines"
        return await self._gate.send("GET", path, deadline=ask.deadline, headers=self._headers, read=_read_fines)

    async def post(self, path: str, document: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """Hands something in about an application; how it stands then comes back.

        Not ``safe``: the gate must not try it again by itself. The gateway does so later, and the national system
        knows a repetition by the reference in the document.
        """
        headers = {**self._headers, "Content-Type": "application/json"}
        return await self._gate.send(
            "POST", path, deadline=deadline, headers=headers, body=_json(document), read=_read_standing, safe=False
        )

    async def standing(self, number: str, deadline: Deadline) -> dict[str, Any]:
        """How an application stands."""
        path = f"/applications/{number}"
        return await self._gate.send("GET", path, deadline=deadline, headers=self._headers, read=_read_standing)

    @asynccontextmanager
    async def document(self, number: str, document: str, deadline: Deadline) -> AsyncIterator[Download]:
        """A document of an application, streamed."""
        path = f"/applications/{number}/documents/{document}"
        async with self._gate.download(
            path, deadline=deadline, headers=self._headers, most=LARGEST_DOCUMENT
        ) as response:
            if response.status != 200 or response.headers.get("content-type") != "application/pdf":
                raise BackendGarbled
            length = response.headers.get("content-length", "")
            yield Download("application/pdf", int(length) if length.isdigit() else None, aiter(response))

    def read_callback(self, callback: Callback) -> Heard:
        """A change that the national system tells by itself: JSON under an HMAC of the moment and the body."""
        stamp = callback.headers.get("x-timestamp", "")
        signature = hmac.digest(self._callback_key, stamp.encode() + b"." + callback.body, hashlib.sha256).hex()
        if not hmac.compare_digest(signature.encode(), callback.headers.get("x-signature", "").encode()):
            raise CallbackRefused
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise CallbackRefused
        told = read_json(callback.body)
        return Heard(
            reference=told["reference"],
            delivery=told["delivery"],
            sent_at=datetime.fromtimestamp(int(stamp), UTC),
            answer=told,
        )


def _read_fines(response: Response) -> list[Any]:
    """Runs inside the gate's guards: what it raises counts for the breaker and may be tried again."""
    if response.status == 404:
        return []
    document = _document(response)
    if not isinstance(document.get("fines"), list):
        raise BackendGarbled
    return list(document["fines"])


def _read_standing(response: Response) -> dict[str, Any]:
    if response.status == 422:
        raise BackendRefused(reason="unacceptable")
    return _document(response)


def _document(response: Response) -> dict[str, Any]:
    if response.status == 403:
        raise BackendRefused(reason="access_denied")
    if response.status >= 500:
        raise BackendDown
    document = read_json(response.body)
    if response.status not in (200, 201) or not isinstance(document, dict):
        raise BackendGarbled
    return document


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
