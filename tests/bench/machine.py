"""What every measurement needs: processes pinned to a core, a back end, a load generator, and their figures."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil

MEASURED, LOAD = {0}, {1}
"""The core of what is measured, and that of everything else; on a machine of one core both are the same."""
_COUNTING = """local run, count = "%s", 0
request = function()
  count = count + 1
  wrk.headers["%s"] = run .. "-" .. count
  return wrk.format()
end"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Figures:
    """One run of the load generator; times in milliseconds, ``cpu`` in microseconds a request, ``memory`` in MB."""

    name: str
    rate: float
    p50: float
    p99: float
    failures: int
    cpu: float = 0.0
    memory: float = 0.0


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    rate, p50, p99, cpu = (median(getattr(run, name) for run in runs) for name in ("rate", "p50", "p99", "cpu"))
    worst = max(run.memory for run in runs)
    return replace(runs[0], rate=rate, p50=p50, p99=p99, cpu=cpu, memory=worst, failures=sum(r.failures for r in runs))


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """What is started meanwhile, and does not say otherwise, runs on those cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def process(
    command: Sequence[str], cores: set[int], environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """A process on those cores for as long as the context lasts, ended by its id."""
    available = os.sched_getaffinity(0)
    pinned = ",".join(map(str, sorted(cores & available or available)))
    started = subprocess.Popen(
        ["taskset", "--cpu-list", pinned, *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for(url: str, seconds: float = 60) -> None:
    """Until the address answers with anything but a server's error."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass
        if time.monotonic() > until:
            raise TimeoutError(url)
        time.sleep(0.1)


@contextmanager
def back_end(folder: Path, answers: Mapping[str, str]) -> Iterator[str]:
    """nginx giving fixed JSON by path: a national system that is never what limits a measurement."""
    port = free_port()
    locations = "\n".join(
        f"location = {path} {{ default_type application/json; return 200 {json.dumps(body)}; }}"
        for path, body in answers.items()
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log /dev/null; worker_processes 1;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {folder};"
        f" proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
        f"server {{ listen 127.0.0.1:{port}; {locations} }} }}\n",
        "utf-8",
    )
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with process([nginx, "-c", str(configuration), "-p", str(folder)], LOAD):
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"


def load(
    name: str,
    url: str,
    *,
    seconds: int,
    connections: int,
    measured: psutil.Process | None = None,
    headers: Mapping[str, str] | None = None,
    body: str = "",
    fresh: str = "",
    folder: Path,
) -> Figures:
    """What wrk measures from the other core, and what the measured process used meanwhile.

    ``fresh`` is a header that has another value in every request.
    """
    script = folder / "ask.lua"
    lines = [f"wrk.method = {json.dumps('POST' if body else 'GET')}"]
    lines += [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in (headers or {}).items()]
    lines += [f"wrk.body = {json.dumps(body)}"] if body else []
    lines += [_COUNTING % (secrets.token_hex(8), fresh)] if fresh else []
    script.write_text("\n".join(lines) + "\n", "utf-8")
    before = measured.cpu_times() if measured else None
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "--timeout",
        "20s",
        "-s",
        str(script),
        url,
    ]
    said = subprocess.run(["taskset", "-c", _listed(LOAD), *command], check=True, capture_output=True, text=True).stdout
    requests = int(_find(r"(\d+) requests in", said))
    cpu = memory = 0.0
    if measured and before:
        after = measured.cpu_times()
        cpu = (after.user + after.system - before.user - before.system) / max(requests, 1) * 1e6
        memory = measured.memory_info().rss / 1e6
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failures = (int(failed[1]) if failed else 0) + (sum(map(int, lost.groups())) if lost else 0)
    rate = float(_find(r"Requests/sec:\s+([\d.]+)", said))
    return Figures(name, rate, _time("50%", said), _time("99%", said), failures, cpu, memory)


def _listed(cores: set[int]) -> str:
    return ",".join(map(str, sorted(cores & os.sched_getaffinity(0) or os.sched_getaffinity(0))))


def _time(share: str, said: str) -> float:
    number, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s|m)\b", said).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


def _find(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    if found is None:
        raise ValueError(f"wrk said nothing like {pattern}:\n{said}")
    return found[1]
