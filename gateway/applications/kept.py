"""An application as it is kept: the row opened, its sealed parts read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import Field

from gateway.applications.life import Standing
from gateway.applications.view import ActionName, Actor, What
from gateway.i18n import Language
from gateway.identity.snapshot import Snapshot
from gateway.schema.application import ApplicationStatus
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, as tables keep moments."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment that a table keeps, aware, in UTC."""
    return _EPOCH + micros * _MICROSECOND


class Particulars(Frozen):
    """What was applied for and by whom; sealed at rest. ``identifier`` is the one that the applicant chose.

    ``events_url`` is where the state may tell of it: at every try the same, whichever worker makes it, for a state may
    refuse a repetition that is not one to the letter.
    """

    applicant: Snapshot
    inputs: dict[str, Any]
    identifier: NationalIdentifier | None = None
    purpose: str
    language: Language
    events_url: str = ""

    def asked(self) -> Mapping[str, Any]:
        """The inputs as policy and rooms take them."""
        return {**self.inputs, "identifier": self.identifier} if self.identifier else self.inputs


class Detail(Frozen):
    """What more is known of an event; sealed at rest."""

    action: ActionName | None = None
    national_status: str | None = None


class Supplied(Frozen):
    """What an action carries; sealed at rest."""

    values: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Application:
    """One application. ``reference`` is what the national system knows it by, ``standing`` how it stands.

    Its term stands still since ``stopped_at``, where that is set.
    """

    id: str
    person: str
    service: str
    country: Country
    agency: str
    reference: str
    particulars: Particulars
    standing: Standing
    created_at: datetime
    updated_at: datetime
    national_reference: str | None = None
    submitted_at: datetime | None = None
    expected_on: date | None = None
    overdue_at: datetime | None = None
    stopped_at: datetime | None = None
    decided_at: datetime | None = None
    track_at: datetime | None = None
    track_failures: int = 0

    @property
    def status(self) -> ApplicationStatus:
        """Where it stands."""
        return self.standing.status


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An application whose seals no key opens: what stands beside them."""

    id: str
    service: str
    country: Country
    agency: str
    status: ApplicationStatus
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    expected_on: date | None
    national_reference: str | None


Entry = Application | Unreadable
"""One of a person's applications as a list has it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an application; ``number`` counts from 1, ``entry`` is its ledger entry."""

    number: int
    at: datetime
    actor: Actor
    what: What
    status: ApplicationStatus
    detail: Detail = field(default_factory=Detail)
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something on its way to a state; its id is the reference by which the state knows a repetition.

    ``since`` is when its time began to run, ``attempts`` how often it was tried, the present time included.
    """

    id: str
    application: str
    kind: ActionName
    supplied: Supplied
    since: datetime
    attempts: int
