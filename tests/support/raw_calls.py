"""Requests to a host written by hand, byte by byte, as no honest gateway sends them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.adapter_host.keys import HeldSigner
from gateway.adapter_host.messages import Answer, Request, content_digest
from gateway.adapter_host.signatures import DEADLINE, sign_request, verify_answer
from tests.support.hosts import SERVICE, Host, an_ask, now
from tests.support.signing import known

PATH = f"/lookups/{SERVICE}"
Lines = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Heard:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def code(self) -> str:
        return str(self.document.get("code", "ok"))


def question(**changes: Any) -> bytes:
    """The body of a good question."""
    ask = an_ask()
    document = {
        "subject": ask.subject.model_dump(mode="json"),
        "inputs": {},
        "purpose": ask.purpose,
        "language": ask.language,
        "reference": ask.reference,
        "source": ask.source.model_dump(mode="json"),
        **changes,
    }
    return json.dumps(document).encode()


def signed(
    host: Host,
    body: bytes | None = None,
    *,
    method: str = "POST",
    path: str = PATH,
    signer: HeldSigner | None = None,
    moment: float | None = None,
    **headers: str,
) -> Request:
    """A request as the gateway signs it."""
    plain = {DEADLINE: "3000"}
    if body is not None:
        plain |= {"content-type": "application/json", "content-digest": content_digest(body)}
    plain |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(method, host.address + path, plain)
    made = sign_request(request, signer or host.sides.gateway, moment or now().timestamp())
    return Request(method, request.target, plain | {name.lower(): value for name, value in made.items()})


async def send(host: Host, request: Request, body: bytes = b"", extra: Lines = (), *, length: bool = True) -> Heard:
    """Sends the request as it is, with ``extra`` header lines after its own."""
    path = request.target.removeprefix(host.address)
    lines = [f"{request.method} {path} HTTP/1.1", f"Host: 127.0.0.1:{host.port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (*request.headers.items(), *extra)]
    if length and request.method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return await say(host, "\r\n".join([*lines, "", ""]).encode() + body)


async def say(host: Host, data: bytes) -> Heard:
    """Sends these bytes, and reads until the host hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(15):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Heard(int(first.split()[1]), headers, body)
    finally:
        writer.close()


def proves(host: Host, request: Request, heard: Heard) -> bool:
    """Whether the answer is signed by the host, as an answer to that request; raises ``SignatureRefused``."""
    answer = Answer(heard.status, heard.headers, request)
    verify_answer(answer, known(host.sides.host), now().timestamp()).check(heard.body)
    return True
