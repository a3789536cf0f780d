"""The PAdES signature under an invented document."""

from io import BytesIO
from typing import Final

from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD: Final = "Signature"


async def sign(document: bytes, key_pem: str, certificate_pem: str) -> bytes:
    """The document with the signature in its one field; nothing may be changed after it."""
    terms = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    out = BytesIO()
    await signers.PdfSigner(terms, signer=_signer(key_pem, certificate_pem)).async_sign_pdf(
        IncrementalPdfFileWriter(BytesIO(document)), output=out
    )
    return out.getvalue()


def _signer(key_pem: str, certificate_pem: str) -> signers.SimpleSigner:
    (certificate,) = load_certs_from_pemder_data(certificate_pem.encode("ascii"))
    return signers.SimpleSigner(
        signing_key=load_private_key_from_pemder_data(key_pem.encode("ascii"), passphrase=None),
        signing_cert=certificate,
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
