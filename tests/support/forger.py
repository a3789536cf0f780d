"""A host without a conscience: it holds the keys of an honest one, and answers whatever a test makes."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.adapter_host.messages import Answer, Request, content_digest
from gateway.adapter_host.signatures import sign_answer
from tests.support.backend import Backend, Talk, answered, backend
from tests.support.hosts import Host, Sides


class Forger:
    """A host without a conscience: it answers by ``make``, signed by a key that the gateway knows."""

    def __init__(
        self, sides: Sides, make: Callable[[Request, dict[str, Any]], tuple[int, dict[str, str], bytes]]
    ) -> None:
        self.sides = sides
        self.make = make
        self.seen: list[Request] = []
        self.system: Backend | None = None

    async def answer(self, talk: Talk) -> None:
        lines = talk.head.decode().split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
        assert self.system is not None
        request = Request(method, self.system.url + path, headers)
        self.seen.append(request)
        status, made, body = self.make(request, json.loads(talk.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in made.items()).encode()
        await talk.say(answered(body, b"%d Whatever" % status, head))

    def signed(
        self, request: Request, body: bytes, status: int = 200, kind: str = "application/json"
    ) -> dict[str, str]:
        """The headers of an honest answer."""
        headers = {"content-type": kind, "content-digest": content_digest(body)}
        answer = Answer(status, headers, request)
        return {**headers, **sign_answer(answer, self.sides.host, time.time())}


@asynccontextmanager
async def forging(folder: Path, make: Callable[..., Any]) -> AsyncIterator[Host]:
    sides = Sides(folder)
    forger = Forger(sides, lambda request, question: make(forger, request, question))
    async with backend(forger.answer) as system:
        forger.system = system
        yield Host(sides, system.port, tls=False)


def records(question: Mapping[str, Any], **changes: Any) -> bytes:
    """The body of a good answer, with changes to its record."""
    person = {
        "source": question["source"],
        "identifier": question["subject"],
        "names": {"latin": {"full": "Salim bin Hamad"}},
        "standing": "citizen",
        "kind": "person",
        **changes,
    }
    return json.dumps({"records": [person]}).encode()
