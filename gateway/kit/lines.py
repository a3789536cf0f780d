"""On which line of a TOML file a key stands: the standard reader does not tell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_PART: Final = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*(\.|=|$)""")
# Whatever opens, closes or hides something else: strings first, for brackets and hashes inside them mean nothing.
_TOKEN: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]', re.DOTALL
)
_KEPT: Final = frozenset({"[", "]", "{", "}", '"""', "'''"})


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of each key as people write it, ``services.traffic-fines.agency`` or ``exemptions[1].rule``."""

    by_key: Mapping[str, int] = field(default_factory=dict)

    def of(self, key: str) -> int | None:
        """The line of the key, else that of the table in which it would stand; ``None`` outside all tables."""
        while key:
            if key in self.by_key:
                return self.by_key[key]
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return None


def lines_of(text: str) -> Lines:
    """The lines of a file that is TOML, or was meant to be."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, statement in _statements(text):
        if header := _HEADER.match(statement):
            table = ".".join(_key(header[2]))
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
            table = _indexed(table, counts)
            found.setdefault(table, number)
            continue
        prefix = table
        for part in _key(statement):
            prefix = f"{prefix}.{part}" if prefix else part
            found.setdefault(prefix, number)
    return Lines(found)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the line on which it begins; a value may go on over several lines."""
    begun, statement = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        begun = begun if statement else number
        statement += line
        if _is_whole(statement):
            if not statement.isspace() and not statement.lstrip().startswith("#"):
                yield begun, statement
            statement = ""
    if statement:
        yield begun, statement


def _is_whole(statement: str) -> bool:
    """Whether every bracket and long string that is opened is closed."""
    bare = _TOKEN.sub(lambda token: token[0] if token[0] in _KEPT else "", statement)
    opened = sum(bare.count(each) for each in "[{") - sum(bare.count(each) for each in "]}")
    return opened <= 0 and '"""' not in bare and "'''" not in bare


def _key(text: str) -> Iterator[str]:
    """The parts of a dotted key at the beginning of ``text``."""
    place = 0
    while part := _PART.match(text, place):
        yield part[1].strip("\"'")
        if part[2] != ".":
            return
        place = part.end()


def _indexed(table: str, counts: Mapping[str, int]) -> str:
    """The table's key with the number of each list of tables in it."""
    key = ""
    for part in table.split("."):
        key = f"{key}.{part}" if key else part
        bare = re.sub(r"\[\d+\]", "", key)
        if bare in counts:
            key = f"{key}[{counts[bare]}]"
    return key
