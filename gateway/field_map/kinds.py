"""What flows from one converter to the next, and what a field takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from pydantic import JsonValue

from gateway.field_map.scope import Scope
from gateway.schema.country import Country
from gateway.schema.dates import DayOrder

Step = Callable[[Any, Scope], Any]
"""Takes a value, never ``None``, and gives another, ``None`` where it says that there is none; raises ``Unfit``."""

Value = str | bool


class Kind(StrEnum):
    """The kinds of values; ``json`` is whatever the answer holds, read strictly by the first converter."""

    json = "json"
    text = "text"
    whole = "whole"
    number = "number"
    boolean = "boolean"
    code = "code"
    words = "words"
    label = "label"
    name = "name"
    day = "day"
    hijri = "hijri"
    zone = "zone"
    moment = "moment"
    month = "month"
    money = "money"
    phone = "phone"
    nationality = "nationality"
    country = "country"
    identifier = "identifier"
    part = "part"


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule gives: ``kind``, and of a code the words that it can be."""

    kind: Kind
    words: frozenset[Value] = frozenset()


@dataclass(frozen=True, slots=True)
class HijriDay:
    """A Hijri day as it is written, not yet looked up in the calendar."""

    written: str
    order: DayOrder


@dataclass(frozen=True, slots=True)
class ZoneDay:
    """A day of which the century is not written, as in a machine-readable zone: ``yyMMdd``."""

    written: str

    def is_the_day(self, day: date) -> bool:
        """Whether it may be that day."""
        return f"{day:%y%m%d}" == self.written


class BadArgument(ValueError):
    """What stands behind a converter's name is not what it takes; the text says what it takes."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a converter may know when it is made: the map's state and tables, and a maker of getters of paths."""

    country: Country
    tables: Mapping[str, Mapping[str, Value]]
    getter: Callable[[str], Callable[[Any, Scope], Any]]


Made = tuple[Step, Given]
Make = Callable[[JsonValue, Around], Made]


@dataclass(frozen=True, slots=True)
class Sort:
    """One converter of the list: what it takes, what stands behind its name, and how it is made."""

    takes: frozenset[Kind]
    argument: str
    make: Make


JSON: Final = frozenset({Kind.json})
TEXT: Final = frozenset({Kind.text, Kind.code})


def plain(takes: frozenset[Kind], step: Step, gives: Kind) -> Sort:
    """A converter with nothing behind its name."""

    def make(argument: JsonValue, around: Around) -> Made:
        if argument is not None:
            raise BadArgument("nothing behind its name")
        return step, Given(gives)

    return Sort(takes, "", make)
