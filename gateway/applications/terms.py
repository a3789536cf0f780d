"""The term of an application, which stands still while the state waits for the applicant."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from gateway.applications.kept import Application
from gateway.applications.working_days import WorkingDays, local_day
from gateway.schema.application import ApplicationStatus
from gateway.schema.country import Country

_WAITED_FOR: Final = frozenset({ApplicationStatus.needs_citizen, ApplicationStatus.awaiting_payment})


@dataclass(frozen=True, slots=True)
class Terms:
    """Ends of terms, in working days of the deciding state."""

    working_days: WorkingDays

    def end(self, country: Country, begun: datetime, days: int) -> date:
        """The last day of a term of so many working days; the day on which it begins does not count."""
        return self.working_days.expected(country, local_day(country, begun), days)

    def follow(self, application: Application, now: datetime, *, fresh: bool) -> Application:
        """The application as a state has just told of it, its term standing still or running.

        ``fresh`` is whether it told anything new: who has answered is not waited for again by the same word.
        """
        if application.status not in _WAITED_FOR:
            return self.go_on(application, now)
        return stop(application, now) if fresh else application

    def go_on(self, application: Application, now: datetime) -> Application:
        """Nobody is waited for any more: the term ends as many working days later as the applicant was waited for.

        What was overdue before stays so, and its day stays as it was.
        """
        since, country, last = application.stopped_at, application.country, application.expected_on
        if since is None:
            return application
        after = replace(application, stopped_at=None)
        stopped_on = local_day(country, since)
        if last is None or application.overdue_at is not None or last < stopped_on:
            return after
        waited = self.working_days.between(country, stopped_on, local_day(country, now))
        return replace(after, expected_on=self.working_days.expected(country, last, waited))


def stop(application: Application, now: datetime) -> Application:
    """The term stands still from now on, if it does not already and the state waits for the applicant."""
    if application.status not in _WAITED_FOR or application.stopped_at is not None:
        return application
    return replace(application, stopped_at=now)
