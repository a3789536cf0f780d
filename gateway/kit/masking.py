"""Values of people made unreadable, so that their form can still be judged: ``08123457`` becomes ``99999999``."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from gateway.kit.report import Difference

# What a record says that tells of nobody: by the end of its path. Everything else is masked.
_OPEN: Final = frozenset(
    {
        "status", "code", "kind", "country", "currency", "agency", "adapter", "notes", "flags", "role", "standing",
        "main", "calendar", "agrees", "length", "legal_form_code", "black_points", "fetched_at", "category",
        "national_status", "media_type", "signed",
    }
)  # fmt: skip
_INDEX: Final = re.compile(r"\[\d+\]")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}|[0-9]{1,5}|true|false|null|-?[0-9]{1,4}\.[0-9]{1,3}")


def shape(text: str) -> str:
    """The text with every digit and letter replaced by one of its kind: ``9`` or ``٩``, ``X``, ``x`` or ``س``."""
    return "".join(map(_shape, text))


def _shape(sign: str) -> str:
    if sign.isdigit():
        return "9" if sign.isascii() else "٩" if "ARABIC" in unicodedata.name(sign, "") else "9"
    if sign.isalpha():
        if "ARABIC" in unicodedata.name(sign, ""):
            return "س"
        return "X" if sign.isupper() else "x"
    return sign


def is_open(path: str) -> bool:
    """Whether what stands at the path of a record tells of nobody."""
    return _INDEX.sub("", path).rpartition(".")[2] in _OPEN


def masked_record(value: Any, path: str = "") -> Any:
    """A record as JSON with whatever tells of a person masked."""
    if isinstance(value, dict):
        return {key: masked_record(each, f"{path}.{key}" if path else key) for key, each in value.items()}
    if isinstance(value, list):
        return [masked_record(each, path) for each in value]
    if value is None or isinstance(value, bool) or is_open(path):
        return value
    return shape(str(value))


def masked_differences(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences as whoever approves may see them."""
    return tuple(
        difference
        if is_open(difference.path)
        else difference.model_copy(update={"came": shape(difference.came), "expected": shape(difference.expected)})
        for difference in differences
    )


def looks_like_a_code(text: str) -> bool:
    """Whether a text is a short word of a closed list, a short number or a truth value, and no free words."""
    return bool(_CODE.fullmatch(text))
