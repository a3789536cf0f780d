"""Days on which a state works, and the day by which it answers."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import Field

from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.toml_file import load_model

_DAY = timedelta(days=1)


class DayRule(Frozen):
    """What one day is in one state, whatever the library of holidays says of it.

    ``confirmed`` says whether the state has announced it; ``source`` is where it was read.
    """

    country: Country
    day: date
    rests: bool
    name: Text
    source: str = Field(min_length=1)
    confirmed: bool


class DayRules(Frozen):
    """The whole of ``config/holidays.toml``."""

    days: tuple[DayRule, ...] = ()


class WorkingDays:
    """The library's holidays, set right by rules; weekends are facts of each state."""

    def __init__(self, rules: Iterable[DayRule] = ()) -> None:
        self._rules: Mapping[tuple[Country, date], bool] = {(rule.country, rule.day): rule.rests for rule in rules}

    @classmethod
    def load(cls, path: Path) -> "WorkingDays":
        """Reads the rules; raises ``ConfigurationError`` naming file and key."""
        return cls(load_model(path, DayRules).days)

    def works_on(self, country: Country, day: date) -> bool:
        """Whether the public bodies of the state work on that day."""
        rests = self._rules.get((country, day))
        if rests is None:
            rests = country.facts.rests_on(day) or day in _holidays_of(country, day.year)
        return not rests

    def expected(self, country: Country, start: date, days: int) -> date:
        """The day that ends a term of so many working days of the state; the day of ``start`` does not count."""
        day = start
        while days > 0:
            day += _DAY
            days -= self.works_on(country, day)
        return day

    def between(self, country: Country, start: date, end: date) -> int:
        """How many working days of the state there are after ``start``, up to and with ``end``."""
        return sum(self.works_on(country, start + count * _DAY) for count in range(1, (end - start).days + 1))


def local_day(country: Country, moment: datetime) -> date:
    """What day it is in the state at that moment."""
    return moment.astimezone(country.facts.zone).date()


@cache
def _holidays_of(country: Country, year: int) -> frozenset[date]:
    # The library takes four megabytes, which a worker that gives nobody a term can do without.
    import holidays

    return frozenset(holidays.country_holidays(country.value, years=year))
