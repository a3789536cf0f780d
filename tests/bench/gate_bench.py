"""Requests a second through the lean transport, through the whole gate and through aiohttp's client, side by side.

Run it as ``python -m tests.bench.gate_bench``. The server answers from a process of its own, with 663 bytes of JSON.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
import orjson
import uvloop

from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate, GateLimits
from gateway.sdk.readers import read_json
from gateway.sdk.transport import Transport

BODY = orjson.dumps({"fines": [{"reference": f"INVENTED-{n:04}", "amount": "12.500"} for n in range(13)]}).ljust(663)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 663\r\n\r\n" + BODY
HEADERS = {"X-Api-Key": "invented", "Accept": "application/json"}
Ask = Callable[[], Awaitable[Any]]


class _Server(asyncio.Protocol):
    """Answers each request that ends with an empty line."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))


def _serve(ready: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def _measure(ask: Ask, connections: int, seconds: float) -> tuple[float, float]:
    """Requests a second, and microseconds of this process's CPU for each."""
    count, end = 0, time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal count
        while time.perf_counter() < end:
            await ask()
            count += 1

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(connections)))
    return count / (time.perf_counter() - began), (time.process_time() - cpu) / count * 1e6


async def _compare(port: int, connections: int, seconds: float, rounds: int) -> dict[str, list[tuple[float, float]]]:
    base = f"http://127.0.0.1:{port}"
    transport = Transport(base, body_limit=65_536, header_limit=16_384)
    gate = Gate("bench", base, GateLimits(concurrent=connections, timeout=5))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as session:

        async def lean() -> None:
            request = transport.request("GET", "/persons/1/fines", HEADERS, b"")
            await transport.ask(request, Deadline.after(5))

        async def whole() -> None:
            await gate.send("GET", "/persons/1/fines", deadline=Deadline.after(5), headers=HEADERS, read=len_of)

        async def reading() -> None:
            await gate.send("GET", "/persons/1/fines", deadline=Deadline.after(5), headers=HEADERS, read=json_of)

        async def peer() -> None:
            async with session.get(f"{base}/persons/1/fines", headers=HEADERS, allow_redirects=False) as response:
                await response.read()

        contestants: dict[str, Ask] = {
            "transport": lean,
            "gate": whole,
            "gate + strict JSON": reading,
            "aiohttp's client": peer,
        }
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, ask in contestants.items():
                results[name].append(await _measure(ask, connections, seconds))
    await transport.close()
    await gate.close()
    return results


def len_of(response: Any) -> int:
    """The size of the answer, read no further."""
    return len(response.body)


def json_of(response: Any) -> Any:
    """The answer as the strict reader gives it."""
    return read_json(response.body)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        results = uvloop.run(_compare(ours.recv(), options.connections, options.seconds, options.rounds))
    finally:
        server.terminate()
        server.join()
    medians = {name: tuple(map(statistics.median, zip(*rows, strict=True))) for name, rows in results.items()}
    peer = medians["aiohttp's client"]
    print(f"{'':20} {'requests/s':>12} {'CPU µs':>8} {'times the peer, by CPU':>24}")
    for name, (rate, cpu) in medians.items():
        print(f"{name:20} {rate:12,.0f} {cpu:8.1f} {peer[1] / cpu:24.1f}")


if __name__ == "__main__":
    main()
