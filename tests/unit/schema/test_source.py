"""A record says where it came from, to the adapter's version and the moment in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from gateway.schema import Country, Outcome, Source

MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_a_source_comes_back_from_json_equal() -> None:
    source = Source(
        country=Country.SA, agency="moc", adapter="saudi_arabia@1.0.0", fetched_at=MOMENT, reference="REF-1"
    )

    assert Source.model_validate_json(source.model_dump_json()) == source
    assert '"fetched_at":"2026-11-24T09:30:00Z"' in source.model_dump_json()


def test_the_moment_is_told_in_utc_whatever_clock_it_was_read_from() -> None:
    kuwait = MOMENT.astimezone(timezone(timedelta(hours=3)))
    source = Source(country=Country.KW, agency="paci", adapter="kuwait@1.0.0", fetched_at=kuwait)

    assert source.fetched_at.utcoffset() == timedelta(0)
    assert source.fetched_at == MOMENT


@pytest.mark.parametrize("adapter", ["kuwait", "kuwait@1", "Kuwait@1.0.0", "@1.0.0", "kuwait@1.0.0\n", "kuwait@1.0.0-"])
def test_an_adapter_is_named_with_its_whole_version(adapter: str) -> None:
    with pytest.raises(ValidationError, match="adapter"):
        Source(country=Country.KW, agency="paci", adapter=adapter, fetched_at=MOMENT)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="fetched_at"):
        Source(country=Country.KW, agency="paci", adapter="kuwait@1.0.0", fetched_at=MOMENT.replace(tzinfo=None))


def test_the_seven_outcomes_of_one_states_answer() -> None:
    assert [outcome.value for outcome in Outcome] == ["ok", "none", "refused", "late", "down", "garbled", "stale"]
