"""The closed list of terms: what of the ask may stand in a request, and how it is written there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from gateway.field_map.findings import Findings
from gateway.field_map.formats import BadFormat, day_writer
from gateway.field_map.kinds import Value
from gateway.schema.country import Country
from gateway.schema.digits import fold_digits
from gateway.schema.identifier import IdentifierKind
from gateway.sdk import Ask


class Nothing(Exception):
    """What is asked for is nothing that the national system could know: nothing is sent, and nothing is found."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The ask, the state that is asked, and the value of the list's item where details are asked for."""

    ask: Ask
    country: Country
    item: str | None = None

    @property
    def own(self) -> bool:
        """Whether the subject is known by a number of the state that is asked."""
        return self.ask.subject.country is self.country


Term = Callable[[Asked], Any]
"""Gives the value of a term, ``None`` where it is absent; raises ``Nothing``."""

_INPUT: Final = re.compile(r"inputs\.([A-Za-z_][A-Za-z0-9_]{0,59})")
_HOLE: Final = re.compile(r"\{([^{}]*)\}")


def _standing(asked: Asked) -> str:
    if not asked.own:
        return "abroad"
    return "resident" if asked.ask.subject.kind is IdentifierKind.resident_id else "citizen"


def _abroad(read: Callable[[Asked], str]) -> Term:
    return lambda asked: None if asked.own else read(asked)


TERMS: Final[Mapping[str, Term]] = {
    "subject.value": lambda asked: asked.ask.subject.value,
    "subject.country": lambda asked: asked.ask.subject.country.value,
    "subject.alpha3": lambda asked: asked.ask.subject.country.facts.alpha3,
    "subject.numeric": lambda asked: asked.ask.subject.country.facts.numeric,
    "subject.kind": lambda asked: asked.ask.subject.kind.value,
    "subject.standing": _standing,
    "own.value": lambda asked: asked.ask.subject.value if asked.own else None,
    "abroad.value": _abroad(lambda asked: asked.ask.subject.value),
    "abroad.country": _abroad(lambda asked: asked.ask.subject.country.value),
    "abroad.alpha3": _abroad(lambda asked: asked.ask.subject.country.facts.alpha3),
    "abroad.numeric": _abroad(lambda asked: asked.ask.subject.country.facts.numeric),
    "purpose": lambda asked: asked.ask.purpose,
    "language": lambda asked: asked.ask.language,
    "reference": lambda asked: asked.ask.reference,
    "today": lambda asked: asked.ask.today.isoformat(),
    "item": lambda asked: asked.item,
}
"""Every term but ``inputs.<name>``, which is an input of the service by its name."""

FILTERS: Final = ("code", "date", "digits", "lower", "only_digits", "unpadded", "upper")
"""What may stand behind a term, after a ``|``."""


class Terms:
    """Makes terms of what is written, with the tables of one map."""

    def __init__(self, tables: Mapping[str, Mapping[str, Value]], findings: Findings) -> None:
        self._tables = tables
        self._findings = findings

    def term(self, written: str, key: str) -> Term | None:
        """The term, with its filters; ``None`` where that is a finding."""
        name, *filters = (each.strip() for each in written.split("|"))
        found = _INPUT.fullmatch(name)
        term = _input(found[1]) if found else TERMS.get(name)
        if term is None:
            self._findings.add(key, name, "one of " + ", ".join((*TERMS, "inputs.<name>")))
            return None
        for one in filters:
            make = self._filter(one)
            if make is None:
                self._findings.add(key, one, "one of " + ", ".join(FILTERS) + ", with what it takes")
                return None
            term = _filtered(term, make)
        return term

    def template(self, written: str, key: str) -> "Template | None":
        """Text with terms in braces; ``None`` where that is a finding."""
        parts: list[str | Term] = []
        at = 0
        for hole in _HOLE.finditer(written):
            parts.append(written[at : hole.start()])
            term = self.term(hole[1], key)
            if term is None:
                return None
            parts.append(term)
            at = hole.end()
        parts.append(written[at:])
        if any(isinstance(each, str) and ("{" in each or "}" in each) for each in parts):
            self._findings.add(key, written, "braces only around terms")
            return None
        return Template(tuple(each for each in parts if each != ""))

    def _filter(self, written: str) -> Callable[[str], str] | None:
        name, _, argument = written.partition(":")
        plain: dict[str, Callable[[str], str]] = {
            "digits": lambda value: fold_digits(value).strip(),
            "lower": str.lower,
            "upper": str.upper,
            "unpadded": lambda value: value.lstrip("0") or "0",
        }
        if name in plain and not argument:
            return plain[name]
        if name == "only_digits" and re.fullmatch(r"[1-9][0-9]?", argument):
            return lambda value: _so_many_digits(value, int(argument))
        if name == "code" and argument in self._tables:
            table = self._tables[argument]
            return lambda value: _looked_up(table, value)
        if name == "date":
            try:
                write = day_writer(argument)
            except BadFormat:
                return None
            return lambda value: _rewritten(value, write)
        return None


@dataclass(frozen=True, slots=True)
class Template:
    """Text in which terms stand; as a whole absent where one of them is."""

    parts: tuple[str | Term, ...]

    @property
    def fixed(self) -> str | None:
        """The text where no term stands in it."""
        return "".join(str(each) for each in self.parts) if all(isinstance(each, str) for each in self.parts) else None

    @property
    def term(self) -> Term | None:
        """The term where nothing else stands in it."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return None if isinstance(only, str) else only

    def fill(self, asked: Asked, encode: Callable[[str], str] = str) -> str | None:
        """The text with every term written, each encoded for its place; ``None`` where a term is absent."""
        filled = []
        for part in self.parts:
            if isinstance(part, str):
                filled.append(part)
                continue
            value = as_text(part(asked))
            if value is None:
                return None
            filled.append(encode(value))
        return "".join(filled)


def as_text(value: Any) -> str | None:
    """A value as text; what has no plain writing, a list or an object, is absent."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | Decimal) else None


def _input(name: str) -> Term:
    return lambda asked: asked.ask.inputs.get(name)


def _filtered(term: Term, change: Callable[[str], str]) -> Term:
    def filtered(asked: Asked) -> str | None:
        value = as_text(term(asked))
        return None if value is None else change(value)

    return filtered


def _so_many_digits(value: str, count: int) -> str:
    if not (len(value) == count and value.isascii() and value.isdigit()):
        raise Nothing
    return value


def _looked_up(table: Mapping[str, Value], value: str) -> str:
    found = table.get(value, table.get("*", ""))
    if found == "":
        raise Nothing
    return str(found)


def _rewritten(value: str, write: Callable[[date], str]) -> str:
    try:
        return write(date.fromisoformat(value))
    except ValueError as problem:
        raise Nothing from problem
