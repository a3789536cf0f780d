"""A mint and its verifier with invented keys and people, and a forger who signs whatever it is given."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, cast

import jwt
import pytest
from jwt.types import Options
from structlog.testing import capture_logs

from gateway.errors import Unauthenticated
from gateway.identity.keys import KeyRing, SigningKey, base64url
from gateway.identity.principal import Assurance, Principal
from gateway.identity.rules import TokenRules
from gateway.identity.seal import IdentifierSeal
from gateway.identity.tokens import Holder, TokenMint
from gateway.identity.verifier import TokenVerifier
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

ISSUER: Final = "https://gateway.example"
AUDIENCE: Final = "https://gateway.example/v1"
NOON: Final = 1_790_000_000.0
CLIENT: Final = "example-app"
SAUDI: Final = NationalIdentifier.parse(Country.SA, "1000000016", today=date(2026, 11, 24))
QATARI: Final = NationalIdentifier.parse(Country.QA, "28463412345", today=date(2026, 11, 24))
HOLDER: Final = Holder(
    subject="gJ0wQyq0v3c",
    identifiers={Country.SA: SAUDI, Country.QA: QATARI},
    home=Country.SA,
    assurance=Assurance.HIGH,
    session="session-1",
    authenticated_at=int(NOON) - 60,
)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Office:
    """One issuer: the keys, the mint that signs with them and verifiers as strict as a test wants them."""

    keys: KeyRing = field(
        default_factory=lambda: KeyRing(SigningKey.generate(), following=SigningKey.generate("EdDSA"))
    )
    seal: IdentifierSeal = field(default_factory=lambda: IdentifierSeal(os.urandom(32)))
    clock: Clock = field(default_factory=Clock)

    @property
    def key(self) -> SigningKey:
        return self.keys.current

    def mint(self, **options: Any) -> TokenMint:
        return TokenMint(self.keys, self.seal, issuer=ISSUER, audience=AUDIENCE, clock=self.clock, **options)

    def verifier(self, **options: Any) -> TokenVerifier:
        return TokenVerifier(self.keys, self.seal, issuer=ISSUER, audience=AUDIENCE, clock=self.clock, **options)

    def verifier_without(self, *names: str) -> TokenVerifier:
        """The same verifier built without these rules."""
        rules = TokenRules()
        header = {name: rule for name, rule in rules.header.items() if name not in names}
        claims = {name: rule for name, rule in rules.claims.items() if name not in names}
        assert len(header) + len(claims) + len(names) == len(rules.header) + len(rules.claims)
        return self.verifier(rules=replace(rules, header=header, claims=claims))

    def token(self, *, countries: list[Country] | None = None, scopes: tuple[str, ...] = ("lookups",)) -> str:
        """A good one."""
        return self.mint().mint(HOLDER, client=CLIENT, scopes=scopes, countries=countries)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token with these changed; ``...`` takes one away."""
        return changed(json.loads(decoded(self.token().split(".")[1])), changes)

    def header(self, **changes: Any) -> dict[str, Any]:
        """The header of a good token with these changed; ``...`` takes one away."""
        return changed({"alg": self.key.alg, "kid": self.key.kid, "typ": "at+jwt"}, changes)

    def forge(self, *, header: Any = None, claims: Any = None, key: SigningKey | None = None) -> str:
        """A token rightly signed with a key of the office over any header and claims, as JSON or raw bytes."""
        signer = key or self.key
        head = segment(self.header() if header is None else header)
        signing_input = f"{head}.{segment(self.claims() if claims is None else claims)}"
        return f"{signing_input}.{base64url(sign(signer, signing_input.encode()))}"


def sign(key: SigningKey, message: bytes) -> bytes:
    """The signature that the key makes by its own algorithm."""
    return jwt.get_algorithm_by_name(key.alg).sign(message, key.private)


def segment(value: Any) -> str:
    """One part of a token: bytes as they are, anything else as JSON."""
    return base64url(value if isinstance(value, bytes) else json.dumps(value).encode())


def decoded(part: str) -> bytes:
    """The bytes of one part."""
    return jwt.utils.base64url_decode(part)


def changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` with the changes; ``...`` takes a name away."""
    return {name: value for name, value in {**values, **changes}.items() if value is not ...}


def naive(token: str, key: Any, *algorithms: str, **options: bool) -> Mapping[str, Any]:
    """What a build with PyJWT alone makes of a token, every check of claims left out."""
    unchecked = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    merged = cast(Options, {**unchecked, **options})
    claims: Mapping[str, Any] = jwt.decode(token, key, algorithms=algorithms or ("ES256", "EdDSA"), options=merged)
    return claims


def accepted(verifier: TokenVerifier, token: str) -> Principal:
    """The principal of a token that must be believed."""
    principal = verifier.verify(token)
    assert principal.subject == HOLDER.subject
    return principal


def refused(action: Callable[[], object], *reasons: str) -> Unauthenticated:
    """The refusal that ``action`` must end in, with exactly one audit line, which gives one of the reasons."""
    with capture_logs() as lines, pytest.raises(Unauthenticated) as caught:
        action()
    assert [line["event"] for line in lines] == ["token.refused"]
    assert lines[0].keys() == {"event", "log_level", "reason"}
    if reasons:
        assert lines[0]["reason"] in reasons
    assert caught.value.status == 401
    assert caught.value.facts == {}
    return caught.value
