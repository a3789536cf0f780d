"""Whether a PDF is what the state signed, all of it and nothing since."""

import asyncio
from datetime import datetime
from typing import BinaryIO, Final

import structlog
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

log = structlog.get_logger()

LONGEST_CHECK: Final = 20.0
"""Seconds; a file that takes longer is one that was made to."""


async def is_signed(document: BinaryIO, certificates: str, now: datetime) -> bool:
    """Whether the newest signature of the document covers the whole file, stands unbroken and is the state's own.

    ``certificates`` are those that the state signs with, or that issued them, in PEM. Nothing is asked of the
    network. The reason of a no is logged, without words from the document.
    """
    try:
        async with asyncio.timeout(LONGEST_CHECK):
            reason = await asyncio.to_thread(asyncio.run, _reason_against(document, certificates, now))
    except TimeoutError:
        reason = "too_slow"
    if reason:
        log.warning("document.signature_refused", reason=reason)
    return not reason


async def _reason_against(document: BinaryIO, certificates: str, now: datetime) -> str:
    """Why the signature does not count; empty where it does."""
    try:
        return await _judge(document, certificates, now)
    except Exception as problem:  # noqa: BLE001 a hostile file may trip up the library anywhere
        return type(problem).__name__


async def _judge(document: BinaryIO, certificates: str, now: datetime) -> str:
    signatures = PdfFileReader(document, strict=True).embedded_signatures
    if not signatures:
        return "unsigned"
    trusted = list(load_certs_from_pemder_data(certificates.encode("ascii")))
    context = ValidationContext(trust_roots=trusted, allow_fetching=False, moment=now)
    # Only the newest can cover the whole file; those before it are part of what it covers.
    newest = signatures[-1]
    status = await async_validate_pdf_signature(newest, context)
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return "not_the_whole_file"
    if status.modification_level is not ModificationLevel.NONE:
        return "modified"
    if not (status.intact and status.valid):
        return "broken"
    # A certificate that is trusted as it stands is not asked whether its time is over.
    if not newest.signer_cert.not_valid_before <= now <= newest.signer_cert.not_valid_after:
        return "expired"
    return "" if status.trusted and status.bottom_line else "not_trusted"
