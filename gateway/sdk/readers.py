"""The strict readers of what strangers send: JSON, XML and separated values."""

from gateway.sdk.csv_reader import read_csv
from gateway.sdk.json_reader import MalformedJson, parse_json, read_json
from gateway.sdk.xml_reader import read_xml

__all__ = ["MalformedJson", "parse_json", "read_csv", "read_json", "read_xml"]
