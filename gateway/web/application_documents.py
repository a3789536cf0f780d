"""``/v1/applications/{id}/documents/{name}``: files on their way to a state, and its documents on their way back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.applications.file_types import MEDIA_TYPES
from gateway.applications.giving import Given, Giving
from gateway.applications.uploads import Attached, Offer, Uploads
from gateway.errors import BackendError, BadRequest, BawabaError, BodyTooSlow, UnsupportedMediaType
from gateway.flow import Flow
from gateway.identity.principal import Principal
from gateway.policy.quota import Quota
from gateway.web.address import caller_address
from gateway.web.contract import Operation, path_parameter
from gateway.web.doorkeeper import SIGN_IN_CODES, Doorkeeper
from gateway.web.middleware import PUBLIC_URL, REQUEST_ID, dress

SLOWEST: Final = 16_384
"""Bytes a second, on the whole: a body that comes more slowly is not waited for, after ``body_seconds`` of grace."""
TAKE_SECONDS: Final = 20.0
"""How long a caller may take to take one part of 64 KiB."""

_OWN_CODES = (
    *SIGN_IN_CODES,
    (401, "insufficient_user_authentication"),
    (403, "insufficient_scope"),
    (404, "not_found"),
    (429, "too_many_requests"),
    *((503, code) for code in ("sealing_failed", "application_unreadable")),
)
_PUT_CODES = (
    *_OWN_CODES,
    (408, "body_too_slow"),
    *((409, code) for code in ("attachment_not_wanted", "too_many_attachments")),
    (413, "body_too_large"),
    *((415, code) for code in ("unsupported_media_type", "content_encoding")),
    *((422, code) for code in ("attachment_unknown", "attachment_content", "attachment_infected")),
    (503, "scanner_unavailable"),
)
_GET_CODES = (
    *_OWN_CODES,
    *((502, code) for code in ("backend_garbled", "backend_refused", "document_not_trusted", "document_changed")),
    *((503, code) for code in ("document_not_ready", "backend_down", "backend_busy")),
    (504, "backend_late"),
)
_PLACE = (path_parameter("application", pattern="^[a-z2-7]{16}$"), path_parameter("document", maxLength=100))


@dataclass(frozen=True, slots=True)
class DocumentPages:
    """The endpoints and what they stand on."""

    doorkeeper: Doorkeeper
    uploads: Uploads
    giving: Giving
    flow: Flow
    strangers: Quota
    body_seconds: float
    take_seconds: float = TAKE_SECONDS

    def operations(self) -> Sequence[Operation]:
        path = "/v1/applications/{application}/documents/{document}"
        return (
            Operation(
                "attach",
                "PUT",
                path,
                self.put,
                Attached,
                parameters=_PLACE,
                secured=True,
                codes=_PUT_CODES,
                takes=MEDIA_TYPES,
            ),
            Operation(
                "get_document",
                "GET",
                path,
                self.get,
                "application/pdf",
                parameters=_PLACE,
                secured=True,
                codes=_GET_CODES,
            ),
        )

    async def put(self, request: web.Request) -> web.Response:
        """Takes a file for a draft, or for what the state asked for; never whole in memory."""
        principal = await self._identify(request)
        if any(coding.lower() != "identity" for coding in request.headers.getall("Content-Encoding", [])):
            raise UnsupportedMediaType("content_encoding", expected="identity")
        offer = Offer(
            name=request.match_info["document"],
            media_type=request.content_type,
            size=request.content_length,
            parts=_body(request, self.body_seconds),
        )
        attached = await self.uploads.take(principal, request.match_info["application"], offer, request[REQUEST_ID])
        return web.Response(body=attached.model_dump_json().encode(), content_type="application/json")

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Streams a document from the state; one that is not what was recorded is never complete."""
        principal = await self._identify(request)
        application, document = request.match_info["application"], request.match_info["document"]
        response = web.StreamResponse()
        try:
            async with self.giving.open(principal, application, document, request[REQUEST_ID]) as given:
                _announce(response, given, request)
                if request.method != "HEAD":
                    await _send(response, given, request, self.take_seconds)
        except (BackendError, TimeoutError, ConnectionError):
            if not response.prepared:
                raise
            # The length was promised, so the caller sees that this is not all of it.
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _identify(self, request: web.Request) -> Principal:
        """Whom it is for; a stranger's attempts are counted, and sealed as long as they are few."""
        try:
            return await self.doorkeeper.identify(request)
        except BawabaError as problem:
            self.strangers.spend(caller_address(request))
            if problem.status < 500:
                await self.flow.refuse(None, "unknown", request[REQUEST_ID], problem)
            raise


async def _body(request: web.Request, grace: float) -> AsyncIterator[bytes]:
    """The body as it comes; raises ``BodyTooSlow``, and ``BadRequest`` where it ends too early."""
    loop = asyncio.get_running_loop()
    began, received = loop.time(), 0
    try:
        while True:
            async with asyncio.timeout_at(began + grace + received / SLOWEST):
                data = await request.content.readany()
            if not data:
                return
            received += len(data)
            yield data
    except TimeoutError as problem:
        raise BodyTooSlow from problem
    except web.RequestPayloadError as problem:
        raise BadRequest("bad_request") from problem


def _announce(response: web.StreamResponse, given: Given, request: web.Request) -> None:
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Length"] = str(given.size)
    # Both parts of the name are of letters, digits, dots and dashes.
    response.headers["Content-Disposition"] = f'attachment; filename="{given.file_name}"'
    dress(response, request[REQUEST_ID], request[PUBLIC_URL])


async def _send(response: web.StreamResponse, given: Given, request: web.Request, seconds: float) -> None:
    """Nothing is said before the first part is known to be good, so that a short document fails as a problem."""
    async for part in given.parts:
        if not response.prepared:
            await response.prepare(request)
        async with asyncio.timeout(seconds):
            await response.write(part)
    await response.write_eof()
