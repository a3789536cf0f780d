"""The host's front door: a request is verified before anything of it is believed, and every answer is signed."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Final, TypeVar
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from gateway.adapter_host.keys import Keys, Signer
from gateway.adapter_host.messages import Answer, Request, content_digest
from gateway.adapter_host.nonces import Nonces, NoncesFull
from gateway.adapter_host.problems import failure, refusal
from gateway.adapter_host.protocol import JSON, LONGEST_MS, MOST_BODY, PROBLEM, Problem
from gateway.adapter_host.signatures import (
    DEADLINE,
    REMEMBERED,
    SignatureRefused,
    Verified,
    sign_answer,
    single,
    verify_request,
)
from gateway.errors import BackendError, BackendGarbled, BackendLate
from gateway.resilience.deadline import Deadline
from gateway.sdk.json_reader import MalformedJson, parse_json
from gateway.sdk.streaming import PART_BYTES

log = structlog.get_logger()

ModelT = TypeVar("ModelT", bound=BaseModel)
_WITH_BODY: Final = frozenset({"POST", "PUT"})
_WITHOUT_BODY: Final = frozenset({"GET"})
_DEADLINE: Final = re.compile(r"[1-9][0-9]{0,5}")
_RETRY: Final = {"Retry-After": "1"}


class Refused(Exception):
    """The request is not taken; nothing was asked of the national system."""

    def __init__(self, status: int, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.problem = refusal(status, code, detail)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to be signed: ``body`` whole, or a ``file`` of which size and digest are known, sent in parts."""

    status: int
    media_type: str
    body: bytes
    digest: str
    outcome: str = "ok"
    file: IO[bytes] | None = None
    size: int = 0

    @classmethod
    def of(cls, body: bytes, *, media_type: str = JSON, status: int = 200, outcome: str = "ok") -> "Reply":
        return cls(status, media_type, body, content_digest(body), outcome=outcome)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose head was verified. ``named`` is what stands in its path."""

    request: web.Request
    verified: Verified
    deadline: Deadline
    named: Mapping[str, str]

    async def body(self, model: type[ModelT]) -> tuple[ModelT, Mapping[str, object]]:
        """The body as the protocol has it, and as the JSON that came; raises ``Refused``."""
        if self.request.headers["Content-Type"] != JSON:
            raise Refused(415, "media_type", f"the body must be {JSON}")
        content = b"".join([part async for part in self.parts(MOST_BODY)])
        try:
            self.verified.check(content)
            document = parse_json(content)
            return model.model_validate_json(content), document
        except SignatureRefused as problem:
            raise Refused(401, problem.code, str(problem)) from problem
        except MalformedJson as problem:
            raise Refused(400, problem.code, "the body is not JSON as both sides must read it") from problem
        except ValidationError as problem:
            raise Refused(422, "body_malformed", _expected(problem)) from problem

    async def parts(self, most: int) -> AsyncIterator[bytes]:
        """The body as it comes, ``most`` bytes in all; raises ``Refused``."""
        length = self.request.content_length
        came = 0
        async for part in self.request.content.iter_any():
            came += len(part)
            if came > most or (length or 0) > most:
                raise Refused(413, "body_too_large", f"{most} bytes are taken at most")
            yield part


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What is answered at one path; ``path`` names its parts as ``{service}``."""

    name: str
    method: str
    path: str
    handle: Handler


class Door:
    """Takes requests of those whose ``keys`` are known, at ``address``, and signs what it answers.

    ``clock`` gives seconds since 1970; ``longest`` is how many milliseconds a call may have, ``most`` how many calls
    there may be at once.
    """

    def __init__(
        self,
        address: str,
        signer: Signer,
        keys: Keys,
        operations: Sequence[Operation],
        *,
        clock: Callable[[], float] = time.time,
        longest: int = LONGEST_MS,
        most: int = 64,
    ) -> None:
        parts = urlsplit(address)
        self._origin, self._prefix = f"{parts.scheme}://{parts.netloc}", parts.path
        self._signer = signer
        self._keys = keys
        self._nonces = Nonces(REMEMBERED)
        self._operations = [(operation, _pattern(operation.path)) for operation in operations]
        self._clock = clock
        self._longest = longest
        self._most = most
        self._inside = 0
        self._opened = int(clock())

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request, from its head to the last byte of its answer."""
        began = time.monotonic()
        self._inside += 1
        name, sent = "unknown", None
        try:
            # The request as it was signed, so that what is answered can be bound to it, a refusal too.
            sent = self._as_sent(request)
            verified = self._verify(request, sent)
            operation, named = self._find(request)
            name = operation.name
            reply = await self._run(operation, Call(request, verified, self._deadline(sent), named))
        except Refused as refused:
            reply = _problem(refused.problem)
        except BackendError as problem:
            reply = _problem(failure(problem))
        finally:
            self._inside -= 1
        took = round((time.monotonic() - began) * 1000)
        log.info("host.answered", operation=name, status=reply.status, outcome=reply.outcome, took_ms=took)
        return await self._answer(request, sent, reply)

    def _as_sent(self, request: web.Request) -> Request:
        try:
            return Request(request.method, self._origin + request.raw_path, single(request.headers.items()))
        except SignatureRefused as problem:
            raise Refused(401, problem.code, str(problem)) from problem

    def _verify(self, request: web.Request, sent: Request) -> Verified:
        if self._inside > self._most:
            raise Refused(503, "host_busy")
        if request.method not in _WITH_BODY | _WITHOUT_BODY:
            raise Refused(405, "method_not_allowed")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(415, "content_encoding", "a body must not be compressed")
        body = request.method in _WITH_BODY
        if not body and request.body_exists:
            raise Refused(400, "body_unexpected", "GET has no body")
        try:
            verified = verify_request(sent, self._keys, self._nonces, self._clock(), body=body)
        except SignatureRefused as problem:
            raise Refused(401, problem.code, str(problem)) from problem
        except NoncesFull as problem:
            raise Refused(503, "host_busy") from problem
        if verified.created < self._opened:
            # Whether it came before the host was started again, nobody remembers.
            raise Refused(503, "host_starting")
        return verified

    def _find(self, request: web.Request) -> tuple[Operation, Mapping[str, str]]:
        path = request.raw_path.removeprefix(self._prefix)
        known = False
        for operation, pattern in self._operations:
            if found := pattern.fullmatch(path):
                if operation.method == request.method:
                    return operation, found.groupdict()
                known = True
        if known:
            raise Refused(405, "method_not_allowed")
        raise Refused(404, "path_unknown", "the protocol has no such path; it has no queries")

    def _deadline(self, sent: Request) -> Deadline:
        given = sent.headers[DEADLINE]
        if not _DEADLINE.fullmatch(given):
            raise Refused(400, "deadline_malformed", f"{DEADLINE} must be whole milliseconds, 1 to {LONGEST_MS}")
        return Deadline.after(min(int(given), self._longest) / 1000)

    async def _run(self, operation: Operation, call: Call) -> Reply:
        """What the operation answers by the deadline; what it trips over is a garbled answer."""
        try:
            with call.deadline.limit():
                return await operation.handle(call)
        except TimeoutError as problem:
            raise BackendLate from problem
        except (BackendError, Refused):
            raise
        except Exception as problem:
            # The words may be personal: only the kind of the failure is logged.
            log.warning("host.failed", operation=operation.name, error=type(problem).__name__)
            raise BackendGarbled from problem

    async def _answer(self, request: web.Request, sent: Request | None, reply: Reply) -> web.StreamResponse:
        headers = {"content-type": reply.media_type, "content-digest": reply.digest}
        if sent is not None and "signature" in sent.headers:
            headers |= sign_answer(Answer(reply.status, headers, sent), self._signer, self._clock())
        if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers |= _RETRY
        headers["cache-control"] = "no-store"
        if reply.file is None:
            return web.Response(status=reply.status, headers=headers, body=reply.body)
        with reply.file as file:
            response = web.StreamResponse(status=reply.status, headers=headers)
            response.content_length = reply.size
            await response.prepare(request)
            while part := await asyncio.to_thread(file.read, PART_BYTES):
                await response.write(part)
            await response.write_eof()
        return response


def _problem(problem: Problem) -> Reply:
    body = problem.model_dump_json(exclude_none=True).encode()
    outcome = problem.outcome or problem.code
    return Reply.of(body, media_type=PROBLEM, status=problem.status, outcome=outcome)


def _pattern(path: str) -> re.Pattern[str]:
    """The path as it must stand: a name in braces is one segment of letters, digits, and ``. _ -``."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9._-]{1,100})", path))


def _expected(problem: ValidationError) -> str:
    """Which field, and what was expected; never what came, which is personal."""
    first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['type']}"[:500]
