"""A worker that is killed at the n-th statement it sends to the database; forked anew for each n.

Lines of JSON come in: ``{"database", "url", "secrets", "now", "at", "run"}``. For each a child is forked, which kills
itself by SIGKILL before its ``at``-th statement, or never where that is null. What it has acknowledged is printed as it
goes, ``tick`` asks for the stand-in's clock to be moved, ``passed COUNT`` says how many statements a whole life took,
and ``ended CODE`` is printed by the parent.
"""

import asyncio
import gc
import json
import os
import signal
import sqlite3
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.pool import Pool

from gateway.applications.view import ActionRequest, Filters
from gateway.applications.working_days import WorkingDays
from tests.support.office import COUNTRY, PACE, START, Clock, applicant, catalogue, room_at, wanted, worker

_ALL = Filters()


class Doom:
    """Counts statements once it is armed, and kills the process before the one that it waits for."""

    def __init__(self, at: int | None) -> None:
        self.count = 0
        self._armed = False
        self._at = at
        self._opened: list[sqlite3.Connection] = []

    def watch(self) -> None:
        """Watches every connection that is opened from now on, the ledger's own too."""
        sys.addaudithook(self._note)
        event.listen(Pool, "connect", self._pooled)

    def arm(self) -> None:
        """Begins to count."""
        self._armed = True
        for connection in self._opened:
            # Those of the pool belong to their threads, and were seen to when they were pooled.
            with suppress(sqlite3.ProgrammingError):
                connection.set_trace_callback(self._statement)

    def disarm(self) -> None:
        """What follows does not count."""
        self._armed = False

    def _statement(self, *_: object) -> None:
        self.count += self._armed
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "sqlite3.connect/handle":
            self._opened.append(arguments[0])

    def _pooled(self, connection: Any, _record: object) -> None:
        driver = connection.driver_connection
        if hasattr(driver, "add_query_logger"):
            driver.add_query_logger(self._statement)
        else:
            connection.run_async(lambda own: own.set_trace_callback(self._statement))


def say(line: str) -> None:
    """One write of a whole line: what was said, was said wholly."""
    os.write(1, f"{line}\n".encode())


def hear() -> str:
    """The next line, read byte by byte so that nothing of the line after it is taken."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    return line.decode()


async def life(order: dict[str, Any], doom: Doom) -> None:
    """Applies, unless it is to recover only, and carries everything that waits to its end."""
    clock, principal = Clock(datetime.fromisoformat(order["now"])), applicant()

    def tick() -> None:
        say("tick")
        hear()
        clock.advance(PACE)

    room = room_at(order["url"], order["secrets"], clock)
    async with worker(order["database"], room, clock) as (parts, _):
        doom.arm()
        if order["run"] == "apply":
            say(f"taken {(await parts.applications.apply(principal, wanted(), 'request-1')).id}")
        for _ in range(8):
            await parts.outbox.lanes.once()
            await parts.tracking.lanes.once()
            views, _ = await parts.applications.page(principal, _ALL, limit=100)
            if all(view.status.final for view in views):
                break
            for view in views:
                if "supply" in view.actions:
                    request = ActionRequest(kind="supply", values={"tenancy_number": "T-1"})
                    await parts.applications.act(principal, view.id, request, "request-2")
                    say(f"acted {view.id}")
            tick()
        doom.disarm()
    for gate in room.system.connection.gates.values():
        await gate.close()


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    # Once for all children: most of what a life took was reading the library of holidays.
    catalogue()
    WorkingDays().expected(COUNTRY, START.date(), 1)
    room_at("http://127.0.0.1", {"api_key": "", "callback_key": ""}, Clock())
    gc.freeze()
    while True:
        order = json.loads(hear())
        child = os.fork()
        if child == 0:
            doom = Doom(order["at"])
            doom.watch()
            asyncio.run(life(order, doom))
            say(f"passed {doom.count}")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
