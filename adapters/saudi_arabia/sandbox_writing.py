"""How the stand-in writes dates, names and flags, and for whom it writes them as untidily as the real systems do."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from zlib import crc32

from adapters.saudi_arabia.hijri import hijri, written_hijri
from adapters.saudi_arabia.soap import elements
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

NULL = "null"
Values = Mapping[str, str]


def strikes(quirk: str, key: str, every: int) -> bool:
    """Whether ``quirk`` is one of those of ``key``: for one key in ``every``, and always for the same ones."""
    return crc32(f"{quirk}/{key}".encode()) % every == 0


def dmy(day: date | None) -> str:
    """A Gregorian day as ``dd-MM-yyyy``."""
    return day.strftime("%d-%m-%Y") if day else NULL


def hijri_dmy(day: date | None) -> str:
    """A day in the Umm al-Qura calendar as ``dd-MM-yyyy``."""
    return written_hijri(day) or NULL if day else NULL


def hijri_ymd(day: date) -> str:
    """A day in the Umm al-Qura calendar as ``yyyy-MM-dd``."""
    return "{}-{:02d}-{:02d}".format(*hijri(day))


def untidily(day: date, key: str, every: int = 9) -> date:
    """The day, or for some keys the one a year before: the real systems send pairs that disagree by as much."""
    return day - timedelta(days=354) if strikes("pair", key, every) else day


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
