"""What a room does not know how to read is left out of the record, and noted on it instead."""

from collections.abc import Mapping
from typing import Final, TypeVar

from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.sdk.converters import alpha2, alpha2_of_numeric, phone

NATIONALITY_UNKNOWN: Final = "nationality_unknown"
"""A nationality code that is none of ISO 3166-1."""

PHONE_UNREADABLE: Final = "phone_unreadable"
"""What should be a telephone number is none of that state, nor an international one."""

KnownT = TypeVar("KnownT")


def known(code: str | None, meanings: Mapping[str, KnownT], unknown: str, notes: set[str]) -> KnownT | None:
    """What a code means; one that is not on the list is noted as ``unknown``."""
    if code is None:
        return None
    if code not in meanings:
        notes.add(unknown)
    return meanings.get(code)


def known_nationality(alpha3: str | None, notes: set[str]) -> str | None:
    """The alpha-2 code of an alpha-3 one; one that is not known is noted."""
    return _nationality(alpha2(alpha3), notes) if alpha3 else None


def known_numeric_nationality(numeric: str | None, notes: set[str]) -> str | None:
    """The alpha-2 code of a numeric one, with or without its leading zeros; one that is not known is noted."""
    return _nationality(alpha2_of_numeric(numeric), notes) if numeric else None


def known_phone(text: str | None, home: Country, notes: set[str]) -> str | None:
    """The number in E.164; a text that cannot be read as one is noted."""
    if not text:
        return None
    found = phone(text, home)
    if found is None:
        notes.add(PHONE_UNREADABLE)
    return found


def flags(notes: set[str], *identifiers: NationalIdentifier | None) -> tuple[str, ...]:
    """The notes of a record in their order, with what is to be noted of its identifiers."""
    return tuple(sorted(notes.union(*(each.flags for each in identifiers if each))))


def _nationality(code: str | None, notes: set[str]) -> str | None:
    if code is None:
        notes.add(NATIONALITY_UNKNOWN)
    return code
