"""Moments as they are shown: what is kept as seconds since 1970 goes out in UTC (RFC 3339)."""

from datetime import UTC, datetime

from gateway.schema.dates import Moment as Moment


def moment(seconds: int) -> datetime:
    """Of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def perhaps(seconds: int | None) -> datetime | None:
    """The same, where it is known."""
    return None if seconds is None else moment(seconds)
