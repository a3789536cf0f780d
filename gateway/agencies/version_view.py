"""A version as its agency sees it."""

from typing import Any, Literal

import orjson
from pydantic import Field
from sqlalchemy import Row

from gateway.agencies.moments import Moment, moment
from gateway.schema.base import Frozen

VersionStanding = Literal["draft", "passed", "submitted", "endorsed", "approved", "refused", "withdrawn"]


class VersionSummary(Frozen):
    """A version in a list."""

    version: str
    standing: VersionStanding
    digest: str
    made_by: str
    made_at: Moment
    changed_at: Moment


class VersionPage(Frozen):
    """Versions of an adapter, the newest first; `next` is the `after` of the page that follows."""

    versions: tuple[VersionSummary, ...]
    next: str | None = Field(description="Null on the last page.")


class VersionView(VersionSummary):
    """A version whole, as it was handed in, with the newest report of the acceptance kit."""

    adapter: str
    plate: dict[str, Any]
    definitions: tuple[dict[str, Any], ...]
    cases: dict[str, tuple[dict[str, Any], ...]]
    report: dict[str, Any] | None


def version_summary(row: Row[Any]) -> VersionSummary:
    """Of a row of ``registry_versions``."""
    return VersionSummary(**_shared(row))


def version_view(row: Row[Any]) -> VersionView:
    """Of a row of ``registry_versions``."""
    document = orjson.loads(row.document)
    return VersionView(
        **_shared(row),
        adapter=row.adapter_id,
        plate=document["plate"],
        definitions=tuple(document["definitions"]),
        cases={service: tuple(cases) for service, cases in document["cases"].items()},
        report=orjson.loads(row.report) if row.report else None,
    )


def _shared(row: Row[Any]) -> dict[str, Any]:
    return {
        "version": row.version,
        "standing": row.standing,
        "digest": row.digest,
        "made_by": row.made_by,
        "made_at": moment(row.made_at),
        "changed_at": moment(row.changed_at),
    }
