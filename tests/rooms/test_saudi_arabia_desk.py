"""The desk of the Saudi stand-in takes what the real one would, and says by a code why it takes nothing else."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from adapters.saudi_arabia.operations import ATTACHMENT, DOWNLOAD, ITEM, STATUS, SUBMIT, UPDATE, UPLOAD
from adapters.saudi_arabia.sandbox import Sandbox
from adapters.saudi_arabia.soap import NO_LISTS, Lists, Operation, Writer
from tests.support.procedures import Clock
from tests.support.saudi import KHALID, SECRETS

CREDENTIALS = {
    "chargeCode": SECRETS["charge_code"],
    "userName": SECRETS["user_name"],
    "password": SECRETS["password"],
}
ABOUT = {"id": KHALID[1], "requesterReference": "BW-1"}
ASKED = {**ABOUT, "requestType": "CA_RESIDENCE", "language": "ar", "purposeCode": "1", "certificateLanguage": "AR"}
CONTENT = b"%PDF-1.7 an invented contract"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FILE = {
    "requesterReference": "BW-1",
    "attachmentName": "CONTRACT",
    "mediaType": "application/pdf",
    "fileSize": str(len(CONTENT)),
    "fileDigest": DIGEST,
}


@dataclass
class Desk:
    """The stand-in, spoken to directly."""

    url: str
    session: aiohttp.ClientSession
    sandbox: Sandbox
    clock: Clock

    async def ask(self, operation: Operation, asked: Mapping[str, str], lists: Lists = NO_LISTS) -> str:
        """What is answered, as text."""
        body = Writer(operation, CREDENTIALS, "bawaba").write("m-1", "service_delivery", asked, lists)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        address = f"{self.url}/services/{operation.service}"
        async with self.session.post(address, data=body, headers=headers) as reply:
            return await reply.text()

    async def put(self, ticket: str, content: bytes = CONTENT, media_type: str = "application/pdf") -> int:
        headers = {"Content-Type": media_type}
        async with self.session.put(f"{self.url}/services/files/{ticket}", data=content, headers=headers) as reply:
            return reply.status

    async def get(self, ticket: str) -> int:
        async with self.session.get(f"{self.url}/services/files/{ticket}") as reply:
            return reply.status


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    made = {**Sandbox.make_secrets(), **SECRETS}
    clock = Clock()
    sandbox = Sandbox(secrets=made, clock=clock)
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        yield Desk(url, session, sandbox, clock)


def found(name: str, answer: str) -> str:
    """The text of the one element of that name, empty where there is none."""
    match = re.search(f"<{name}>([^<]*)</{name}>", answer)
    return match[1] if match else ""


async def test_a_request_in_order_is_booked_and_told_with_a_number() -> None:
    async with desk() as here:
        answer = await here.ask(SUBMIT, ASKED)

        assert found("statusCode", answer) == "RECEIVED"
        assert re.fullmatch(r"SA-[0-9]{10}", found("requestNumber", answer))
        assert found("nationality", answer) == "null"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"requestType": "CA_UNKNOWN"}, "400"),
        ({"requesterReference": ""}, "400"),
        ({"purposeCode": ""}, "400"),
        ({"id": "1000000016"}, "150"),
        ({"nationality": "414"}, "150"),
        ({"id": "285061445574"}, "150"),
        ({"id": "285061445574", "nationality": "48"}, "150"),
    ],
)
async def test_a_request_that_is_not_in_order_is_refused_by_its_code(changed: Mapping[str, str], code: str) -> None:
    """A citizen of another state is known with the right nationality only, a citizen of this one without any."""
    async with desk() as here:
        answer = await here.ask(SUBMIT, {**ASKED, **changed})

        assert found("ErrorCode", answer) == code
        assert here.sandbox.desk.books() == []


@pytest.mark.parametrize(
    "row",
    [
        {"attachmentName": "CONTRACT", "fileDigest": DIGEST},
        {"attachmentName": "CONTRACT", "fileDigest": "0" * 64},
        {"attachmentName": "OTHER", "fileDigest": DIGEST},
    ],
    ids=["of another request", "another content", "another name"],
)
async def test_a_request_refers_only_to_files_that_were_brought_for_it(row: Mapping[str, str]) -> None:
    async with desk() as here:
        brought_for = "BW-2" if row["attachmentName"] == "CONTRACT" and row["fileDigest"] == DIGEST else "BW-1"
        ticket = found("ticket", await here.ask(UPLOAD, {**FILE, "requesterReference": brought_for}))
        assert await here.put(ticket) == 201

        answer = await here.ask(SUBMIT, ASKED, {ATTACHMENT: [row]})

        assert found("ErrorCode", answer) == "152"
        assert here.sandbox.desk.books() == []


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (CONTENT, "application/pdf", 201),
        (CONTENT + b".", "application/pdf", 422),
        (CONTENT[:-1] + b"T", "application/pdf", 422),
        (CONTENT, "image/png", 422),
        (b"", "application/pdf", 422),
    ],
)
async def test_a_file_is_taken_once_and_only_as_it_was_announced(content: bytes, media_type: str, status: int) -> None:
    async with desk() as here:
        ticket = found("ticket", await here.ask(UPLOAD, FILE))

        first, second = [await here.put(ticket, content, media_type) for _ in range(2)]

        assert (first, second) == (status, 404)


@pytest.mark.parametrize("changed", [{"fileSize": "many"}, {"fileDigest": "1"}, {"attachmentName": ""}])
async def test_a_file_is_announced_with_size_digest_and_name(changed: Mapping[str, str]) -> None:
    async with desk() as here:
        assert found("ErrorCode", await here.ask(UPLOAD, {**FILE, **changed})) == "400"


async def test_a_document_is_fetched_once_a_ticket() -> None:
    async with desk() as here:
        number = found("requestNumber", await here.ask(SUBMIT, ASKED))
        here.clock.advance(60)
        assert found("statusCode", await here.ask(STATUS, {**ABOUT, "requestNumber": number})) == "COMPLETED"
        ticket = found("ticket", await here.ask(DOWNLOAD, {**ABOUT, "documentId": f"DOC-{number}"}))

        replies = [await here.get(each) for each in (ticket, ticket, "a-guessed-ticket")]

        assert replies == [200, 404, 404]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"actionReference": "a-1", "actionCode": "COMPLETE"}, ""),
        ({"actionReference": "a-1", "actionCode": "SHRED"}, "400"),
        ({"actionReference": "", "actionCode": "CANCEL"}, "400"),
        ({"actionReference": "a-1", "actionCode": "CANCEL", "requesterReference": "BW-2"}, "151"),
    ],
)
async def test_an_act_is_one_that_the_desk_knows_about_a_request_that_there_is(
    asked: Mapping[str, str], code: str
) -> None:
    async with desk() as here:
        await here.ask(SUBMIT, ASKED)

        answer = await here.ask(
            UPDATE, {**ABOUT, **asked}, {ITEM: [{"requirementCode": "ADDRESS_PROOF", "value": "1"}]}
        )

        assert found("ErrorCode", answer) == code


async def test_the_page_of_a_bill_is_there_for_requests_that_there_are() -> None:
    async with desk() as here:
        number = found("requestNumber", await here.ask(SUBMIT, ASKED))

        replies = [
            await here.session.request(method, f"{here.url}/bills/{each}")
            for method in ("GET", "POST")
            for each in (number, "SA-0000000000")
        ]

        assert [reply.status for reply in replies] == [200, 404, 200, 404]
        assert "Nothing to pay" in await replies[0].text()
