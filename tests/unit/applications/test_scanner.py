"""Every file passes the scanner where there is one; a scanner that cannot be asked lets nothing pass."""

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.applications.scanner import Clamd, NoScanner, Scanner, ScannerUnavailable, scanner_at
from gateway.errors import ConfigurationError, InvalidInput
from tests.support.clamd import EICAR, clamd
from tests.support.files import pieces


def impatient(address: str) -> Clamd:
    """A scanner that is waited for no longer than a moment."""
    found = scanner_at(address)
    assert isinstance(found, Clamd)
    return replace(found, seconds=0.2, verdict_seconds=0.2)


async def scan(scanner: Scanner, data: bytes) -> None:
    async with scanner.scan() as scan:
        for part in pieces(data):
            await scan.feed(part)
        await scan.finish()


async def test_a_clean_file_passes() -> None:
    async with clamd() as fake:
        await scan(scanner_at(fake.address), b"x" * 150_000)

    assert fake.lengths == [65_536, 65_536, 18_928]


async def test_an_infected_file_does_not() -> None:
    async with clamd() as fake:
        with pytest.raises(InvalidInput) as caught:
            await scan(scanner_at(fake.address), b"x" * 100_000 + EICAR)

    assert (caught.value.code, caught.value.status) == ("attachment_infected", 422)


async def test_a_socket_of_this_machine_does_as_well(tmp_path: Path) -> None:
    async with clamd(tmp_path / "s") as fake:
        await scan(scanner_at(fake.address), b"clean")
        with pytest.raises(InvalidInput):
            await scan(scanner_at(fake.address), EICAR)


@pytest.mark.parametrize(
    "manners",
    [
        {"mute": True},
        {"rude": True},
        {"limit": 1000},
        {"reply": b""},
        {"reply": b"stream: OK"},
        {"reply": b"stream: OK\n\0"},
        {"reply": b"stream: fine\0"},
        {"reply": b"1: stream: OK\0"},
        {"reply": b"UNKNOWN COMMAND\0"},
        {"reply": b"stream: Can't allocate memory ERROR\0"},
        {"reply": b"stream: OK" + b"x" * 10_000 + b"\0"},
        {"reply": b"stream: \xff\xfe FOUND\0"},
    ],
)
async def test_a_scanner_that_does_not_say_that_a_file_is_clean_lets_it_not_pass(manners: dict[str, Any]) -> None:
    async with clamd(**manners) as fake:
        with pytest.raises(ScannerUnavailable) as caught:
            await scan(impatient(fake.address), b"x" * 200_000)

    assert (caught.value.status, caught.value.retryable) == (503, True)


async def test_a_scanner_that_takes_nothing_is_not_waited_for_long() -> None:
    async with clamd(deaf=True) as fake:
        with pytest.raises(ScannerUnavailable):
            await scan(impatient(fake.address), b"x" * 20_000_000)


async def test_a_scanner_that_is_not_there_lets_nothing_pass(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for address in (f"tcp://127.0.0.1:{closed.getsockname()[1]}", f"unix:{tmp_path / 'nowhere'}"):
            with pytest.raises(ScannerUnavailable):
                await scan(scanner_at(address), b"clean")


async def test_without_a_scanner_files_pass_as_they_are() -> None:
    assert isinstance(scanner_at(""), NoScanner)
    await scan(scanner_at(""), EICAR)


@pytest.mark.parametrize(
    "address",
    ["clamd", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:99999", "tcp://host:1/x", "unix:x", "http://h:1"],
)
def test_an_address_that_is_none_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scanner_at(address)

    assert caught.value.field == "applications.scanner"
