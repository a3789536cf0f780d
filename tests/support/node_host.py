"""The host of the protocol's page, which is not ours: it runs in Node."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.hosts import Host, Sides
from tests.support.house import ROOT
from tests.support.node_providers import NODE
from tests.support.program import free_ports

PROGRAM = ROOT / "docs/adapter-protocol/host.mjs"


@asynccontextmanager
async def node_host(folder: Path, sides: Sides | None = None) -> AsyncIterator[Host]:
    """Runs while the block does."""
    sides, port = sides or Sides(folder), free_ports(1)
    settings = sides.file("node.json")
    files = {
        "certificate": "host.pem",
        "key": "host.key",
        "authority": "programme.pem",
        "signingKey": "signing.pem",
        "gatewayKeys": "gateway.json",
    }
    named = {name: str(sides.file(file)) for name, file in files.items()}
    settings.write_text(
        json.dumps({"address": f"https://127.0.0.1:{port}", "port": port, "kid": sides.host.kid, **named})
    )
    process = await asyncio.create_subprocess_exec(NODE, PROGRAM, settings, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
        yield Host(sides, port, tls=True)
    finally:
        process.terminate()
        await process.wait()
