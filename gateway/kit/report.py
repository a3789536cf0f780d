"""What the kit says of an adapter in the end: whether it passes, what it found, and how each case went."""

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from gateway.i18n import Catalogue
from gateway.kit.findings import Finding, as_document
from gateway.registry.manifest import Stage
from gateway.schema.base import Frozen

FORMAT = 1
"""Of the JSON: a higher one means that what reads it has to be looked at."""


class Difference(Frozen):
    """One place where an answer is not what was promised."""

    path: str
    came: str
    expected: str


class CaseResult(Frozen):
    """How one case went.

    ``played`` says against what: the adapter's own stand-in or the agency's (``sandbox``), or one of the kit's that
    misbehaves for it (``stand_in``). ``shows`` is ``found``, ``absent``, ``refused``, ``garbled``, ``down`` or
    ``late``, or a course of an application.
    """

    service: str
    shows: str
    promise: str
    place: str
    played: Literal["sandbox", "stand_in"]
    passed: bool
    status: str | None
    code: str | None
    took_ms: int
    differences: tuple[Difference, ...] = ()


class Report(Frozen):
    """The verdict, good for storing and showing: nothing in it is anybody's data.

    ``latency_ms`` is the 95th percentile of the answered cases by service, ``took_ms`` the whole run.
    """

    format: int = FORMAT
    adapter: str
    stage: Stage
    passed: bool
    findings: tuple[Finding, ...]
    cases: tuple[CaseResult, ...]
    latency_ms: dict[str, int]
    took_ms: int

    def as_json(self) -> bytes:
        """As it is kept; ``Report.model_validate_json`` reads it again."""
        return self.model_dump_json().encode()

    def document(self, catalogue: Catalogue) -> Mapping[str, Any]:
        """As it is shown: each finding has its sentences in both languages under ``message`` and ``next``."""
        return {
            **self.model_dump(mode="json"),
            "findings": [as_document(finding, catalogue) for finding in self.findings],
        }

    def shown(self, catalogue: Catalogue) -> bytes:
        """The document as JSON for people and programs, indented."""
        return orjson.dumps(self.document(catalogue), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def percentile95(values: list[int]) -> int:
    """The value that 95 of 100 do not exceed, by nearest rank; 0 of none."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
