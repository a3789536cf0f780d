"""The mint of access tokens (RFC 9068)."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.identity.clock import SteadyClock
from gateway.identity.confirmation import Confirmation
from gateway.identity.keys import KeyRing
from gateway.identity.principal import Assurance
from gateway.identity.rules import LONGEST_LIFE, TOKEN_TYPE
from gateway.identity.seal import IdentifierSeal, Sealed
from gateway.identity.strict import Limits
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

LIFE = 300
"""Seconds that a token lives unless the mint is told otherwise."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The person a token is minted for; ``subject`` is opaque, ``authenticated_at`` in seconds since 1970."""

    subject: str
    identifiers: Mapping[Country, NationalIdentifier]
    home: Country
    assurance: Assurance
    session: str | None = None
    authenticated_at: int | None = None


class TokenMint:
    """Mints ``at+jwt`` tokens whose reader learns nothing of the person.

    A program that holds a token, a proxy that logs it and a browser that keeps it can all read a signed JWT.
    So ``sub`` is an opaque number, and the national identifiers, with the home state, stand in ``ids``: sealed
    with AES-256-GCM under the gateway's own key ring and bound to this token's ``jti``. The other way, an
    identifier table looked up by ``sub``, would cost every request a read of the database, or a cache of
    personal data beside it; sealed, each worker opens what the request brought and forgets it with the token.
    """

    def __init__(
        self,
        keys: KeyRing,
        seal: IdentifierSeal,
        *,
        issuer: str,
        audience: str,
        life: int = LIFE,
        clock: Callable[[], float] | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16),
    ) -> None:
        if not 0 < life <= LONGEST_LIFE:
            raise ValueError("no verifier would believe a token that lives so long")
        self._keys = keys
        self._seal = seal
        self._issuer = issuer
        self._audience = audience
        self._life = life
        self._clock = clock or SteadyClock()
        self._new_id = new_id

    def mint(
        self,
        holder: Holder,
        *,
        client: str,
        scopes: Iterable[str],
        countries: Iterable[Country] | None = None,
        confirmation: Confirmation | None = None,
        purposes: Iterable[str] | None = None,
        acting: bool = False,
        until: int | None = None,
    ) -> str:
        """A token for ``client`` to act for ``holder`` within ``scopes`` and, if given, ``countries`` and ``purposes``.

        With ``confirmation`` it is good only in the hands of whoever holds that key or certificate. ``acting`` says
        that the program, and not the person, is at the keyboard (RFC 8693, 4.1). ``until`` ends it early, in seconds
        since 1970. Raises ``ValueError`` when it would show an identifier, name a home state without one, be called
        as the program is, or be larger than the verifier reads.
        """
        _refuse_telling_subject(holder)
        if holder.subject == client:
            raise ValueError("a person cannot be called as the program is: the token would be the program's own")
        claims = self._claims(client, scopes, countries, confirmation)
        claims |= self._about(holder, claims["jti"])
        if purposes is not None:
            claims["purposes"] = sorted(purposes)
        if acting:
            claims["act"] = {"sub": client}
        if until is not None:
            claims["exp"] = min(claims["exp"], until)
        return self._signed(claims)

    def mint_program(
        self,
        client: str,
        *,
        scopes: Iterable[str],
        countries: Iterable[Country] | None = None,
        confirmation: Confirmation | None = None,
    ) -> str:
        """A token that ``client`` holds for itself: its subject is the program, and it speaks for no person.

        Raises ``ValueError`` when it would be larger than the verifier reads.
        """
        return self._signed({**self._claims(client, scopes, countries, confirmation), "sub": client})

    def _signed(self, claims: Mapping[str, Any]) -> str:
        token = self._keys.current.signed(claims, typ=TOKEN_TYPE)
        if len(token) > Limits().token_characters:
            raise ValueError("the token is larger than the verifier reads: give it fewer scopes")
        return token

    def _claims(
        self,
        client: str,
        scopes: Iterable[str],
        countries: Iterable[Country] | None,
        confirmation: Confirmation | None,
    ) -> dict[str, Any]:
        now = int(self._clock())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "client_id": client,
            "iat": now,
            "nbf": now,
            "exp": now + self._life,
            "jti": self._new_id(),
            "scope": " ".join(sorted(scopes)),
        }
        if countries is not None:
            claims["countries"] = sorted(countries)
        if confirmation is not None:
            claims["cnf"] = confirmation.claim
        return claims

    def _about(self, holder: Holder, token_id: str) -> dict[str, Any]:
        """What the token says of the person, whose numbers are sealed for this token."""
        sealed = Sealed(home=holder.home, identifiers=tuple(holder.identifiers.values()))
        claims: dict[str, Any] = {
            "sub": holder.subject,
            "acr": holder.assurance.value,
            "ids": self._seal.seal(sealed, token_id),
        }
        if holder.session is not None:
            claims["sid"] = holder.session
        if holder.authenticated_at is not None:
            claims["auth_time"] = holder.authenticated_at
        return claims


def new_subject() -> str:
    """A fresh opaque subject: 128 bits that say nothing."""
    return secrets.token_urlsafe(16)


def _refuse_telling_subject(holder: Holder) -> None:
    if holder.home not in holder.identifiers:
        raise ValueError("the holder has no identifier in the home state")
    for identifier in holder.identifiers.values():
        if identifier.value in holder.subject or identifier.value in (holder.session or ""):
            raise ValueError("the subject and the session must be opaque, and one shows an identifier")
