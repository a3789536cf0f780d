"""From verified claims to evidence: only what the name plate accepts is read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from gateway.errors import InvalidIdentifier, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.answers import believed, plain
from gateway.identity.providers.base import Evidence
from gateway.identity.providers.door import lied
from gateway.identity.providers.plate import ProviderPlate
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

UNKNOWN_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When the provider does not say when the person authenticated, it was long ago: never recent enough for a step-up."""

_PROTOCOL: Final = frozenset(
    {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp", "at_hash", "c_hash", "s_hash"}
    | {"acr", "amr", "auth_time", "sid"}
)
"""What the protocol itself puts in an ID token; its reader has looked at it."""


def make_evidence(
    plate: ProviderPlate, claims: Mapping[str, Any], userinfo: Mapping[str, Any], now: datetime
) -> Evidence:
    """The evidence in an ID token's claims and in userinfo; raises ``ProviderGarbled`` or ``SignInRejected``."""
    accepted = accepted_claims(plate, claims, userinfo)
    level = plate.assurance.level(accepted.get(plate.assurance.claim))
    authenticated = claims.get("auth_time")
    return Evidence(
        provider=plate.id,
        issuer=claims["iss"],
        subject=claims["sub"],
        assurance=level,
        authenticated_at=UNKNOWN_MOMENT if authenticated is None else datetime.fromtimestamp(int(authenticated), UTC),
        # At the lowest level nobody has looked at the number, whatever the claim may say.
        identifier=None if level is Assurance.LOW else _identifier(plate, accepted, now),
        provider_session=claims.get("sid"),
    )


def accepted_claims(plate: ProviderPlate, claims: Mapping[str, Any], userinfo: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the name plate accepts of both; raises ``ProviderGarbled`` where they contradict each other."""
    said = {**userinfo, **claims}
    for name in plate.accepts:
        if name in claims and name in userinfo and claims[name] != userinfo[name]:
            raise lied(plate, "claims_disagree")
    protocol = _PROTOCOL - set(plate.accepts)
    return believed(plate, {name: value for name, value in said.items() if name not in protocol})


def _identifier(plate: ProviderPlate, accepted: Mapping[str, Any], now: datetime) -> NationalIdentifier | None:
    rule = plate.identifier
    if rule is None:
        return None
    if rule.claim not in accepted:
        # Consent is given claim by claim, and without this one nothing could be asked about the person.
        raise SignInRejected("signin_withheld", provider=plate.id)
    try:
        country = rule.country or Country(plain(accepted.get(rule.country_claim or "")))
    except ValueError as problem:
        raise lied(plate, "identifier_country") from problem
    try:
        return NationalIdentifier.parse(country, plain(accepted[rule.claim]), today=now.date())
    except InvalidIdentifier as problem:
        raise lied(plate, "identifier") from problem
