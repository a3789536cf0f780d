"""The gateway as a process of its own, made to be killed, and those who apply to it whatever happens to it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import now, token_keys
from gateway.demo.prepare import Ports, prepare
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder, TokenMint
from gateway.schema import Country, NationalIdentifier
from gateway.settings import Settings, load
from tests.support.house import ROOT, generous
from tests.support.program import environment, free_ports

NUMBER = "08123457"
PEOPLE = 20
AGAIN = 0.05
"""Seconds after which somebody who was not answered tries again, with the same key."""


@dataclass
class Victim:
    """One gateway after another on the same ports, over the same database."""

    config: Path
    settings: Settings
    variables: Mapping[str, str]
    lives: int = 0
    process: Process | None = None
    _reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts it, and returns once it serves."""
        self.process = await create_subprocess_exec(
            sys.executable,
            *("-m", "gateway", "serve", "--config", str(self.config)),
            cwd=ROOT,
            env=environment(**self.variables),
            stdout=DEVNULL,
            stderr=PIPE,
        )
        assert self.process.stderr
        async with asyncio.timeout(60):
            async for line in self.process.stderr:
                if b"worker.ready" in line:
                    break
            else:
                raise AssertionError("the gateway does not start")
        self._reader = asyncio.create_task(_drain(self.process.stderr))
        self.lives += 1

    async def kill(self) -> None:
        """Kills it as ``kill -9`` does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ends it in order."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> None:
        process, reader = self.process, self._reader
        if process and reader and process.returncode is None:
            os.kill(process.pid, number)
            await process.wait()
            await reader


@dataclass
class Applicants:
    """Submit one after another, each with a key of its own, and insist until they are answered.

    ``allowed`` is how many submissions may be begun by now; ``accepted`` is the application that each was given.
    """

    url: str
    mint: TokenMint
    wanted: int
    allowed: int = 0
    accepted: dict[int, str] = field(default_factory=dict)
    tries: int = 0
    cut: int = 0
    _next: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def allow(self, more: int) -> None:
        async with self._news:
            self.allowed = min(self.allowed + more, self.wanted)
            self._news.notify_all()

    async def one(self, session: aiohttp.ClientSession) -> None:
        """One of those who apply, until all that is wanted was begun."""
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._next < self.allowed or self._next >= self.wanted)
                number, self._next = self._next, self._next + 1
            if number >= self.wanted:
                return
            self.accepted[number] = await self._insist(session, number)

    async def _insist(self, session: aiohttp.ClientSession, number: int) -> str:
        body = {
            "service": "residence-certificate",
            "country": "OM",
            "inputs": {"use": "bank", "certificate_language": "en"},
            "purpose": "service_delivery",
        }
        headers = {"Idempotency-Key": f"submission-{number:08d}"}
        while True:
            self.tries += 1
            headers["Authorization"] = f"Bearer {self._token(number)}"
            try:
                async with session.post(f"{self.url}/v1/applications", json=body, headers=headers) as response:
                    document: dict[str, Any] = await response.json()
                    if response.status == 201:
                        return str(document["id"])
                    assert response.status == 503, document
            except aiohttp.ClientConnectorError:
                pass
            except (aiohttp.ClientError, ConnectionError):
                self.cut += 1
            await asyncio.sleep(AGAIN)

    def _token(self, number: int) -> str:
        known = NationalIdentifier.parse(Country.OM, NUMBER, today=now().date())
        holder = Holder(
            subject=f"person-{number % PEOPLE}",
            identifiers={Country.OM: known},
            home=Country.OM,
            assurance=Assurance.HIGH,
        )
        return self.mint.mint(holder, client="crash", scopes=("applications",))


def prepared(folder: Path, database: str | None) -> tuple[Victim, TokenMint]:
    """A gateway with the example room, its keys and ports; leases are short, so that nobody waits for the dead."""
    first = free_ports(4)
    ports = Ports(public=first, operators=first + 1, sandboxes=first + 2)
    config = prepare(folder, ports, ROOT / "adapters", database, ["example"], [])
    settings = load(config)
    variables = {
        "BAWABA_PATHS__POLICY": str(generous(folder)),
        "BAWABA_APPLICATIONS__LEASE_SECONDS": "2",
        "BAWABA_APPLICATIONS__RETRY_SECONDS": "0.2",
        "BAWABA_APPLICATIONS__RETRY_LONGEST_SECONDS": "1",
        "BAWABA_SERVER__CALLBACKS_PORT": str(first + 3),
    }
    keys, seal = token_keys(settings)
    mint = TokenMint(keys, seal, issuer=settings.tokens.issuer, audience=settings.tokens.audience)
    return Victim(config, settings, variables), mint


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass
