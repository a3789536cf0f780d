"""The token of a completed Nafath request: who signed it, for whom, about which person and which transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gateway.identity.principal import Assurance
from gateway.identity.providers.answers import believed, option, plain
from gateway.identity.providers.base import Evidence
from gateway.identity.providers.oidc.jwks import ProviderKeys
from gateway.identity.providers.oidc.signed import verify
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.strict import TokenError
from gateway.schema.identifier import NationalIdentifier

LEEWAY: Final = 120
"""Seconds that Nafath's clock may differ from ours, either way."""
LONGEST_LIFE: Final = 600
"""Seconds: the known token lives 150, and one that lives for hours is not of a request of a minute."""
NUMBERS: Final = ("nationalId", "iqamaNumber")
"""A citizen's number and a resident's; the one that the person has not got is absent or the word ``null``."""

_TYPES: Final = frozenset({None, "jwt"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the token must be about; times are in seconds since 1970, ``begun`` is when the sign-in was."""

    person: NationalIdentifier
    transaction: str
    begun: float
    now: float


@dataclass(frozen=True, slots=True)
class Expected:
    """What the plate says of every token, beside what was asked in this sign-in."""

    issuer: str
    audience: str
    service: str
    asked: Asked


Claims = Mapping[str, Any]
Rule = Callable[[Claims, Expected], bool]


def _times(claims: Claims, _expected: Expected) -> bool:
    # A bool is an int to Python; to a token it is a forgery.
    values = (claims.get("iat"), claims.get("exp"), claims.get("nbf", 1))
    return all(type(value) is int and value > 0 for value in values)


def _audience(claims: Claims, expected: Expected) -> bool:
    return claims.get("aud") in (expected.audience, [expected.audience])


def _transaction(claims: Claims, expected: Expected) -> bool:
    return plain(claims.get("transId")).lower() == expected.asked.transaction.lower()


def _person(claims: Claims, expected: Expected) -> bool:
    """Every number in the token is the one that was asked about, and there is one."""
    numbers = {number for name in NUMBERS if (number := _number(claims.get(name)))}
    return numbers == {expected.asked.person.value}


RULES: Mapping[str, Rule] = {
    "times": _times,
    "issuer": lambda claims, expected: claims.get("iss") == expected.issuer,
    "audience": _audience,
    "clock_ahead": lambda claims, expected: claims["iat"] <= expected.asked.now + LEEWAY,
    "not_before": lambda claims, expected: claims.get("nbf", 1) <= expected.asked.now + LEEWAY,
    # Made for this request, it cannot be older than it.
    "clock_behind": lambda claims, expected: claims["iat"] >= int(expected.asked.begun) - LEEWAY,
    "life": lambda claims, _expected: 0 < claims["exp"] - claims["iat"] <= LONGEST_LIFE,
    "expired": lambda claims, expected: expected.asked.now < claims["exp"] + LEEWAY,
    "status": lambda claims, _expected: claims.get("status") == "COMPLETED",
    "service": lambda claims, expected: claims.get("ServiceName") == expected.service,
    "transaction": _transaction,
    "person": _person,
}


class NafathTokens:
    """Turns an unverified token into evidence, by the plate and by the provider's keys."""

    def __init__(self, plate: ProviderPlate, keys: ProviderKeys, rules: Mapping[str, Rule] = RULES) -> None:
        self._plate = plate
        self._keys = keys
        self._rules = rules
        self._issuer = option(plate, "issuer")
        self._audience = option(plate, "audience")
        self._service = option(plate, "service")

    async def evidence(self, unverified_token: str, asked: Asked) -> Evidence:
        """The evidence; raises ``TokenError`` with a keyword, or ``ProviderError`` when there are no keys.

        The number is the subject: what ``sub`` counts no public source tells, and it need not be the number.
        """
        if not unverified_token:
            raise TokenError("token_missing")
        signed = await verify(unverified_token, self._keys, self._plate.algorithms, _TYPES)
        claims = believed(self._plate, signed.claims)
        expected = Expected(self._issuer, self._audience, self._service, asked)
        for name, rule in self._rules.items():
            if not rule(claims, expected):
                raise TokenError(name)
        level = self._plate.assurance.level(claims.get(self._plate.assurance.claim))
        return Evidence(
            provider=self._plate.id,
            issuer=self._issuer,
            subject=asked.person.value,
            assurance=level,
            authenticated_at=datetime.fromtimestamp(min(claims["iat"], asked.now), UTC),
            identifier=asked.person if level > Assurance.LOW else None,
        )


def _number(value: object) -> str:
    """The digits; Nafath writes some numbers as text and others as numbers."""
    return str(value) if type(value) is int else plain(value)
