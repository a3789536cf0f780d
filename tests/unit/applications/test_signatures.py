"""A document counts as signed only where the state's own signature covers all of it, and nothing came after."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.generic import NameObject, TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko_certvalidator.registry import SimpleCertificateStore

from gateway.applications.signatures import is_signed
from gateway.sdk.sandbox import make_documents_key, paper, signed_paper

KEY, CERTIFICATE = make_documents_key("Invented state")
OTHER_KEY, OTHER_CERTIFICATE = make_documents_key("Invented state")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNED = signed_paper("Certificate", ["Granted"], KEY, CERTIFICATE)


async def counts(document: bytes, certificate: str = CERTIFICATE, now: datetime = NOW) -> bool:
    return await is_signed(BytesIO(document), certificate, now)


def updated(document: bytes) -> bytes:
    """The document with an update behind it, as if somebody had changed its title after it was signed."""
    writer = IncrementalPdfFileWriter(BytesIO(document))
    writer.root[NameObject("/Lang")] = TextStringObject("en")
    writer.update_root()  # type: ignore[no-untyped-call]
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def with_an_empty_field(document: bytes) -> bytes:
    """The document with a place for another signature, added after it was signed."""
    writer = IncrementalPdfFileWriter(BytesIO(document))
    append_signature_field(writer, SigFieldSpec("Second"))
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


async def signed_by(document: bytes, key: str, certificate: str, field: str) -> bytes:
    """The document with one more signature, which allows others after it."""
    (own,) = load_certs_from_pemder_data(certificate.encode("ascii"))
    signer = signers.SimpleSigner(
        signing_key=load_private_key_from_pemder_data(key.encode("ascii"), passphrase=None),
        signing_cert=own,
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    out = BytesIO()
    terms = signers.PdfSignatureMetadata(field_name=field)
    await signers.PdfSigner(terms, signer=signer).async_sign_pdf(
        IncrementalPdfFileWriter(BytesIO(document)), output=out
    )
    return out.getvalue()


async def test_what_the_state_signed_counts() -> None:
    assert await counts(SIGNED)


async def test_so_it_does_while_the_state_changes_its_key() -> None:
    assert await counts(SIGNED, OTHER_CERTIFICATE + CERTIFICATE)


async def test_what_is_not_signed_does_not() -> None:
    assert not await counts(paper("Certificate", ["Granted"]))


async def test_nor_what_another_key_signed_under_the_same_name() -> None:
    assert not await counts(signed_paper("Certificate", ["Granted"], OTHER_KEY, OTHER_CERTIFICATE))


async def test_nor_what_another_key_signed_with_the_states_certificate_beside_it() -> None:
    assert not await counts(signed_paper("Certificate", ["Granted"], OTHER_KEY, CERTIFICATE))


@pytest.mark.parametrize("word", [b"Granted", b"%PDF-1.7", b"/ByteRange", b"startxref"])
async def test_nor_a_document_of_which_one_byte_was_changed(word: bytes) -> None:
    at = SIGNED.index(word) + len(word) - 1
    changed = SIGNED[:at] + bytes([SIGNED[at] ^ 1]) + SIGNED[at + 1 :]

    assert not await counts(changed)


async def test_nor_a_signature_of_which_one_digit_was_changed() -> None:
    at = SIGNED.index(b"/Contents <") + 200
    digit = b"0" if SIGNED[at : at + 1] != b"0" else b"1"

    assert not await counts(SIGNED[:at] + digit + SIGNED[at + 1 :])


@pytest.mark.parametrize("change", [updated, with_an_empty_field])
async def test_nor_a_document_that_was_updated_after_it_was_signed(change: Callable[[bytes], bytes]) -> None:
    assert not await counts(change(SIGNED))


async def test_nor_an_old_one_that_another_key_signed_again() -> None:
    """The newest signature is what counts, however good those before it are."""
    once = await signed_by(paper("Certificate", ["Granted"]), KEY, CERTIFICATE, "First")
    twice = await signed_by(once, OTHER_KEY, OTHER_CERTIFICATE, "Second")

    assert await counts(once)
    assert not await counts(twice)


async def test_one_that_the_state_signed_on_top_of_others_counts() -> None:
    once = await signed_by(paper("Certificate", ["Granted"]), OTHER_KEY, OTHER_CERTIFICATE, "First")

    assert await counts(await signed_by(once, KEY, CERTIFICATE, "Second"))


@pytest.mark.parametrize("tail", [b"\n", b"\0", b"% a remark\n", b"%%EOF\n", b"x" * 5000])
async def test_nor_a_document_with_anything_behind_its_end(tail: bytes) -> None:
    assert not await counts(SIGNED + tail)


async def test_nor_one_with_anything_before_its_beginning() -> None:
    assert not await counts(b"\n" + SIGNED)


@pytest.mark.parametrize("now", [datetime(2019, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)])
async def test_nor_a_signature_whose_certificate_is_not_valid_now(now: datetime) -> None:
    assert not await counts(SIGNED, now=now)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"%PDF-1.7",
        b"%PDF-1.7\n%%EOF\n",
        SIGNED[:2000],
        SIGNED[:-100],
        SIGNED[: len(SIGNED) // 2] * 2,
        b"\0" * 10_000,
    ],
)
async def test_what_is_no_document_at_all_does_not_count(document: bytes) -> None:
    assert not await counts(document)


async def test_a_table_that_leads_to_itself_is_not_followed_for_ever() -> None:
    start = SIGNED.rindex(b"startxref\n") + 10
    offset = SIGNED[start:].split(b"\n")[0]
    loop = SIGNED.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev " + offset)

    assert not await counts(loop)


async def test_without_a_certificate_that_can_be_read_nothing_counts() -> None:
    assert not await counts(SIGNED, "no certificate")
