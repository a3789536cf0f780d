"""What an agency registers as one version of an adapter: its name plate, what it defines, and what it promises."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from pydantic import Field

from gateway.registry.definition import Definition, define
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.schema.base import Frozen

LARGEST = 524_288
"""Bytes of a whole submission, as JSON."""


class Submission(Frozen):
    """One version. ``definitions`` are services that the catalogue does not have; ``cases`` are by service.

    A case is JSON as ``adapters/README.md`` tells it.
    """

    plate: Manifest
    definitions: tuple[Service, ...] = Field((), max_length=100)
    cases: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict, max_length=100)

    @cached_property
    def document(self) -> bytes:
        """As JSON with sorted keys: what is kept, tested and approved."""
        # By way of JSON: to make Python's objects of it first takes twenty times as long.
        return orjson.dumps(orjson.loads(self.model_dump_json()), option=orjson.OPT_SORT_KEYS)

    @property
    def digest(self) -> str:
        """SHA-256 of the document, in hexadecimal."""
        return hashlib.sha256(self.document).hexdigest()

    def columns(self) -> Mapping[str, Any]:
        """The columns of ``registry_versions`` that come from the submission itself."""
        return {
            "version": self.plate.version,
            "digest": self.digest,
            "document": self.document,
            "plate": self.plate.model_dump_json().encode(),
            "catalogue": pack([define(service) for service in self.definitions]),
        }


def pack(definitions: Sequence[Definition]) -> bytes:
    """Definitions as JSON, both parts of each in base64."""
    return orjson.dumps([[b64encode(part).decode() for part in (each.summary, each.document)] for each in definitions])


def unpack(packed: bytes) -> Sequence[Definition]:
    """What ``pack`` packed."""
    return [Definition(*(b64decode(part) for part in parts)) for parts in orjson.loads(packed)]
