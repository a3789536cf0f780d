"""Promises of a principal that is kept: it comes back as it was, and nothing more."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.identity.principal import Assurance
from gateway.identity.snapshot import Snapshot
from gateway.schema import Country
from tests.support.office import applicant


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"countries": frozenset({Country.KW, Country.OM})},
        {"countries": frozenset()},
        {"assurance": Assurance.LOW, "scopes": frozenset()},
        {"session": "s-1", "authenticated_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_principal_comes_back_from_its_snapshot_as_it_was(changes: dict[str, Any]) -> None:
    principal = applicant(**changes)

    kept = Snapshot.of(principal).model_dump_json()

    assert Snapshot.model_validate_json(kept).principal() == principal
