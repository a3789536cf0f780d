"""How the stand-in writes dates, names and flags, and for whom it writes them as untidily as the real systems do."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from zlib import crc32

from adapters.saudi_arabia.soap import elements
from gateway.sdk import Country, hijri_to_gregorian
from gateway.sdk import sandbox as kit

NULL = "null"
Values = Mapping[str, str]

_EPOCH = date(622, 7, 16)
_MEAN_YEAR = 354.36708


def strikes(quirk: str, key: str, every: int) -> bool:
    """Whether ``quirk`` is one of those of ``key``: for one key in ``every``, and always for the same ones."""
    return crc32(f"{quirk}/{key}".encode()) % every == 0


def dmy(day: date | None) -> str:
    """A Gregorian day as ``dd-MM-yyyy``."""
    return day.strftime("%d-%m-%Y") if day else NULL


def hijri_dmy(day: date | None) -> str:
    """A day in the Umm al-Qura calendar as ``dd-MM-yyyy``."""
    return "{2:02d}-{1:02d}-{0}".format(*hijri(day)) if day else NULL


def hijri_ymd(day: date) -> str:
    """A day in the Umm al-Qura calendar as ``yyyy-MM-dd``."""
    return "{}-{:02d}-{:02d}".format(*hijri(day))


def untidily(day: date, key: str, every: int = 9) -> date:
    """The day, or for some keys the one a year before: the real systems send pairs that disagree by as much."""
    return day - timedelta(days=354) if strikes("pair", key, every) else day


@lru_cache(maxsize=8192)
def hijri(day: date) -> tuple[int, int, int]:
    """Year, month and day in the Umm al-Qura calendar, found from the first days of its months."""
    year = int((day - _EPOCH).days / _MEAN_YEAR) + 1
    near = range(max(year - 1, 1343), min(year + 1, 1500) + 1)
    first, found, month = max(each for one in near for each in _first_days(one) if each[0] <= day)
    return found, month, (day - first).days + 1


@cache
def _first_days(year: int) -> tuple[tuple[date, int, int], ...]:
    """The first day of each month of a Hijri year, with year and month."""
    return tuple((hijri_to_gregorian(year, month, 1), year, month) for month in range(1, 13))


def flag(value: bool) -> str:
    """A truth value as the word that the bus sends."""
    return "true" if value else "false"


def code_of(country: str) -> str:
    """The number of a nationality as an ``xs:short``, leading zeros lost."""
    return str(int(kit.NUMERIC[country]))


def state_of(person: kit.SyntheticPerson) -> str:
    """The number of the state that issued a visitor's identifier, ``"null"`` for whom Saudi Arabia identified."""
    return NULL if person.home is Country.SA else code_of(person.home)


def listed(values: Values, name: str = "", rows: Iterable[Values] = ()) -> str:
    """Values as elements, followed by one element called ``name`` for each of ``rows``."""
    return elements(values) + "".join(f"<{name}>{elements(row)}</{name}>" for row in rows)
