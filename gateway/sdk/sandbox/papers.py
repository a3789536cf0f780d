"""Invented documents as PDF, plain or signed, for the stand-ins of states that decide on applications."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from textwrap import wrap
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NOTICE: Final = (
    "INVENTED DOCUMENT. It was made by a stand-in for a national system,",
    "about invented people. It proves nothing and is worth nothing.",
)

_LETTERS: Final = "cp1252"
_WIDTH: Final = 88
_LINES_A_PAGE: Final = 42
_VALID: Final = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
_CATALOGUE, _TREE, _PLAIN, _BOLD, _FIRST_PAGE = 1, 2, 3, 4, 5


def paper(title: str, lines: Sequence[str]) -> bytes:
    """A document of as many A4 pages as it takes, which says that it is invented; the same bytes for the same words.

    In English only, in a typeface that every reader brings along. Of what people have put in, what it cannot write
    becomes a question mark; a title that it cannot write is a ``ValueError``.
    """
    title.encode(_LETTERS)
    wrapped = [part for line in lines for part in (wrap(line, _WIDTH) or [""])]
    pages = [wrapped[at : at + _LINES_A_PAGE] for at in range(0, len(wrapped), _LINES_A_PAGE)] or [[]]
    places = range(_FIRST_PAGE, _FIRST_PAGE + 2 * len(pages), 2)
    objects = [
        b"<< /Type /Catalog /Pages %d 0 R >>" % _TREE,
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (b" ".join(b"%d 0 R" % each for each in places), len(pages)),
        _font(b"Helvetica"),
        _font(b"Helvetica-Bold"),
    ]
    for place, page in zip(places, pages, strict=True):
        objects += [_page(place + 1), _stream(_drawn(title, page))]
    return _file(objects)


def signed_paper(title: str, lines: Sequence[str], key_pem: str, certificate_pem: str) -> bytes:
    """A ``paper`` with a PAdES signature over the whole file that allows no change; it differs at each call."""
    document = paper(title, lines)
    # The library of signatures takes eight megabytes, and whoever plays cases of lookups can do without.
    from gateway.sdk.sandbox.paper_signature import sign

    # The library signs on a loop of its own, and a stand-in calls this from within one.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, sign(document, key_pem, certificate_pem)).result()


def make_documents_key(common_name: str) -> tuple[str, str]:
    """A new key and its self-signed certificate, both in PEM: what an invented state signs documents with."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True, "content_commitment": True}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID[0])
        .not_valid_after(_VALID[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode("ascii"), certificate.public_bytes(Encoding.PEM).decode("ascii")


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _font(name: bytes) -> bytes:
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>" % name


def _page(content: int) -> bytes:
    fonts = b"<< /Font << /F1 %d 0 R /F2 %d 0 R >> >>" % (_PLAIN, _BOLD)
    size = b"/MediaBox [0 0 595 842]"
    return b"<< /Type /Page /Parent %d 0 R %b /Resources %b /Contents %d 0 R >>" % (_TREE, size, fonts, content)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _drawn(title: str, lines: Sequence[str]) -> bytes:
    """The page's text: the notice, the title, the lines."""
    drawn = [b"BT /F2 9 Tf 0.7 0 0 rg 56 800 Td 12 TL"]
    drawn += [b"(%b) Tj T*" % _escaped(line) for line in NOTICE]
    drawn += [b"ET BT /F2 18 Tf 0 g 56 750 Td (%b) Tj ET BT /F1 11 Tf 56 715 Td 15 TL" % _escaped(title)]
    drawn += [b"(%b) Tj T*" % _escaped(line) for line in lines]
    return b"\n".join([*drawn, b"ET"])


def _escaped(text: str) -> bytes:
    plain = text.encode(_LETTERS, "replace")
    return plain.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects, numbered from 1, with their table of offsets (ISO 32000-1, 7.5)."""
    out = BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, each in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, each))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, _CATALOGUE, start))
    return out.getvalue()
