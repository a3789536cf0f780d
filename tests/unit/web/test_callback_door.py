"""The door for late answers waits for nobody who does not get on with it."""

import asyncio

import pytest
from aiohttp.test_utils import TestServer

from gateway.sdk.inbox import Inbox
from gateway.web.callbacks import callback_app


@pytest.mark.parametrize("path", ["/callbacks/kuwait/some-reference", "/letters/some-reference", "/events/uae"])
async def test_a_body_that_does_not_come_is_not_waited_for(path: str) -> None:
    app = callback_app(Inbox("http://127.0.0.1"), _Letters(), _Hearing(), body_seconds=0.1)  # type: ignore[arg-type]
    async with TestServer(app) as server, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nab".encode())

        line = await reader.readline()

        writer.close()
        await writer.wait_closed()
    assert line.split()[1] == b"408"


class _Letters:
    """Keeps nothing."""

    async def put(self, reference: str, body: bytes) -> bool:
        return False


class _Hearing:
    """Hears nothing."""

    async def hear(self, room: str, callback: object) -> None:
        raise AssertionError("nothing was said")
