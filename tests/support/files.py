"""Small files that are what they claim to be, and files that only claim it."""

import struct
import zlib
from collections.abc import AsyncIterator, Sequence

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 64 + b"\xff\xd9"
SECRET = b"PLAINTEXT-OF-AN-INVENTED-CONTRACT"
"""Stands in every part of ``long_pdf``: whoever finds it on disk has found plaintext."""


def long_pdf(size: int) -> bytes:
    """A PDF of so many bytes, full of ``SECRET``."""
    middle = size - len(PDF)
    return PDF[:9] + (SECRET * (middle // len(SECRET) + 1))[:middle] + PDF[9:]


def png(width: int = 2, height: int = 2) -> bytes:
    """A picture that says it is so large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 14)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*each) for each in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


async def in_pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """The bytes as a connection might bring them."""
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def joined(parts: AsyncIterator[bytes]) -> bytes:
    """The bytes of all parts."""
    return b"".join([part async for part in parts])


def pieces(data: bytes, size: int = 65_536) -> Sequence[bytes]:
    """The bytes in parts."""
    return [data[at : at + size] for at in range(0, len(data), size)]
