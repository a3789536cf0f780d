"""What a file is by its content, judged while it arrives: PDF, JPEG or PNG, and nothing that only claims to be."""

from typing import Final

from gateway.errors import InvalidInput

HEAD_BYTES: Final = 64
TAIL_BYTES: Final = 1024
LARGEST_SIDE: Final = 20_000
MOST_PIXELS: Final = 100_000_000

_PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
_PDF_VERSIONS: Final = (b"%PDF-1.", b"%PDF-2.")
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


class Inspector:
    """Looks at both ends of one file of the declared type; raises ``InvalidInput`` when it is something else.

    It does not read what lies between: that is for the virus scanner and for whoever decides. A picture's size is
    judged before anybody unpacks it: sides of 20,000 pixels and 100 million pixels at most.
    """

    def __init__(self, media_type: str) -> None:
        self._media_type = media_type
        self._head = self._tail = b""
        self._judged = False

    def feed(self, part: bytes) -> None:
        """Looks at the next part; a wrong beginning is refused at once."""
        if not self._judged:
            self._head = (self._head + part)[:HEAD_BYTES]
            if len(self._head) == HEAD_BYTES:
                self._judge_head()
        self._tail = (self._tail + part[-TAIL_BYTES:])[-TAIL_BYTES:]

    def finish(self) -> None:
        """Looks at the end."""
        if not self._judged:
            self._judge_head()
        _demand(_ENDS[self._media_type](self._tail))

    def _judge_head(self) -> None:
        _demand(_BEGINNINGS[self._media_type](self._head))
        self._judged = True


def _demand(fits: bool) -> None:
    if not fits:
        raise InvalidInput("attachment_content")


def _begins_as_pdf(head: bytes) -> bool:
    return head.startswith(_PDF_VERSIONS) and head[7:8].isdigit()


def _ends_as_pdf(tail: bytes) -> bool:
    """ISO 32000-1, 7.5.5: the offset of the last table, then the mark; readers look for both in the last kilobyte."""
    mark = tail.rfind(b"%%EOF")
    return mark > tail.rfind(b"startxref") >= 0 and not tail[mark + 5 :].strip()


def _begins_as_jpeg(head: bytes) -> bool:
    return head.startswith(_JPEG_START)


def _ends_as_jpeg(tail: bytes) -> bool:
    """Some cameras fill the last block with zeros."""
    return tail.rstrip(b"\x00").endswith(_JPEG_END)


def _begins_as_png(head: bytes) -> bool:
    if not head.startswith(_PNG) or len(head) < len(_PNG) + 8:
        return False
    width, height = (int.from_bytes(head[at : at + 4], "big") for at in (len(_PNG), len(_PNG) + 4))
    return 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE and width * height <= MOST_PIXELS


def _ends_as_png(tail: bytes) -> bool:
    return tail.endswith(_PNG_END)


_BEGINNINGS: Final = {
    "application/pdf": _begins_as_pdf,
    "image/jpeg": _begins_as_jpeg,
    "image/png": _begins_as_png,
}
_ENDS: Final = {"application/pdf": _ends_as_pdf, "image/jpeg": _ends_as_jpeg, "image/png": _ends_as_png}
MEDIA_TYPES: Final = tuple(_BEGINNINGS)
