"""A stand-in faster than whoever asks it: takes applications as the Emirates' bus does, and books nothing.

Run it as ``python -m tests.bench.counter PORT``.
"""

import asyncio
import re
import sys
from typing import Any

import orjson
import uvloop

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_TOKEN = orjson.dumps({"access_token": "bench", "token_type": "Bearer", "expires_in": 3600})


class _Counter(asyncio.Protocol):
    """Answers whatever is posted: with a token, or with the application that it was handed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._heard) < whole:
                return
            body, self._heard = self._heard[end + 4 : whole], self._heard[whole:]
            said = _TOKEN if head.startswith(b"POST /oauth/token ") else _taken(body)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)
            )


def _taken(body: bytes) -> bytes:
    """The application as new, under a number made of our reference; an empty object for anything else."""
    asked = orjson.loads(body) if body else {}
    if "clientReference" not in asked:
        return b"{}"
    return orjson.dumps(
        {
            **{name: asked[name] for name in ("clientReference", "idn", "idnIssuer")},
            "applicationNo": f"ICP-{asked['clientReference'][:12]}",
            "status": "NEW",
            "statusTime": "2026-05-17T11:58:00+04:00",
            "requirements": [],
            "reasons": [],
            "documents": [],
            "payment": None,
        }
    )


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Counter, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
