"""A program that is not ours: it runs in Node and obeys, one order after the other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.node_providers import FOLDER, NODE


class NodeProgram:
    """A script that reads an order from each line and answers with one of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def running(cls, script: str) -> AsyncIterator["NodeProgram"]:
        """Runs while the block does, and would end with this process."""
        assert (FOLDER / "node_modules/openid-client").is_dir(), "`make test` installs what these tests run"
        process = await asyncio.create_subprocess_exec(
            NODE, script, cwd=FOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            yield cls(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    async def do(self, deed: str, **order: Any) -> dict[str, Any]:
        """One order, and what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"deed": deed, **order}).encode() + b"\n")
        found: dict[str, Any] = json.loads(await asyncio.wait_for(self._process.stdout.readline(), 30))
        return found

    async def done(self, deed: str, **order: Any) -> dict[str, Any]:
        """What came of an order that must succeed."""
        found = await self.do(deed, **order)
        assert "problem" not in found, found
        return found
