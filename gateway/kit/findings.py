"""What the kit finds: which rule, where, what came, what was expected, and in words what to do next."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from gateway.i18n import LANGUAGES, Catalogue, Language
from gateway.schema.base import Frozen

Severity = Literal["error", "warning"]


class Finding(Frozen):
    """One thing that is not as it should be.

    ``rule`` is its name for good: sentences, exemptions and scripts know it by that. ``file`` is relative to the
    adapter's folder (``None`` for what was registered), ``line`` counts from 1, ``field`` is a dotted key of the name
    plate or a path in a case. ``facts`` fill the gaps of the sentence. Nothing here is anybody's data.
    """

    rule: str
    severity: Severity = "error"
    file: str | None = None
    line: int | None = None
    field: str | None = None
    came: str | None = None
    expected: str | None = None
    facts: dict[str, str | int] = Field(default_factory=dict)

    @property
    def place(self) -> str:
        """``manifest.toml:12``, or as much of it as is known."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file or self.field or ""


def said(finding: Finding, catalogue: Catalogue, language: Language) -> str:
    """What is wrong, in one sentence."""
    return catalogue.text(f"kit.{finding.rule}.said", language, **_gaps(finding))


def remedy(finding: Finding, catalogue: Catalogue, language: Language) -> str:
    """What to do next, in one sentence."""
    return catalogue.text(f"kit.{finding.rule}.next", language, **_gaps(finding))


def as_document(finding: Finding, catalogue: Catalogue) -> Mapping[str, Any]:
    """The finding as JSON, with its sentences in both languages under ``message`` and ``next``."""
    return {
        **finding.model_dump(mode="json"),
        "message": {language: said(finding, catalogue, language) for language in LANGUAGES},
        "next": {language: remedy(finding, catalogue, language) for language in LANGUAGES},
    }


def _gaps(finding: Finding) -> Mapping[str, object]:
    known = {"field": finding.field, "came": finding.came, "expected": finding.expected, "file": finding.file}
    # A fact that is not known must not cost the reader the sentence.
    return defaultdict(lambda: "…", {**{name: value or "…" for name, value in known.items()}, **finding.facts})
