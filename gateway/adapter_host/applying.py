"""The gateway's side of a procedure behind a host: files before, then the application, and documents back in parts."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from gateway.adapter_host.link import Exchange, Link, exchanged, taken, told, written
from gateway.adapter_host.messages import content_digest, digest_field
from gateway.adapter_host.protocol import JSON, MOST_DOCUMENT, PDF, PROBLEM, Stored
from gateway.adapter_host.signatures import SignatureRefused, Verified
from gateway.errors import BackendGarbled
from gateway.schema.application import Progress
from gateway.sdk.adapter import NationalSystem
from gateway.sdk.gate import Gate
from gateway.sdk.procedure import Action, Attachment, Download, Order, Procedure
from gateway.sdk.streaming import StreamedResponse
from gateway.sdk.transport import Response

_MOST_PROBLEM: Final = 65_536


class HostProcedure(Procedure[NationalSystem, Progress]):
    """One procedure of a host."""

    def __init__(self, system: NationalSystem, link: Link, gate: Gate, service: str) -> None:
        super().__init__(system)
        self.service = service  # type: ignore[misc]  # one class for every service
        self._link = link
        self._gate = gate
        self._path = f"/applications/{service}"

    async def submit(self, order: Order) -> Progress:
        """Hands the files over and then the application."""
        await self._put(order, order.attachments)
        return await self._ask(order, "submit", {"files": _notes(order.attachments)}, safe=False)

    async def track(self, order: Order) -> Progress:
        """Asks how it stands."""
        return await self._ask(order, "track", {}, safe=True)

    async def act(self, order: Order, action: Action) -> Progress:
        """Hands the files over and then says what the applicant does."""
        await self._put(order, action.attachments)
        said = {
            "kind": action.kind,
            "reference": action.reference,
            "values": dict(action.values),
            "files": _notes(action.attachments),
        }
        return await self._ask(order, "act", said, safe=False)

    def normalise(self, answer: Progress, order: Order) -> Progress:
        """What the host said is in the shared schema already; it must be about the application that was asked for."""
        if order.national_reference not in (None, answer.reference):
            raise BackendGarbled("backend_wrong_subject")
        return answer

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        """The document in parts; the last of them raises ``BackendGarbled`` where the whole is not what was signed."""
        path, body = f"{self._path}/documents/{quote(document, safe='')}", written({"order": _order(order)})
        exchange = Exchange(self._link, "POST", path, order.deadline, JSON, content_digest(body))
        opening = self._gate.download(
            path, deadline=order.deadline, most=MOST_DOCUMENT, headers=exchange.headers, method="POST", body=body
        )
        async with opening as response:
            problem = None if response.status == 200 else told(await _whole(response, exchange))
            if problem is None:
                verified = exchange.open(response.status, response.headers, PDF)
                length = response.headers.get("content-length")
                yield Download(PDF, int(length) if length else None, _checked(response, verified))
        if problem is not None:
            # Raised only here, where it no longer counts against the host.
            raise problem

    async def _ask(self, order: Order, verb: str, said: Mapping[str, Any], *, safe: bool) -> Progress:
        path, body = f"{self._path}/{verb}", written({"order": _order(order), **said})
        exchange = Exchange(self._link, "POST", path, order.deadline, JSON, content_digest(body))
        return await exchanged(self._gate, exchange, Progress, order.deadline, body, safe=safe)

    async def _put(self, order: Order, files: tuple[Attachment, ...]) -> None:
        for file in files:
            path = f"{self._path}/files/{quote(order.reference, safe='')}/{file.digest}"
            digest = digest_field(bytes.fromhex(file.digest))
            exchange = Exchange(self._link, "PUT", path, order.deadline, file.media_type, digest)
            said = await self._gate.upload(
                "PUT",
                path,
                deadline=order.deadline,
                content=file,
                read=partial(exchange.read, Stored),
                headers=exchange.headers_of_upload,
            )
            if taken(said) != Stored(digest=file.digest, size=file.size):
                raise BackendGarbled(reason="host_file")


def _order(order: Order) -> Mapping[str, Any]:
    return {
        "subject": order.subject,
        "inputs": dict(order.inputs),
        "purpose": order.purpose,
        "language": order.language,
        "reference": order.reference,
        "call": order.call,
        "national_reference": order.national_reference,
        "source": order.source,
    }


def _notes(files: tuple[Attachment, ...]) -> list[Mapping[str, Any]]:
    return [
        {"name": file.name, "media_type": file.media_type, "size": file.size, "digest": file.digest} for file in files
    ]


async def _checked(response: StreamedResponse, verified: Verified) -> AsyncIterator[bytes]:
    seen = hashlib.sha256()
    async for part in response:
        seen.update(part)
        yield part
    try:
        verified.check_digest(digest_field(seen.digest()))
    except SignatureRefused as problem:
        raise BackendGarbled(reason="host_digest_mismatch") from problem


async def _whole(response: StreamedResponse, exchange: Exchange) -> Response:
    """A short answer that came in place of the document, verified."""
    verified = exchange.open(response.status, response.headers, PROBLEM)
    body = b""
    async for part in _checked(response, verified):
        body += part
        if len(body) > _MOST_PROBLEM:
            raise BackendGarbled("backend_too_large")
    return Response(response.status, response.headers, body)
