"""Name plates with field maps: adapters without code, for JSON over HTTP."""

from gateway.field_map.adapter import MappedLookup, MappedSystem, build, check
from gateway.field_map.explaining import Explained, explain
from gateway.field_map.findings import Finding
from gateway.field_map.model import FieldMap

__all__ = ["Explained", "FieldMap", "Finding", "MappedLookup", "MappedSystem", "build", "check", "explain"]
