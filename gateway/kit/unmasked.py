"""Raw text of a national system with whatever tells of a person or of a secret masked, so that it can be shown."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.kit.masking import is_open, looks_like_a_code, shape

HIDDEN: Final = "•••"
_SECRET_KEYS: Final = re.compile(
    r"(authorization|proxy-authorization|cookie|set-cookie|access_token|refresh_token|id_token|token|assertion"
    r"|client_secret|password|passwd|secret|api[-_]?key|x-api-key|apikey|signature)",
    re.IGNORECASE,
)
# By what a member is called, in the words that systems use for people.
_PERSONAL_KEYS: Final = re.compile(
    r"(name|phone|mobile|tel|mail|address|birth|born|dob|person|subject|civil|nin|iqama|cpr|qid|passport|holder"
    r"|owner|party|identity|identifier|insured|plate|street|building|iban|اسم|هاتف|جوال|عنوان|ميلاد|هوية|مدني)",
    re.IGNORECASE,
)
_LONG_NUMBER: Final = re.compile(r"[0-9٠-٩۰-۹][0-9٠-٩۰-۹ -]{5,}[0-9٠-٩۰-۹]")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?|[0-9]{2}/[0-9]{2}/[0-9]{4}")
_MAIL: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_ELEMENT: Final = re.compile(r"<([\w:.-]+)([^<>]*)>([^<>]+)(?=<)")
_CELL: Final = re.compile(r"[^;,\n\r]+")
_PAIR: Final = re.compile(r"([A-Za-z_-]+)=([^&\s]+)")


@dataclass(frozen=True, slots=True)
class Masker:
    """``secrets`` are never shown, whatever ``personal`` says; ``known`` are values of people, ``told`` of nobody."""

    secrets: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    personal: bool = field(default=False)

    @classmethod
    def of(
        cls,
        secrets: Iterable[str],
        identifiers: Iterable[str],
        records: Iterable[Mapping[str, Any]],
        personal: bool = False,
    ) -> "Masker":
        """What a call and its records tell about which values are somebody's, and which are everybody's."""
        leaves = [leaf for record in records for leaf in leaves_of(record)]
        known = {*identifiers, *(text for path, text in leaves if is_personal(path))}
        told = {text for path, text in leaves if not is_personal(path)} - known
        long = sorted((each for each in known if len(each) > 2), key=len, reverse=True)
        return cls(tuple(each for each in secrets if len(each) > 3), tuple(long), frozenset(told), personal)

    def headers(self, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Each header, as it may be shown."""
        for name, value in headers.items():
            yield name, HIDDEN if _SECRET_KEYS.search(name) else self.text(value)

    def body(self, body: bytes) -> str:
        """A body, as it may be shown; what is no text is only measured."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return f"{len(body)} bytes"
        try:
            document = json.loads(text, parse_float=str)
        except ValueError:
            return self.text(self._other(text))
        return json.dumps(self.json(document), ensure_ascii=False, indent=2)

    def json(self, value: Any, key: str = "") -> Any:
        """A document with its leaves masked."""
        if isinstance(value, dict):
            return {
                name: self.json(each, name if not _PERSONAL_KEYS.search(key) else key) for name, each in value.items()
            }
        if isinstance(value, list):
            return [self.json(each, key) for each in value]
        if _SECRET_KEYS.search(key) and isinstance(value, str):
            return HIDDEN
        if value is None or isinstance(value, bool):
            return value
        masked = self.leaf(str(value), key)
        return value if masked == str(value) else masked

    def leaf(self, text: str, key: str = "") -> str:
        """One value under its key."""
        if self.personal or self.is_open(text, key):
            return self.text(text)
        return shape(self.text(text))

    def is_open(self, text: str, key: str = "") -> bool:
        """Whether a value surely tells of nobody: a code, a day, an amount, or what a record says of no person."""
        if any(each in text for each in self.known):
            return False
        if text in self.told or is_open(key):
            return True
        if _MAIL.search(text):
            return False
        if key and _PERSONAL_KEYS.search(key):
            return False
        return bool(_MOMENT.fullmatch(text)) or (looks_like_a_code(text) and not _LONG_NUMBER.search(text))

    def text(self, text: str) -> str:
        """Text without secrets, and unless people may be shown, without what is known of them and long numbers."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        if self.personal:
            return text
        for each in self.known:
            text = text.replace(each, shape(each))
        return _LONG_NUMBER.sub(lambda number: number[0] if _MOMENT.search(number[0]) else shape(number[0]), text)

    def _other(self, text: str) -> str:
        """XML, CSV or a form: every value between its signs."""
        if "=" in text and "<" not in text and "\n" not in text:
            return _PAIR.sub(
                lambda pair: f"{pair[1]}={HIDDEN if _SECRET_KEYS.search(pair[1]) else self.leaf(pair[2], pair[1])}",
                text,
            )
        if text.lstrip().startswith("<"):
            return _ELEMENT.sub(
                lambda found: f"<{found[1]}{found[2]}>{self._element(found[1].rpartition(':')[2], found[3])}", text
            )
        return _CELL.sub(lambda found: self.leaf(found[0], "value"), text)

    def _element(self, name: str, text: str) -> str:
        return HIDDEN if _SECRET_KEYS.search(name) else self.leaf(text, name)


def leaves_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a record with its path."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves_of(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves_of(each, f"{path}[{place}]")
    elif value is not None and not isinstance(value, bool):
        yield path, str(value)


_PERSONAL_PATHS: Final = re.compile(
    r"(^|\.)(identifier|subject|names?|phone|birth_date|address(es)?|plate|parties|employer|details\[\d+\]\.value)(\.|\[|$)"
)


def is_personal(path: str) -> bool:
    """Whether what stands at the path of a record tells of a person."""
    return bool(_PERSONAL_PATHS.search(path)) and not is_open(path)
