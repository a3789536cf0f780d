"""A stand-in's documents are proper PDF, say what they are, and are signed as a state would sign them."""

from io import BytesIO

import pytest
from cryptography import x509
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from gateway.sdk.sandbox import make_documents_key, paper, signed_paper

KEY, CERTIFICATE = make_documents_key("Invented state")


def pages(document: bytes) -> list[bytes]:
    """What is drawn on each page, as a strict reader finds it."""
    tree = PdfFileReader(BytesIO(document), strict=True).root["/Pages"]
    assert tree["/Count"] == len(tree["/Kids"])
    return [page.get_object()["/Contents"].data for page in tree["/Kids"]]


async def judged(document: bytes, certificate: str) -> PdfSignatureStatus:
    (signature,) = PdfFileReader(BytesIO(document)).embedded_signatures
    roots = list(load_certs_from_pemder_data(certificate.encode("ascii")))
    return await async_validate_pdf_signature(signature, ValidationContext(trust_roots=roots, allow_fetching=False))


def test_the_page_says_plainly_that_it_is_invented() -> None:
    (page,) = pages(paper("Receipt", ["Paid in full"]))

    assert b"INVENTED DOCUMENT" in page
    assert b"(Receipt) Tj" in page
    assert b"(Paid in full) Tj" in page


def test_the_same_words_give_the_same_bytes() -> None:
    """Whoever fetches a document again finds the digest that was recorded."""
    assert paper("Receipt", ["Paid"]) == paper("Receipt", ["Paid"])


def test_no_word_breaks_out_of_its_place() -> None:
    (page,) = pages(paper("A ) Tj ET (", ["back \\ slash", "(brackets)", "é"]))

    assert rb"(A \) Tj ET \() Tj" in page
    assert rb"(back \\ slash) Tj" in page
    assert rb"(\(brackets\)) Tj" in page
    assert b"(\xe9) Tj" in page


def test_what_cannot_be_written_is_shown_as_missing() -> None:
    (page,) = pages(paper("Receipt", ["Name: محمد"]))

    assert b"(Name: ????) Tj" in page


def test_a_title_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="codec can't encode"):
        paper("إيصال", [])


def test_long_words_take_lines_and_pages_as_they_need() -> None:
    assert len(pages(paper("Receipt", []))) == 1
    assert len(pages(paper("Receipt", ["word " * 100] * 40))) == 6


async def test_a_signed_paper_is_signed_over_the_whole_file() -> None:
    document = signed_paper("Receipt", ["Paid"], KEY, CERTIFICATE)

    status = await judged(document, CERTIFICATE)

    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level is ModificationLevel.NONE
    assert b"(Paid) Tj" in pages(document)[0]
    assert b"/ETSI.CAdES.detached" in document


async def test_it_is_not_signed_by_anybody_else() -> None:
    _, other = make_documents_key("Invented state")

    status = await judged(signed_paper("Receipt", [], KEY, CERTIFICATE), other)

    assert not status.bottom_line


def test_each_key_is_new_and_its_certificate_carries_the_name() -> None:
    key, certificate = make_documents_key("Invented state")
    read = x509.load_pem_x509_certificate(certificate.encode("ascii"))

    assert key != KEY
    assert read.subject.rfc4514_string() == "CN=Invented state"
