"""A file for an application is judged, scanned and sealed while it arrives, and nothing of a refused one is kept."""

import asyncio
import hashlib
import socket
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from yarl import URL

from gateway.applications.kept import to_micros
from gateway.errors import AssuranceTooLow
from gateway.identity.principal import Assurance
from gateway.ledger.verify import verify
from gateway.schema import ApplicationStatus, PartialText, Wanted
from gateway.storage.application_tables import application_attachments, applications, attachment_parts
from tests.support.clamd import EICAR, clamd
from tests.support.file_counter import FileCounter, file_counter
from tests.support.files import JPEG, PDF, SECRET, in_pieces, long_pdf, png
from tests.support.ledgers import VERIFIER
from tests.support.office import applicant

MEGABYTE = 1_048_576
LARGEST = 10 * MEGABYTE


@pytest.fixture
async def counter(storage_url: str) -> AsyncIterator[FileCounter]:
    async with file_counter(storage_url) as found:
        yield found


async def kept(counter: FileCounter) -> tuple[int, int]:
    """How many attachments, and how many parts, are in the database."""
    async with counter.storage.reading() as connection:
        tables = application_attachments, attachment_parts
        counts = [await connection.scalar(select(func.count()).select_from(table)) for table in tables]
        return int(counts[0] or 0), int(counts[1] or 0)


async def until_kept(counter: FileCounter, parts: bool) -> None:
    """Waits until parts are in the database, or none."""
    async with asyncio.timeout(5):
        while True:
            if bool((await kept(counter))[1]) is parts:
                return
            await asyncio.sleep(0.02)


async def test_a_file_reaches_the_state_as_it_was_sent(counter: FileCounter) -> None:
    application, data = await counter.draft(), long_pdf(300_000)

    status, answer = await counter.put(application, "certificate", in_pieces(data))
    await counter.act(application, "submit")
    await counter.deliver()

    assert (status, answer["name"], answer["size"]) == (200, "certificate", len(data))
    assert answer["digest"] == hashlib.sha256(data).hexdigest()
    assert counter.state.received == {"certificate": data}
    assert counter.state.longest_part <= 65_536


async def test_it_is_gone_from_the_database_once_it_was_delivered(counter: FileCounter) -> None:
    application = await counter.draft()
    await counter.put(application, "certificate", PDF)
    before = await kept(counter)

    await counter.act(application, "submit")
    counter.state.down = True
    await counter.deliver()
    during = await kept(counter)
    counter.state.down = False
    counter.clock.advance(3600)
    await counter.deliver()

    assert (before, during, await kept(counter)) == ((1, 1), (1, 1), (1, 0))


async def test_no_plaintext_is_found_in_the_file_of_the_database(tmp_path: Path, sqlite_database: Path) -> None:
    path = tmp_path / "kept.db"
    path.write_bytes(sqlite_database.read_bytes())
    async with file_counter(f"sqlite+aiosqlite:///{path}") as counter:
        await counter.put(await counter.draft(), "certificate", long_pdf(200_000))
        on_disk = b"".join(each.read_bytes() for each in tmp_path.glob("kept.db*"))

    assert len(on_disk) > 200_000
    assert SECRET not in on_disk


async def test_ten_megabytes_pass_in_the_memory_of_a_few_parts(counter: FileCounter) -> None:
    """The client in this process sends part by part, too."""
    application = await counter.draft()

    async def body() -> AsyncIterator[bytes]:
        yield PDF[:9]
        for number in range(150):
            yield number.to_bytes(8, "big") * 8192
        yield PDF[9:]

    tracemalloc.start()
    status, answer = await counter.put(application, "certificate", body())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (status, answer["size"]) == (200, 150 * 65_536 + len(PDF))
    assert most < 6_000_000


@pytest.mark.parametrize(("data", "media_type"), [(JPEG, "image/jpeg"), (png(), "image/png"), (PDF, "application/pdf")])
async def test_pictures_and_pdf_are_taken(counter: FileCounter, data: bytes, media_type: str) -> None:
    assert (await counter.put(await counter.draft(), "certificate", data, media_type))[0] == 200


@pytest.mark.parametrize(
    ("name", "data", "media_type", "status", "code"),
    [
        ("certificate", JPEG, "application/pdf", 422, "attachment_content"),
        ("certificate", b"", "application/pdf", 422, "attachment_content"),
        ("certificate", PDF[:-6], "application/pdf", 422, "attachment_content"),
        ("certificate", b"MZ" + b"\x00" * 200_000, "application/pdf", 422, "attachment_content"),
        ("certificate", png(40_000, 40_000), "image/png", 422, "attachment_content"),
        ("certificate", PDF, "text/html", 415, "unsupported_media_type"),
        ("certificate", b"<svg/>", "image/svg+xml", 415, "unsupported_media_type"),
        ("certificate", long_pdf(LARGEST + 1), "application/pdf", 413, "body_too_large"),
        ("diploma", PDF, "application/pdf", 422, "attachment_unknown"),
    ],
)
async def test_nothing_of_a_refused_file_is_kept(
    counter: FileCounter, name: str, data: bytes, media_type: str, status: int, code: str
) -> None:
    answered, problem = await counter.put(await counter.draft(), name, data, media_type)

    assert (answered, problem["code"]) == (status, code)
    assert await kept(counter) == (0, 0)


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fetc%2Fpasswd", "%00", "certificate%00", "x" * 300, "Certificate", "%F0%9F"]
)
async def test_a_name_that_nobody_asked_for_is_not_taken(counter: FileCounter, name: str) -> None:
    address = URL(counter.address(await counter.draft(), name), encoded=True)
    async with counter.session.put(address, data=PDF, headers={"Content-Type": "application/pdf"}) as response:
        status = response.status

    # A NUL is no text, so an address that holds one is refused before anybody reads it.
    assert status in ((400,) if "%00" in name else (404, 422))
    assert await kept(counter) == (0, 0)


async def test_a_file_of_unknown_length_is_refused_while_it_arrives(counter: FileCounter) -> None:
    """The rest of it is never asked for."""
    asked = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        yield PDF[:9]
        for _ in range(1000):
            asked += 1
            yield b"\x00" * 65_536

    status, problem = await counter.put(await counter.draft(), "certificate", body())

    assert (status, problem["code"]) == (413, "body_too_large")
    assert asked < 1000
    assert await kept(counter) == (0, 0)


async def test_a_compressed_body_is_refused(counter: FileCounter) -> None:
    address = counter.address(await counter.draft())
    headers = {"Content-Type": "application/pdf", "Content-Encoding": "gzip"}
    async with counter.session.put(address, data=b"\x1f\x8b", headers=headers) as response:
        problem = await response.json(content_type=None)

    assert (response.status, problem["code"]) == (415, "content_encoding")


async def test_a_file_that_never_ends_is_not_waited_for(storage_url: str) -> None:
    async with file_counter(storage_url, body_seconds=0.2) as counter:

        async def body() -> AsyncIterator[bytes]:
            yield PDF[:9]
            await asyncio.sleep(5)
            yield b"x"

        status, problem = await counter.put(await counter.draft(), "certificate", body())

        assert (status, problem["code"]) == (408, "body_too_slow")
        assert await kept(counter) == (0, 0)


async def test_a_sender_who_hangs_up_leaves_nothing_behind(counter: FileCounter) -> None:
    application = await counter.draft()
    host, port = counter.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"PUT /v1/applications/{application}/documents/certificate HTTP/1.1\r\nHost: {host}\r\n"
    writer.write(f"{head}Content-Type: application/pdf\r\nContent-Length: 900000\r\n\r\n".encode() + long_pdf(500_000))
    await writer.drain()
    await until_kept(counter, True)
    writer.transport.abort()
    reader.feed_eof()

    await until_kept(counter, False)
    assert await kept(counter) == (0, 0)


async def test_a_second_file_of_a_name_replaces_the_first(counter: FileCounter) -> None:
    application = await counter.draft()
    await counter.put(application, "certificate", PDF)
    await counter.put(application, "certificate", long_pdf(1000))
    await counter.put(application, "certificate", JPEG, "application/pdf")

    await counter.act(application, "submit")
    await counter.deliver()

    assert counter.state.received == {"certificate": long_pdf(1000)}


async def test_an_application_takes_so_many_files_and_no_more(counter: FileCounter) -> None:
    """Each try counts while it is under way, so that no crowd of them gets past."""
    application = await counter.draft()
    unfinished = [
        application_attachments.insert().values(
            attachment_id=str(number),
            application_id=application,
            name=f"n{number}",
            media_type="application/pdf",
            size=0,
            digest="",
            created_at=0,
        )
        for number in range(20)
    ]
    async with counter.storage.writing() as connection:
        for each in unfinished:
            await connection.execute(each)

    status, problem = await counter.put(application, "certificate", PDF)

    assert (status, problem["code"]) == (409, "too_many_attachments")


@pytest.mark.parametrize("status", [ApplicationStatus.in_progress, ApplicationStatus.approved])
async def test_nothing_is_taken_that_nobody_waits_for(counter: FileCounter, status: ApplicationStatus) -> None:
    application = await counter.handed_in()
    counter.state.status = status
    await counter.ask_the_state()

    answered, problem = await counter.put(application, "certificate", PDF)

    assert (answered, problem["code"]) == (409, "attachment_not_wanted")


async def test_what_the_state_asks_for_is_taken_and_supplied(counter: FileCounter) -> None:
    application = await counter.handed_in()
    counter.state.status = ApplicationStatus.needs_citizen
    counter.state.wanted = (
        Wanted(name="translation", kind="document", title=PartialText(en="Translation")),
        Wanted(name="remark", kind="text", title=PartialText(en="Remark")),
    )
    await counter.ask_the_state()

    unknown = await counter.put(application, "certificate", PDF)
    text = await counter.put(application, "remark", PDF)
    taken = await counter.put(application, "translation", JPEG, "image/jpeg")

    assert (unknown[1]["code"], text[1]["code"]) == ("attachment_unknown", "attachment_unknown")
    assert taken[0] == 200


@pytest.mark.parametrize("method", ["put", "get"])
async def test_somebody_elses_application_is_not_found(counter: FileCounter, method: str) -> None:
    application = await counter.draft()
    counter.door.principal = applicant("person-2")

    async with counter.session.request(method, counter.address(application), data=PDF) as response:
        problem = await response.json(content_type=None)

    assert (response.status, problem["code"]) == (404, "not_found")


async def test_a_token_for_less_attaches_nothing(counter: FileCounter) -> None:
    application = await counter.draft()
    counter.door.principal = applicant(scopes=frozenset({"lookups"}))

    assert (await counter.put(application, "certificate", PDF))[1]["code"] == "insufficient_scope"


async def test_nor_does_an_identity_that_is_less_sure_than_the_service_asks(counter: FileCounter) -> None:
    application = await counter.draft()
    counter.door.principal = applicant(assurance=Assurance.LOW)

    assert (await counter.put(application, "certificate", PDF))[1]["code"] == AssuranceTooLow.code


async def test_each_file_is_sealed_in_the_ledger_and_so_is_each_refusal(counter: FileCounter) -> None:
    application = await counter.draft()
    _, answer = await counter.put(application, "certificate", PDF)
    await counter.put(application, "certificate", JPEG)
    sealed = await counter.steps()
    report = await verify(counter.storage, [VERIFIER])

    assert sealed[-2:] == [("attach", "ok", None), ("", "refused", "attachment_content")]
    assert answer["receipt"]
    assert report.ok


async def test_an_infected_file_is_refused_and_nothing_of_it_kept(storage_url: str) -> None:
    async with clamd() as fake, file_counter(storage_url, scanner=fake.address) as counter:
        application = await counter.draft()
        infected = PDF[:9] + EICAR + PDF[9:]
        refused, problem = await counter.put(application, "certificate", infected)
        left = await kept(counter)
        clean, _ = await counter.put(application, "certificate", PDF)

    assert (refused, problem["code"], left) == (422, "attachment_infected", (0, 0))
    assert clean == 200


@pytest.mark.parametrize("manners", [{"rude": True}, {"reply": b"what?\0"}, {"limit": 10}])
async def test_without_the_scanners_word_no_file_is_taken(storage_url: str, manners: dict[str, Any]) -> None:
    async with clamd(**manners) as fake, file_counter(storage_url, scanner=fake.address) as counter:
        status, problem = await counter.put(await counter.draft(), "certificate", long_pdf(300_000))

        assert (status, problem["code"], problem["retryable"]) == (503, "scanner_unavailable", True)
        assert await kept(counter) == (0, 0)


async def test_so_it_is_when_the_scanner_is_not_there(storage_url: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        async with file_counter(storage_url, scanner=address) as counter:
            status, problem = await counter.put(await counter.draft(), "certificate", PDF)

            assert (status, problem["code"]) == (503, "scanner_unavailable")
            assert await kept(counter) == (0, 0)


async def test_files_of_drafts_that_were_given_up_are_swept(counter: FileCounter) -> None:
    await counter.put(await counter.draft(), "certificate", PDF)
    counter.clock.advance(25 * 3600)

    assert await counter.parts.sweeper.sweep() == 1
    assert await kept(counter) == (0, 0)


async def test_a_file_that_arrives_is_a_change_of_its_draft(counter: FileCounter) -> None:
    """A draft ends so long after its last change."""
    draft = await counter.draft()
    counter.clock.advance(3600)

    await counter.put(draft, "certificate", PDF)

    async with counter.storage.reading() as connection:
        updated = await connection.scalar(select(applications.c.updated_at))
    assert updated == to_micros(counter.clock())
