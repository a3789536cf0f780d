"""``make crash``: the gateway is killed 200 times during 2,000 submissions, half on each database."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.run import Report, crash
from tests.support.postgresql import PostgresqlServer

KILLS, SUBMISSIONS = 200, 2000


def main() -> None:
    """Takes other numbers of kills and submissions as arguments; ends with 1 where anything was lost or doubled."""
    kills, submissions = (int(each) for each in sys.argv[1:3]) if len(sys.argv) > 2 else (KILLS, SUBMISSIONS)
    with tempfile.TemporaryDirectory() as name, PostgresqlServer.running() as server:
        server.create("crash")
        for title, database in (("SQLite", None), ("PostgreSQL", server.url("crash"))):
            began = time.monotonic()
            report = asyncio.run(crash(Path(name) / title, kills // 2, submissions // 2, database))
            print(_line(title, report, time.monotonic() - began), flush=True)


def _line(title: str, report: Report, seconds: float) -> str:
    return (
        f"{title}: killed {report.kills} times in {seconds:.0f} s; {report.accepted} acknowledged in {report.tries} "
        f"tries, {report.cut} of them cut off; each delivered once, {report.repeated} sent more than once"
    )


if __name__ == "__main__":
    main()
