"""A file is what its content says, whatever its name, its sender or its label says."""

import pytest

from gateway.applications.file_types import MEDIA_TYPES, Inspector
from gateway.errors import InvalidInput
from tests.support.files import JPEG, PDF, long_pdf, pieces, png

GOOD = {"application/pdf": PDF, "image/jpeg": JPEG, "image/png": png()}


def inspect(media_type: str, data: bytes, size: int = 65_536) -> None:
    inspector = Inspector(media_type)
    for part in pieces(data, size):
        inspector.feed(part)
    inspector.finish()


def test_every_type_that_a_service_may_allow_is_known() -> None:
    assert set(MEDIA_TYPES) == set(GOOD)


@pytest.mark.parametrize("media_type", GOOD)
@pytest.mark.parametrize("size", [1, 7, 64, 65_536])
def test_a_file_of_its_type_passes_however_it_arrives(media_type: str, size: int) -> None:
    inspect(media_type, GOOD[media_type], size)


@pytest.mark.parametrize("declared", GOOD)
@pytest.mark.parametrize("actual", GOOD)
def test_no_type_passes_for_another(declared: str, actual: str) -> None:
    if declared == actual:
        inspect(declared, GOOD[actual])
        return
    with pytest.raises(InvalidInput) as caught:
        inspect(declared, GOOD[actual])
    assert caught.value.code == "attachment_content"


@pytest.mark.parametrize("media_type", GOOD)
@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"MZ" + b"\x00" * 200, b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + b"x" * 200],
)
def test_nothing_else_passes_at_all(media_type: str, data: bytes) -> None:
    with pytest.raises(InvalidInput):
        inspect(media_type, data)


@pytest.mark.parametrize("media_type", GOOD)
def test_a_file_that_was_cut_off_does_not_pass(media_type: str) -> None:
    with pytest.raises(InvalidInput):
        inspect(media_type, GOOD[media_type][:-7])


@pytest.mark.parametrize(
    "data",
    [
        b" " + PDF,
        PDF.replace(b"%PDF-1.4", b"%PDF-9.4"),
        PDF.replace(b"%PDF-1.4", b"%PDF-1.x"),
        PDF.replace(b"startxref", b"startxxxx"),
        PDF + b"<script>",
        PDF + b"MZ" * 1000,
    ],
)
def test_a_pdf_begins_and_ends_as_one(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        inspect("application/pdf", data)


@pytest.mark.parametrize("data", [JPEG + b"\x00" * 500, long_pdf(200_000), PDF + b"\r\n\r\n"])
def test_what_cameras_and_printers_add_is_let_pass(data: bytes) -> None:
    inspect("image/jpeg" if data.startswith(b"\xff") else "application/pdf", data)


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (20_001, 1), (1, 2**31), (10_001, 10_001)])
def test_a_picture_that_would_burst_whoever_unpacks_it_does_not_pass(width: int, height: int) -> None:
    with pytest.raises(InvalidInput):
        inspect("image/png", png(width, height))


def test_a_large_picture_passes() -> None:
    inspect("image/png", png(10_000, 10_000))


def test_a_wrong_beginning_is_refused_before_the_rest_has_come() -> None:
    inspector = Inspector("application/pdf")

    with pytest.raises(InvalidInput):
        inspector.feed(b"M" * 64)
