"""The person, or the program, that a verified token speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.identity.confirmation import Confirmation
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier


class Assurance(StrEnum):
    """How sure the identity provider is of the person: ``low < substantial < high``."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for the lowest; levels compare by it, not by the alphabet."""
        return _RANKS[self]

    def __lt__(self, other: object) -> bool:
        return self.rank < other.rank if isinstance(other, Assurance) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.rank <= other.rank if isinstance(other, Assurance) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.rank > other.rank if isinstance(other, Assurance) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.rank >= other.rank if isinstance(other, Assurance) else NotImplemented


_RANKS: Mapping[Assurance, int] = {level: rank for rank, level in enumerate(Assurance)}


@dataclass(frozen=True, slots=True)
class Principal:
    """Proof that a token was verified; only ``gateway.identity`` makes one.

    ``subject`` is opaque and stable for the person. ``identifiers`` holds what each state calls the person and
    ``home`` is the state whose identity provider vouched. ``client`` is the program that holds the token and
    ``scopes`` what it may do; ``countries`` limits it to some states, ``None`` to none. ``token_id`` is the
    token's ``jti`` and ``session`` the sign-in it came from. ``confirmation`` is the key or certificate whose
    holder alone may use the token, ``None`` where its bearer may. ``purposes`` are those that the person allowed,
    ``None`` for all; ``actor`` is the program of an agency that acts for the person (RFC 8693), ``None`` where the
    person does. Times are aware, in UTC.
    """

    subject: str
    identifiers: Mapping[Country, NationalIdentifier]
    home: Country
    assurance: Assurance
    client: str
    scopes: frozenset[str]
    countries: frozenset[Country] | None
    token_id: str
    expires_at: datetime
    session: str | None = None
    authenticated_at: datetime | None = None
    confirmation: Confirmation | None = None
    purposes: frozenset[str] | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Proof that a token was verified which a program holds for itself; only ``gateway.identity`` makes one.

    There is no person behind it, so it is no ``Principal``: what is asked about a person, or for one, cannot be asked
    with it, and the types say so. Fields as in ``Principal``.
    """

    client: str
    scopes: frozenset[str]
    countries: frozenset[Country] | None
    token_id: str
    expires_at: datetime
    confirmation: Confirmation | None = None
    session: None = None
