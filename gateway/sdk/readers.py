"""The strict readers of what strangers send: JSON, XML and separated values."""

from typing import TYPE_CHECKING

from gateway.sdk.csv_reader import read_csv
from gateway.sdk.json_reader import MalformedJson, parse_json, read_json

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["MalformedJson", "parse_json", "read_csv", "read_json", "read_xml"]


def read_xml(body: bytes, **limits: int) -> "etree._Element":
    """The root element of a document in UTF-8; raises ``BackendGarbled`` where it cannot be believed.

    ``limits`` and what is refused are those of ``gateway.sdk.xml_reader``.
    """
    # lxml takes five megabytes, which a gateway whose states all speak JSON can do without.
    from gateway.sdk.xml_reader import read_xml as read

    return read(body, **limits)
