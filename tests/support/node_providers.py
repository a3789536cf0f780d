"""Identity providers that are not ours, each a process of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import aiohttp
import playwright

from gateway.identity.providers.base import ProviderResponse
from tests.support.openid import CALLBACK

FOLDER = Path(__file__).parent / "node"
# The browser's driver brings its own Node, which is of one version everywhere; Debian's is too old for these.
NODE = Path(playwright.__file__).parent / "driver" / "node"


class NodeProvider:
    """A provider that runs in Node, is given its orders as JSON and obeys ``/control``."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    @classmethod
    @asynccontextmanager
    async def running(cls, script: str, order: Mapping[str, Any]) -> AsyncIterator["NodeProvider"]:
        """Runs while the block does, and would end with this process."""
        assert (FOLDER / "node_modules").is_dir(), "`make test` installs what these tests run"
        process = await asyncio.create_subprocess_exec(
            NODE, script, cwd=FOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            line = await asyncio.wait_for(process.stdout.readline(), 30)
            # Whatever else it prints must not fill the pipe.
            drained = asyncio.create_task(process.stdout.read())
            yield cls(json.loads(line)["issuer"])
            drained.cancel()
        finally:
            process.stdin.close()
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def control(self, what: str) -> None:
        async with aiohttp.ClientSession() as session, session.post(f"{self.issuer}/control/{what}") as answer:
            assert answer.status == 204

    async def bend(self, **changes: object) -> None:
        """From now on; without arguments the provider is honest."""
        await self.control(f"bend?{urlencode({'to': json.dumps(changes)})}")


class Browser:
    """Keeps cookies and follows redirects, until one leads to the gateway."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Browser"]:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            yield cls(session)

    async def sent_back(self, url: str) -> ProviderResponse:
        for _ in range(10):
            async with self._session.get(url, allow_redirects=False) as answer:
                assert answer.status in (302, 303), await answer.text()
                url = urljoin(url, answer.headers["Location"])
            if url.startswith(CALLBACK):
                return ProviderResponse(query=dict(parse_qsl(urlsplit(url).query)))
        raise AssertionError("the provider sends the browser round and round")

    async def get(self, url: str) -> str:
        async with self._session.get(url) as answer:
            return await answer.text()

    async def post(self, url: str, fields: Mapping[str, str]) -> int:
        async with self._session.post(url, data=fields) as answer:
            return answer.status


def key_sets(*sets: Sequence[Mapping[str, Any]]) -> list[dict[str, list[dict[str, Any]]]]:
    """JWK Sets as the provider wants them, private halves and all."""
    return [{"keys": [dict(key) for key in keys]} for keys in sets]
