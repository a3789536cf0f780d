"""What one line of the log is, whatever somebody sent: one line of JSON, with its moment in universal time."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

WRITER = """
import sys
import structlog
from gateway.logs import configure_logs
configure_logs()
structlog.get_logger().warning("signin.refused", reason=sys.stdin.buffer.read().decode())
"""
HOSTILE = (
    "a\nb",
    '{"event": "x"}\r\n{"event": "y"}',
    "\x1b[2J\x1b]0;owned\x07",
    "\u202e\u2028\x00",
    '"',
    "x" * 1_000_000,
)


def written(reason: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", WRITER], input=reason.encode(), capture_output=True, check=True, timeout=60
    )
    assert done.stdout == b""
    return done.stderr.decode("ascii")


@pytest.mark.parametrize("reason", HOSTILE, ids=range(len(HOSTILE)))
def test_what_can_break_out_of_a_log_is_one_escaped_line(reason: str) -> None:
    text = written(reason)

    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert not {"\x1b", "\x00", "\x07", "\r"} & set(text)
    assert json.loads(text)["reason"] == reason
    assert json.loads(text)["event"] == "signin.refused"


def test_every_line_of_the_log_says_when_in_universal_time() -> None:
    line = json.loads(written("why"))

    moment = datetime.fromisoformat(line["timestamp"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert (line["level"], line["event"]) == ("warning", "signin.refused")
