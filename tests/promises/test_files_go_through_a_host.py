"""An applicant's files and a state's documents pass a host in parts, whole or not at all, and none stays there."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter_host.applying import HostProcedure
from gateway.adapter_host.files import LIFE, Files, FilesFull
from gateway.adapter_host.messages import Request
from gateway.errors import BackendDown, BackendError, BackendGarbled, BackendRefused
from gateway.sdk.procedure import Action
from tests.support.forger import Forger, forging
from tests.support.gates import LIMITS
from tests.support.hosts import Host, hosting
from tests.support.papers_office import SERVICE, Office, a_file, an_order, progress
from tests.support.raw_calls import proves, send, signed

LARGE = os.urandom(3_000_000)
ROOMY = replace(LIMITS, response_bytes=1_000_000)


@asynccontextmanager
async def applying(host: Host) -> AsyncIterator[HostProcedure]:
    """The gateway's side of the procedure."""
    async with host.system(limits=ROOMY) as system:
        yield HostProcedure(system, system.link, system.gate, SERVICE)


@asynccontextmanager
async def an_office(folder: Path, **parts: Any) -> AsyncIterator[tuple[Office, Host, HostProcedure]]:
    office = Office()
    async with hosting(folder, {}, {SERVICE: office}, **parts) as host, applying(host) as procedure:
        yield office, host, procedure


def left(folder: Path) -> Sequence[Path]:
    """What lies in the host's folder of files."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_files_arrive_as_they_were_and_are_gone_afterwards(tmp_path: Path) -> None:
    """Large and small, of every type, and before the application."""
    files = tmp_path / "files"
    files.mkdir()
    order = an_order(a_file("deed", LARGE), a_file("photo", b"\xff\xd8\xff", "image/jpeg"), inputs={"use": "bank"})
    async with an_office(tmp_path / "sides", top=f'files_folder = "{files}"') as (office, _, procedure):
        said = procedure.normalise(await procedure.submit(order), order)

        assert said == progress()
        assert office.files == {"deed": LARGE, "photo": b"\xff\xd8\xff"}
        assert not left(files)
    (heard,) = office.orders
    assert (heard.reference, heard.call, heard.inputs, heard.language) == (
        "BW-7KQ2M9",
        "submit-1-OM",
        {"use": "bank"},
        "ar",
    )
    assert [(each.name, each.size) for each in heard.attachments] == [("deed", len(LARGE)), ("photo", 3)]
    assert heard.callback_url == ""


async def test_what_is_supplied_later_arrives_with_its_files(tmp_path: Path) -> None:
    order = an_order(number="OM-1")
    action = Action("supply", "act-1", {"note": "نعم"}, (a_file("passport", b"%PDF-1.7 x"),))
    async with an_office(tmp_path) as (office, _, procedure):
        await procedure.act(order, action)
        await procedure.track(order)

    assert office.files == {"passport": b"%PDF-1.7 x"}
    assert [(each.kind, each.reference, each.values) for each in office.actions] == [
        ("supply", "act-1", {"note": "نعم"})
    ]
    assert [each.national_reference for each in office.orders] == ["OM-1", "OM-1"]


async def test_a_file_that_is_not_what_it_says_is_not_handed_in(tmp_path: Path) -> None:
    """Its digest is signed before its first byte is sent."""
    order = an_order(a_file("deed", b"%PDF-1.7 x", digest="0" * 64))
    async with an_office(tmp_path) as (office, _, procedure):
        with pytest.raises(BackendRefused) as caught:
            await procedure.submit(order)

    assert caught.value.facts["reason"] == "host_digest_mismatch"
    assert not office.orders


async def test_an_application_whose_files_are_not_there_is_not_handed_in(tmp_path: Path) -> None:
    """As when the host was started again in between: the next try brings them."""
    order = an_order(a_file("deed", b"%PDF-1.7 x"))
    async with an_office(tmp_path) as (office, _, procedure):
        with pytest.raises(BackendDown) as caught:
            await procedure._ask(order, "submit", {"files": _notes(order)}, safe=False)

        assert caught.value.facts["reason"] == "host_files_missing"
        assert not office.orders
        await procedure.submit(order)
        assert len(office.orders) == 1


async def test_files_are_gone_when_the_application_fails(tmp_path: Path) -> None:
    order = an_order(a_file("deed", b"%PDF-1.7 x"))
    async with an_office(tmp_path) as (office, _, procedure):
        office.fails = BackendDown(reason="status_503")
        with pytest.raises(BackendDown):
            await procedure.submit(order)
        office.fails = None

        with pytest.raises(BackendDown) as caught:
            await procedure._ask(order, "submit", {"files": _notes(order)}, safe=False)
    assert caught.value.facts["reason"] == "host_files_missing"


@pytest.mark.parametrize(
    ("kind", "size", "code"),
    [("text/html", 10, "media_type"), ("application/pdf", 26_300_000, "body_too_large")],
)
async def test_a_file_of_another_type_or_size_is_refused(kind: str, size: int, code: str, tmp_path: Path) -> None:
    body = b"x" * size
    async with an_office(tmp_path, tls=False) as (_, host, _):
        path = f"/applications/{SERVICE}/files/BW-1/{'0' * 64}"
        request = signed(host, body, method="PUT", path=path, content_type=kind)
        heard = await send(host, request, body)

        assert heard.code == code
        assert proves(host, request, heard)


async def test_a_file_under_the_digest_of_another_is_refused(tmp_path: Path) -> None:
    async with an_office(tmp_path, tls=False) as (_, host, _):
        path = f"/applications/{SERVICE}/files/BW-1/{'0' * 64}"
        request = signed(host, b"%PDF", method="PUT", path=path, content_type="application/pdf")

        assert (await send(host, request, b"%PDF")).code == "file_digest"


async def test_there_is_room_for_so_many_files_and_no_more(tmp_path: Path) -> None:
    """A file that is cut off, or too many, leaves nothing."""
    now = 0.0
    files = Files(tmp_path, 100, clock=lambda: now)
    await files.receive("BW-1", "a", _parts(b"x" * 60))
    with pytest.raises(FilesFull):
        await files.receive("BW-2", "b", _parts(b"x" * 30, b"x" * 30))
    with pytest.raises(ConnectionError):
        await files.receive("BW-2", "b", _parts(b"x" * 30, ConnectionError()))

    assert (len(files), len(left(tmp_path))) == (1, 1)
    await files.receive("BW-1", "a", _parts(b"y" * 40))
    assert (len(files), len(left(tmp_path))) == (1, 1)
    now = LIFE + 1
    await files.receive("BW-3", "c", _parts(b"x" * 100))
    assert files.attachment("BW-1", "deed", "application/pdf", 40, "a") is None
    assert files.attachment("BW-3", "deed", "application/pdf", 99, "c") is None
    assert len(left(tmp_path)) == 1


async def test_a_document_comes_home_whole(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (office, _, procedure):
        for office.document in (b"%PDF-1.7 small", LARGE):
            async with procedure.open_document(an_order(number="OM-1"), "doc-1") as download:
                content = b"".join([part async for part in download.parts])

            assert (download.media_type, download.size) == ("application/pdf", len(office.document))
            assert content == office.document
    assert office.orders[-1].national_reference == "OM-1"


@pytest.mark.parametrize(
    ("document", "kind", "code"),
    [(b"x" * 21_000_000, "application/pdf", "backend_too_large"), (b"<html>", "text/html", "backend_garbled")],
)
async def test_a_document_of_another_type_or_size_does_not_leave_the_host(
    document: bytes, kind: str, code: str, tmp_path: Path
) -> None:
    async with an_office(tmp_path) as (office, _, procedure):
        office.document, office.media_type = document, kind
        with pytest.raises(BackendGarbled) as caught:
            async with procedure.open_document(an_order(), "doc-1"):
                pass

        assert caught.value.code == code
        assert procedure._gate.state.failures == 0


@pytest.mark.parametrize(
    "error", [BackendRefused(reason="not_yours"), BackendDown(), BackendGarbled("document_not_trusted")]
)
async def test_a_document_that_there_is_not_is_the_same_failure_here(error: BackendError, tmp_path: Path) -> None:
    async with an_office(tmp_path) as (office, _, procedure):
        office.fails = error
        with pytest.raises(type(error)) as caught:
            async with procedure.open_document(an_order(), "doc-1"):
                pass

    assert caught.value.code == error.code


@pytest.mark.parametrize("document", ["a/b", "..", "a?b", "a b", ""])
async def test_the_name_of_a_document_cannot_lead_elsewhere(document: str, tmp_path: Path) -> None:
    async with an_office(tmp_path) as (office, _, procedure):
        with pytest.raises((BackendError, ValueError)):
            async with procedure.open_document(an_order(), document):
                pass
    assert not office.orders


async def test_a_document_that_was_changed_is_garbled_at_its_end(tmp_path: Path) -> None:
    """Whoever takes the parts keeps none of them before the last."""

    def change(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        body = b"%PDF-1.7 true"
        return 200, forger.signed(request, body, kind="application/pdf"), body.replace(b"true", b"fake")

    async with forging(tmp_path, change) as host, applying(host) as procedure:
        with pytest.raises(BackendGarbled) as caught:
            async with procedure.open_document(an_order(), "doc-1") as download:
                assert [part async for part in download.parts]

    assert caught.value.facts["reason"] == "host_digest_mismatch"


async def test_progress_about_another_application_is_refused(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (_, _, procedure):
        order = an_order(number="OM-2")
        with pytest.raises(BackendGarbled):
            procedure.normalise(await procedure.track(order), order)


async def test_progress_that_is_not_in_the_shared_schema_is_refused(tmp_path: Path) -> None:
    def bend(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        body = progress().model_dump_json().replace("accepted", "doubtful").encode()
        return 200, forger.signed(request, body), body

    async with forging(tmp_path, bend) as host, applying(host) as procedure:
        with pytest.raises(BackendGarbled) as caught:
            await procedure.track(an_order())

    assert caught.value.facts["reason"] == "schema.status"


async def _parts(*parts: bytes | Exception) -> AsyncIterator[bytes]:
    for part in parts:
        if isinstance(part, Exception):
            raise part
        yield part


def _notes(order: Any) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "media_type": each.media_type, "size": each.size, "digest": each.digest}
        for each in order.attachments
    ]
