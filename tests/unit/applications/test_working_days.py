"""Promises of the days on which states work."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.applications.working_days import DayRule, WorkingDays, local_day
from gateway.errors import ConfigurationError
from gateway.schema.country import Country
from gateway.schema.text import Text

RULES = Path(__file__).parents[3] / "config/holidays.toml"
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (6, 7, 8, 9))
FIVE = [country for country in Country if country is not Country.AE]


def rule(country: Country, day: date, *, rests: bool) -> DayRule:
    return DayRule(
        country=country, day=day, rests=rests, name=Text(ar="يوم", en="A day"), source="invented", confirmed=True
    )


@pytest.mark.parametrize("country", FIVE)
def test_five_states_rest_on_friday_and_saturday(country: Country) -> None:
    days = WorkingDays()

    assert [days.works_on(country, day) for day in (FRIDAY, SATURDAY, SUNDAY)] == [False, False, True]


def test_the_emirates_rest_on_saturday_and_sunday_since_2022_and_on_friday_before() -> None:
    days = WorkingDays()

    assert [days.works_on(Country.AE, day) for day in (FRIDAY, SATURDAY, SUNDAY)] == [True, False, False]
    assert not days.works_on(Country.AE, date(2021, 12, 31))
    assert days.works_on(Country.AE, date(2022, 1, 7))


@pytest.mark.parametrize(
    ("country", "day"),
    [
        (Country.BH, date(2026, 12, 16)),
        (Country.KW, date(2026, 2, 25)),
        (Country.OM, date(2026, 11, 25)),
        (Country.QA, date(2025, 12, 18)),
        (Country.SA, date(2026, 9, 23)),
        (Country.AE, date(2026, 12, 2)),
    ],
)
def test_every_state_rests_on_its_own_national_day(country: Country, day: date) -> None:
    others = [other for other in Country if other is not country]

    assert not WorkingDays().works_on(country, day)
    assert any(WorkingDays().works_on(other, day) for other in others)


def test_a_rule_goes_before_the_library_and_before_the_weekend() -> None:
    days = WorkingDays(
        [rule(Country.QA, MONDAY, rests=True), rule(Country.QA, FRIDAY, rests=False)],
    )

    assert not days.works_on(Country.QA, MONDAY)
    assert days.works_on(Country.QA, FRIDAY)
    assert days.works_on(Country.BH, MONDAY)


def test_the_islamic_new_year_of_2026_falls_on_three_days_in_four_states() -> None:
    days = WorkingDays.load(RULES)

    resting = {
        country: [day for day in range(14, 19) if not days.works_on(country, date(2026, 6, day))]
        for country in (Country.AE, Country.BH, Country.KW, Country.OM)
    }
    assert resting == {Country.AE: [14, 15], Country.BH: [16], Country.KW: [16], Country.OM: [18]}


@pytest.mark.parametrize(
    ("country", "start", "days", "end"),
    [
        (Country.SA, date(2026, 11, 5), 1, SUNDAY),  # from a Thursday past the weekend
        (Country.AE, date(2026, 11, 5), 1, FRIDAY),
        (Country.AE, FRIDAY, 1, MONDAY),
        (Country.SA, FRIDAY, 2, MONDAY),  # handed in on a day of rest
        (Country.OM, date(2026, 11, 24), 2, date(2026, 11, 30)),  # past two national days and a weekend
        (Country.QA, date(2026, 12, 30), 3, date(2027, 1, 4)),  # past the end of the year
        (Country.BH, MONDAY, 0, MONDAY),
    ],
)
def test_a_term_ends_on_a_working_day_of_the_deciding_state(
    country: Country, start: date, days: int, end: date
) -> None:
    assert WorkingDays().expected(country, start, days) == end


def test_the_day_is_that_of_the_state_and_not_of_the_server() -> None:
    late = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)

    assert local_day(Country.BH, late) == date(2026, 11, 24)
    assert local_day(Country.OM, late) == date(2026, 11, 25)


def test_a_file_with_a_slip_of_the_pen_is_named(tmp_path: Path) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text('[[days]]\ncountry = "XX"\n', "utf-8")

    with pytest.raises(ConfigurationError) as raised:
        WorkingDays.load(path)

    assert "days[0].country" in str(raised.value.field)
