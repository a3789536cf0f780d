"""People are given the document that their state issued, whole and as it was recorded, or none."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Row, select
from structlog.testing import capture_logs

from gateway.ledger.commitments import commit
from gateway.ledger.verify import verify
from gateway.sdk.sandbox import make_documents_key, paper, signed_paper
from gateway.storage.application_tables import application_documents
from tests.support.file_counter import FileCounter, file_counter
from tests.support.files import long_pdf
from tests.support.ledgers import VERIFIER
from tests.support.office import applicant

KEY, CERTIFICATE = make_documents_key("Invented state")
OTHER_KEY, OTHER_CERTIFICATE = make_documents_key("Invented state")
PAPER = paper("Certificate", ["Granted"])
SIGNED = signed_paper("Certificate", ["Granted"], KEY, CERTIFICATE)
LONG = long_pdf(1_000_000)


@pytest.fixture
async def counter(storage_url: str) -> AsyncIterator[FileCounter]:
    async with file_counter(storage_url, certificate=CERTIFICATE) as found:
        yield found


async def recorded(counter: FileCounter) -> Row[Any]:
    async with counter.storage.reading() as connection:
        return (await connection.execute(select(application_documents))).one()


async def test_a_document_is_fetched_once_when_it_is_issued_and_recorded(counter: FileCounter) -> None:
    await counter.issued(PAPER)
    await counter.parts.collector.lanes.once()

    row = await recorded(counter)

    assert (row.size, row.digest) == (len(PAPER), hashlib.sha256(PAPER).hexdigest())
    assert (row.signature, row.due_at) == ("unsigned", None)
    assert counter.state.opened == 1


async def test_the_ledger_commits_to_its_digest(counter: FileCounter) -> None:
    await counter.issued(PAPER)
    row = await recorded(counter)

    entry, salt = await counter.sealed(row.entry_id)
    said = f'{{"document":"certificate","size":{row.size},"digest":"{row.digest}","signature":"unsigned"}}'

    assert (entry["step"], entry["outcome"]) == ("document", "ok")
    assert entry["answer_digest"] == commit(salt, said.encode())
    assert (await verify(counter.storage, [VERIFIER])).ok


async def test_it_is_given_as_it_was_issued(counter: FileCounter) -> None:
    application = await counter.issued(LONG)

    status, headers, body = await counter.get(application)

    assert (status, body) == (200, LONG)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(LONG))
    assert headers["Content-Disposition"] == 'attachment; filename="certificate-equivalence-certificate.pdf"'
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


async def test_that_it_was_given_is_sealed_before_it_leaves(counter: FileCounter) -> None:
    application = await counter.issued(PAPER)
    await counter.get(application)

    assert (await counter.steps())[-1] == ("give_document", "ok", None)


async def test_a_look_at_its_head_sends_nothing_of_it(counter: FileCounter) -> None:
    application = await counter.issued(PAPER)
    async with counter.session.head(counter.address(application)) as response:
        body = await response.read()

    assert (response.status, response.headers["Content-Length"], body) == (200, str(len(PAPER)), b"")


async def test_a_signed_document_is_checked_and_given(counter: FileCounter) -> None:
    application = await counter.issued(SIGNED, signed=True)

    status, _, body = await counter.get(application)

    assert (await recorded(counter)).signature == "valid"
    assert (status, body) == (200, SIGNED)


@pytest.mark.parametrize(
    "document",
    [
        PAPER,
        signed_paper("Certificate", ["Granted"], OTHER_KEY, OTHER_CERTIFICATE),
        SIGNED.replace(b"(Granted)", b"(Refused)"),
        SIGNED + b"1 0 obj\n<<>>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n",
    ],
    ids=["unsigned though promised", "another key", "changed", "updated afterwards"],
)
async def test_a_document_without_its_states_signature_is_never_given(counter: FileCounter, document: bytes) -> None:
    application = await counter.issued(document, signed=True)
    opened = counter.state.opened

    status, _, body = await counter.get(application)

    assert (await recorded(counter)).signature == "invalid"
    assert (status, b'"document_not_trusted"' in body) == (502, True)
    assert counter.state.opened == opened
    assert (await counter.steps())[-1] == ("", "refused", "document_not_trusted")


async def test_the_operators_are_told_of_it(counter: FileCounter) -> None:
    with capture_logs() as logs:
        application = await counter.issued(PAPER, signed=True)

    (told,) = [each for each in logs if each["event"] == "document.not_trusted"]
    assert (told["application"], told["country"], told["log_level"]) == (application, "OM", "error")


async def test_without_the_states_certificate_nothing_that_it_signs_is_given(storage_url: str) -> None:
    """Until an operator has set it: then the document is fetched again."""
    async with file_counter(storage_url) as counter:
        application = await counter.issued(SIGNED, signed=True)
        early, _, body = await counter.get(application)
        counter.trust(CERTIFICATE)
        counter.clock.advance(3600)
        await counter.parts.collector.lanes.once()
        late, _, _ = await counter.get(application)

    assert (early, b'"document_not_ready"' in body, late) == (503, True, 200)


@pytest.mark.parametrize(
    "changed", [LONG[:-1], LONG + b"\n", LONG[:500_000] + b"x" + LONG[500_001:], long_pdf(2_000_000)]
)
async def test_another_document_than_the_recorded_one_is_never_complete(counter: FileCounter, changed: bytes) -> None:
    application = await counter.issued(LONG)
    counter.state.paper = changed

    with pytest.raises(aiohttp.ClientPayloadError):
        await counter.get(application)


@pytest.mark.parametrize("changed", [PAPER[:-1], PAPER + b"\n", PAPER.replace(b"Granted", b"Refused"), b""])
async def test_nothing_at_all_leaves_of_another_short_document(counter: FileCounter, changed: bytes) -> None:
    application = await counter.issued(PAPER)
    counter.state.paper = changed

    status, _, body = await counter.get(application)

    assert (status, b'"document_changed"' in body) == (502, True)


async def test_until_it_was_fetched_it_is_not_ready(counter: FileCounter) -> None:
    application = await counter.handed_in()
    counter.state.issue(PAPER)
    await counter.ask_the_state()

    status, headers, body = await counter.get(application)

    assert (status, b'"document_not_ready"' in body, headers["Retry-After"]) == (503, True, "3")


async def test_one_that_cannot_be_fetched_is_fetched_later(counter: FileCounter) -> None:
    application = await counter.handed_in()
    counter.state.issue(PAPER)
    await counter.ask_the_state()
    counter.state.down = True
    await counter.parts.collector.lanes.once()
    counter.state.down = False
    at_once = await counter.parts.collector.lanes.once()
    counter.clock.advance(60)
    later = await counter.parts.collector.lanes.once()

    assert (at_once, later) == (0, 1)
    assert (await counter.get(application))[0] == 200


async def test_a_worker_that_dies_while_it_fetches_leaves_it_to_another(counter: FileCounter) -> None:
    application = await counter.handed_in()
    counter.state.issue(PAPER)
    await counter.ask_the_state()
    await counter.claim_and_die()
    counter.clock.advance(121)
    await counter.parts.collector.lanes.once()

    assert (await counter.get(application))[0] == 200


@pytest.mark.parametrize("state", [{"paper": b"<html>"}, {"media_type": "text/html"}, {"said_size": 7}])
async def test_what_is_no_pdf_or_not_whole_is_not_recorded(counter: FileCounter, state: dict[str, object]) -> None:
    application = await counter.handed_in()
    counter.state.issue(PAPER)
    for name, value in state.items():
        setattr(counter.state, name, value)
    await counter.ask_the_state()
    await counter.parts.collector.lanes.once()

    assert (await recorded(counter)).signature == "waiting"
    assert (await counter.get(application))[0] == 503


async def test_a_document_that_never_ends_is_not_recorded(counter: FileCounter) -> None:
    await counter.handed_in()
    counter.state.issue(long_pdf(20_971_521))
    await counter.ask_the_state()
    await counter.parts.collector.lanes.once()

    assert (await recorded(counter)).signature == "waiting"
    assert (await counter.steps())[-1] == ("document", "garbled", "backend_too_large")


async def test_a_document_that_the_state_adds_later_is_fetched_when_it_is_wanted(counter: FileCounter) -> None:
    application = await counter.issued(PAPER)
    await counter.forget_documents()

    early, _, _ = await counter.get(application)
    await counter.parts.collector.lanes.once()

    assert (early, (await counter.get(application))[0]) == (503, 200)


async def test_a_document_that_there_is_not_is_not_found(counter: FileCounter) -> None:
    application = await counter.issued(PAPER)

    assert (await counter.get(application, "other"))[0] == 404
    assert (await counter.get(application, "..%2F..%2Fetc"))[0] == 404


async def test_somebody_elses_document_is_not_found(counter: FileCounter) -> None:
    application = await counter.issued(PAPER)
    opened = counter.state.opened
    counter.door.principal = applicant("person-2")

    assert (await counter.get(application))[0] == 404
    assert counter.state.opened == opened


async def test_while_the_state_is_down_its_document_is_not_given(counter: FileCounter) -> None:
    application = await counter.issued(PAPER)
    counter.state.down = True

    status, _, body = await counter.get(application)

    assert (status, b'"backend_down"' in body) == (503, True)


async def test_nobody_holds_more_than_two_documents_open(counter: FileCounter) -> None:
    """Each takes a place at the back gate, which is everybody's."""
    application = await counter.issued(long_pdf(20_000_000))
    address = counter.address(application)
    first, second = await counter.session.get(address), await counter.session.get(address)

    status, _, body = await counter.get(application)
    first.close()
    second.close()

    assert (first.status, second.status) == (200, 200)
    assert (status, b'"too_many_requests"' in body) == (429, True)
    assert await counter.until_given(application) == 200


async def test_twenty_megabytes_pass_in_the_memory_of_a_few_parts(counter: FileCounter) -> None:
    application = await counter.issued(long_pdf(20_000_000))
    size = 0

    tracemalloc.start()
    async with counter.session.get(counter.address(application)) as response:
        async for part in response.content.iter_any():
            size += len(part)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size == 20_000_000
    assert most < 6_000_000


async def test_whoever_takes_nothing_of_a_document_is_cut_off(storage_url: str) -> None:
    async with file_counter(storage_url, take_seconds=0.2) as counter:
        application = await counter.issued(long_pdf(20_000_000))
        response = await counter.session.get(counter.address(application))
        await counter.until_nothing_is_given()

        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_two_workers_that_look_at_once_fetch_it_once(counter: FileCounter) -> None:
    await counter.handed_in()
    counter.state.issue(PAPER)
    await counter.ask_the_state()

    fetched = await asyncio.gather(*(counter.parts.collector.lanes.once() for _ in range(2)))

    assert sum(fetched) == 1
    assert counter.state.opened == 1
