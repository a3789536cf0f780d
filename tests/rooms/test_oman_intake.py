"""The intake folder of the Omani stand-in takes signed files that are whole, and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest

import aiohttp
import pytest

from adapters.oman.intake_file import intake_file, written
from adapters.oman.sandbox import Sandbox
from tests.support.oman import OMANI, SECRETS, Clock

PATH = "/intake/BW-1/application.csv"
LINE = {
    "نوع_السطر": "طلب",
    "المرجع": "BW-1",
    "رمز_الخدمة": "CS-RESIDENCE",
    "الرقم_المدني": OMANI[1],
    "الجنسية": "",
    "اللغة": "عربي",
    "الغرض": "مصرف",
    "لغة_الشهادة": "عربي",
}
CONTENT = b"%PDF-1.7 an invented contract"


@dataclass
class Folder:
    """The stand-in, spoken to directly."""

    url: str
    session: aiohttp.ClientSession
    sandbox: Sandbox

    async def put(self, path: str, body: bytes, *, signed_path: str = "", told: str = "", key: str = "") -> int:
        """The status for a file put at ``path``; signed as it should be, unless told otherwise."""
        content = told or sha256(body).hexdigest()
        signed = f"{signed_path or path}\n{content}".encode()
        secret = key or SECRETS["signing_secret"]
        headers = {
            "Content-Type": "text/csv",
            "X-Client-Key": SECRETS["client_key"],
            "X-Content-SHA256": content,
            "X-Signature": digest(secret.encode(), signed, "sha256").hex(),
        }
        async with self.session.put(self.url + path, data=body, headers=headers) as reply:
            return reply.status

    async def get(self, path: str, signed: str | None = None) -> tuple[int, str]:
        """The status and the text at ``path``."""
        proof = digest(SECRETS["signing_secret"].encode(), (signed or path).encode(), "sha256").hex()
        headers = {"X-Client-Key": SECRETS["client_key"], "X-Signature": proof}
        async with self.session.get(self.url + path, headers=headers) as reply:
            return reply.status, await reply.text()


@asynccontextmanager
async def folder() -> AsyncIterator[Folder]:
    sandbox = Sandbox(secrets=SECRETS, clock=Clock())
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        sandbox.intake.ready_after = 0
        yield Folder(url, session, sandbox)


def application(rows: Sequence[Mapping[str, str]] = (LINE,), agency: str = "ROP-CS") -> bytes:
    return intake_file(agency, rows)


async def test_a_file_in_order_is_taken_and_told_of() -> None:
    async with folder() as here:
        status = await here.put(PATH, application())

        fetched, result = await here.get("/results/BW-1.csv")

        assert (status, fetched) == (202, 200)
        assert result.startswith("\ufeffHDR;ROP-CS;")
        assert [each["reference"] for each in here.sandbox.desk.books()] == ["BW-1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"signed_path": "/intake/BW-2/application.csv"},
        {"told": "0" * 64},
        {"told": sha256(b"another").hexdigest()},
        {"key": "another"},
    ],
    ids=["for another place", "another digest", "another content", "another key"],
)
async def test_a_file_is_taken_only_with_a_signature_over_its_place_and_content(wrong: Mapping[str, str]) -> None:
    async with folder() as here:
        assert await here.put(PATH, application(), **wrong) == 401
        assert await here.put("/intake/BW-1/files/CONTRACT", CONTENT, **wrong) == 401
        assert here.sandbox.desk.books() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        application().replace(b"END;1", b"END;2"),
        application().replace(b"END;1\r\n", b""),
        application().replace(b"BAWABA", b"SOMEBODY"),
        application().replace(b"HDR", b"HEAD"),
        application().replace(b"COL;", b"ROW;"),
        application(agency="SPF"),
        application([]),
        application([{**LINE, "المرجع": "BW-2"}]),
        application([LINE, {**LINE, "المرجع": "BW-2"}]),
        application([{**LINE, "نوع_السطر": "إجراء"}]),
        application([{**LINE, "رمز_الخدمة": "CS-UNKNOWN"}]),
        application([{**LINE, "الغرض": ""}]),
        written([["HDR", "BAWABA", "ROP-CS", "1.0"], ["COL", "المرجع"], ["ROW", "BW-1", "more"], ["END", "1"]]),
    ],
)
async def test_a_file_that_is_not_in_order_is_not_taken(body: bytes) -> None:
    async with folder() as here:
        assert await here.put(PATH, body) == 400
        assert here.sandbox.desk.books() == []


@pytest.mark.parametrize("changed", [{"الرقم_المدني": "00000012"}, {"الجنسية": "682"}])
async def test_somebody_unknown_is_told_of_by_an_error_row(changed: Mapping[str, str]) -> None:
    """The folder takes the file, as a folder does; the batch that reads it finds nobody."""
    async with folder() as here:
        assert await here.put(PATH, application([{**LINE, **changed}])) == 202

        _, result = await here.get("/results/BW-1.csv")

        assert "ERR;NF001;" in result
        assert here.sandbox.desk.books() == []


async def test_an_application_refers_only_to_files_that_were_brought_for_it() -> None:
    row = {"نوع_السطر": "مرفق", "المرجع": "BW-1", "الرمز": "CONTRACT", "البصمة": sha256(CONTENT).hexdigest()}
    async with folder() as here:
        before = await here.put(PATH, application([LINE, row]))
        of_another = await here.put("/intake/BW-2/files/CONTRACT", CONTENT)
        still = await here.put(PATH, application([LINE, row]))
        brought = await here.put("/intake/BW-1/files/CONTRACT", CONTENT)

        after = await here.put(PATH, application([LINE, row]))

        assert (before, of_another, still, brought, after) == (422, 201, 422, 201, 202)


@pytest.mark.parametrize("act", ["استكمال", "سحب", "إشعار سداد"])
async def test_an_act_is_taken_about_an_application_that_there_is(act: str) -> None:
    line = {**LINE, "نوع_السطر": "إجراء", "مرجع_الإجراء": "a-1", "الإجراء": act}
    path = "/intake/BW-1/actions/a-1.csv"
    async with folder() as here:
        early = await here.put(path, application([line]))
        await here.put(PATH, application())

        taken = await here.put(path, application([line]))
        unknown = await here.put(path, application([{**line, "الإجراء": "إتلاف"}]))
        of_another = await here.put(path, application([{**line, "الرقم_المدني": "1084260288"}]))

        assert (early, taken, unknown, of_another) == (400, 202, 400, 400)


async def test_results_and_documents_are_shown_to_a_signature_over_their_own_path() -> None:
    async with folder() as here:
        await here.put(PATH, application())

        for path in ("/results/BW-1.csv", "/documents/BW-1/W-1.pdf"):
            status, _ = await here.get(path, signed="/results/BW-2.csv")
            assert status == 401


async def test_the_page_of_a_payment_is_there_for_applications_that_there_are() -> None:
    async with folder() as here:
        await here.put(PATH, application())
        (book,) = here.sandbox.desk.books()
        pages = [f"{here.url}/pay/{number}" for number in (book["number"], "OM-0000000000")]

        replies = [await here.session.request(method, page) for method in ("GET", "POST") for page in pages]

        assert [reply.status for reply in replies] == [200, 404, 200, 404]
        assert "Nothing to pay" in await replies[0].text()
