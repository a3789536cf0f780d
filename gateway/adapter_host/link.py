"""One call from the gateway to a host: signed anew at each try, and believed only where the answer to it is signed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from gateway.adapter_host.keys import Keys, Signer
from gateway.adapter_host.messages import Answer, Request
from gateway.adapter_host.problems import error_of
from gateway.adapter_host.protocol import JSON, LONGEST_MS, PROBLEM, Problem
from gateway.adapter_host.signatures import DEADLINE, SignatureRefused, Verified, sign_request, verify_answer
from gateway.errors import BackendError, BackendGarbled
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate
from gateway.sdk.json_reader import read_json
from gateway.sdk.transport import Response

ModelT = TypeVar("ModelT", bound=BaseModel)

TRAVEL: Final = 0.05
"""Seconds kept back for the way home, so that a late answer is the host's to tell: a tenth of the rest at most."""


@dataclass(frozen=True, slots=True)
class Link:
    """The two ends: the host's ``address`` as it is registered, our key, and the keys that the host signs with."""

    address: str
    signer: Signer
    keys: Keys
    clock: Callable[[], datetime]

    def now(self) -> float:
        """Seconds since 1970."""
        return self.clock().timestamp()


class Exchange:
    """The tries of one call. ``headers`` and ``read`` (or ``open``) belong to a gate's ``send`` and its kin.

    ``content_type`` and ``digest`` (the value of ``Content-Digest``) are of the body, where there is one.
    """

    def __init__(
        self,
        link: Link,
        method: str,
        path: str,
        deadline: Deadline,
        content_type: str | None = None,
        digest: str | None = None,
    ) -> None:
        self._link = link
        self.method = method
        self.path = path
        self._target = link.address + path
        self._deadline = deadline
        self._body = {"content-type": content_type, "content-digest": digest} if content_type and digest else {}
        self._sent: Request | None = None

    def headers(self) -> Mapping[str, str]:
        """Those of the next try, signed."""
        headers = {**self._body, DEADLINE: str(_milliseconds(self._deadline))}
        request = Request(self.method, self._target, headers)
        signed = sign_request(request, self._link.signer, self._link.now())
        self._sent = Request(self.method, self._target, headers | {"signature": signed["Signature"]})
        return {**headers, **signed}

    def headers_of_upload(self) -> Mapping[str, str]:
        """The same, where the type is sent by whoever sends the content."""
        return {name: value for name, value in self.headers().items() if name != "content-type"}

    def open(self, status: int, headers: Mapping[str, str], media_type: str) -> Verified:
        """The digest that the body must have; raises ``BackendGarbled`` where the head is not signed as it must be."""
        if self._sent is None:
            raise BackendGarbled(reason="answer_unasked")
        try:
            verified = verify_answer(Answer(status, headers, self._sent), self._link.keys, self._link.now())
        except SignatureRefused as problem:
            raise BackendGarbled(reason=f"host_{problem.code}") from problem
        if headers["content-type"] != media_type:
            raise BackendGarbled(reason="host_content_type")
        return verified

    def read(self, model: type[ModelT], response: Response) -> ModelT | BackendError:
        """The body of a good answer, or the error that another one tells of; raises ``BackendGarbled``.

        What a host tells of its national system is returned and not raised: it says nothing against the host, which
        has tried again itself and has guards of its own.
        """
        if response.status == 200:
            self._verify(response, JSON)
            return parse(model, response.body)
        self._verify(response, PROBLEM)
        return told(response)

    def _verify(self, response: Response, media_type: str) -> None:
        verified = self.open(response.status, response.headers, media_type)
        try:
            verified.check(response.body)
        except SignatureRefused as problem:
            raise BackendGarbled(reason=f"host_{problem.code}") from problem


async def exchanged(
    gate: Gate, exchange: Exchange, model: type[ModelT], deadline: Deadline, body: bytes = b"", *, safe: bool = True
) -> ModelT:
    """What the host answers; raises the ``BackendError`` that it tells of, or that the gate meets."""
    said = await gate.send(
        exchange.method,
        exchange.path,
        deadline=deadline,
        read=partial(exchange.read, model),
        headers=exchange.headers,
        body=body,
        safe=safe,
    )
    return taken(said)


def taken(said: ModelT | BackendError) -> ModelT:
    """What the host said, unless it is an error, which is raised."""
    if isinstance(said, BackendError):
        raise said
    return said


def told(response: Response) -> BackendError:
    """The error in the body of an answer that was verified."""
    problem = parse(Problem, response.body)
    if problem.status != response.status:
        raise BackendGarbled(reason="host_problem")
    return error_of(problem)


def parse(model: type[ModelT], body: bytes) -> ModelT:
    """The body as the shared schema has it, strictly; raises ``BackendGarbled``.

    The words of what is wrong may be personal: only the place of the first fault is told.
    """
    read_json(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as problem:
        raise BackendGarbled(reason=_place(problem)) from problem


def _place(problem: ValidationError) -> str:
    """Where the first fault is; the name of a member that nobody knows is not repeated."""
    first = problem.errors(include_url=False, include_input=False)[0]
    known = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return ".".join(["schema", *map(str, known)])[:100]


def written(document: Mapping[str, Any]) -> bytes:
    """A body as JSON; decimal numbers stay as they are written."""
    return orjson.dumps(document, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return orjson.Fragment(str(value))


def _milliseconds(deadline: Deadline) -> int:
    """What the host is given of the time that is left; raises ``BackendLate`` where there is none."""
    left = deadline.check()
    return min(max(math.floor((left - min(TRAVEL, left / 10)) * 1000), 1), LONGEST_MS)
