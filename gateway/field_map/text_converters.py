"""Converters of text: what is said to be text, in which digits, and what only says that there is none."""

import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import JsonValue

from gateway.field_map.kinds import JSON, TEXT, Around, BadArgument, Given, Kind, Made, Sort, plain
from gateway.field_map.scope import LONGEST_TEXT, Scope, Unfit, Unknown
from gateway.schema.digits import clean_text, fold_digits, has_lone_surrogates
from gateway.schema.names import NameParts
from gateway.schema.text import PartialText
from gateway.sdk.converters import NULL_WORDS, comma_slots

_MEMBERS: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59},[A-Za-z_][A-Za-z0-9_]{0,59}")
_COUNT: Final = re.compile(r"[1-9][0-9]?")


def text(value: Any, scope: Scope | None = None) -> str | None:
    """Text, trimmed, none where it is blank; a number is not text, for it has lost the zeros that it began with."""
    if type(value) is not str:
        raise Unfit("is not text")
    if len(value) > LONGEST_TEXT or (not value.isascii() and has_lone_surrogates(value)):
        raise Unfit("is no text of a bearable length")
    return value.strip() or None


def written(value: Any, scope: Scope | None = None) -> str | None:
    """Text, or a whole number as it is written."""
    return str(value) if type(value) is int else text(value)


def _null_words(argument: JsonValue, around: Around) -> Made:
    if argument is None:
        nulls = NULL_WORDS
    elif isinstance(argument, list) and argument and all(isinstance(each, str) for each in argument):
        nulls = frozenset(str(each).strip().lower() for each in argument)
    else:
        raise BadArgument('nothing, or a list of words such as {null_words = ["NULL", "N/A"]}')
    return lambda value, _: None if value.lower() in nulls else value, Given(Kind.text)


def _only_digits(argument: JsonValue, around: Around) -> Made:
    count = _count(argument)

    def only_digits(value: str, _: Scope) -> str:
        digits = fold_digits(value)
        if not (digits.isascii() and digits.isdigit()) or len(digits) > count:
            raise Unfit("is not so many digits")
        if len(digits) < count:
            raise Unknown("has lost some of its digits")
        return digits

    return only_digits, Given(Kind.text)


def _pad(argument: JsonValue, around: Around) -> Made:
    count = _count(argument)
    return lambda value, _: value.zfill(count), Given(Kind.text)


def _count(argument: JsonValue) -> int:
    if not isinstance(argument, str) or not _COUNT.fullmatch(argument):
        raise BadArgument("how many digits, such as 9")
    return int(argument)


def _words(argument: JsonValue, around: Around) -> Made:
    def arabic(value: str, _: Scope) -> PartialText:
        return PartialText(ar=value)

    def english(value: str, _: Scope) -> PartialText:
        return PartialText(en=value)

    def asked(value: str, scope: Scope) -> PartialText:
        return PartialText(ar=value) if scope.ask.language == "ar" else PartialText(en=value)

    made: dict[object, Callable[[str, Scope], PartialText]] = {"ar": arabic, "en": english, "asked": asked}
    if not isinstance(argument, str) or argument not in made:
        raise BadArgument("ar, en or asked")
    return made[argument], Given(Kind.words)


def _both(argument: JsonValue, around: Around) -> Made:
    pair = "ar,en" if argument is None else argument
    if not isinstance(pair, str) or not _MEMBERS.fullmatch(pair):
        raise BadArgument("nothing, or the names of two members such as nameAr,nameEn")
    arabic, english = pair.split(",")

    def both(value: Any, _: Scope) -> PartialText | None:
        if type(value) is not dict:
            raise Unfit("is not an object")
        ar, en = value.get(arabic), value.get(english)
        return PartialText.of(None if ar is None else text(ar), None if en is None else text(en))

    return both, Given(Kind.words)


def _name(argument: JsonValue, around: Around) -> Made:
    if argument == "comma_slots":
        return lambda value, _: comma_slots(value), Given(Kind.name)
    if argument == "whole":
        return lambda value, _: NameParts.of(full=value), Given(Kind.name)
    raise BadArgument("comma_slots or whole")


SORTS: Final = {
    "text": plain(JSON, text, Kind.text),
    "written": plain(JSON, written, Kind.text),
    "trim": plain(TEXT, lambda value, _: value.strip() or None, Kind.text),
    "clean": plain(TEXT, lambda value, _: clean_text(value) or None, Kind.text),
    "upper": plain(TEXT, lambda value, _: value.upper(), Kind.text),
    "lower": plain(TEXT, lambda value, _: value.lower(), Kind.text),
    "digits": plain(TEXT, lambda value, _: fold_digits(value), Kind.text),
    "only_digits": Sort(TEXT, "how many", _only_digits),
    "pad": Sort(TEXT, "how many", _pad),
    "null_words": Sort(TEXT, "nothing or a list of words", _null_words),
    "words": Sort(TEXT, "ar, en or asked", _words),
    "both": Sort(JSON, "nothing or two members", _both),
    "name": Sort(TEXT, "comma_slots or whole", _name),
}
