"""A program's DPoP key, and the proofs, good and bent, that it makes with it."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.identity.keys import base64url, thumbprint
from gateway.identity.vault import Finder
from gateway.oauth.dpop import DpopProofs
from gateway.oauth.dpop_rules import ProofRules, hash_of
from gateway.oauth.nonces import Nonces
from tests.support.openid_keys import ProviderKey, make_key
from tests.unit.identity.examples import NOON, Clock, changed

URL = "https://bawaba.example/v1/lookups/traffic-fines"
FINDER = Finder(b"f" * 32)


@dataclass
class Holder:
    """A program that holds a key; ``clock`` is its own."""

    key: ProviderKey = field(default_factory=lambda: make_key("ES256"))
    clock: Callable[[], float] = field(default_factory=Clock)

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half with its required members alone."""
        return {name: self.key.jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in self.key.jwk}

    @property
    def jkt(self) -> str:
        return thumbprint(self.jwk)

    def header(self, **changes: Any) -> dict[str, Any]:
        """That of a good proof with these changed; ``...`` takes one away."""
        return changed({"typ": "dpop+jwt", "alg": self.key.alg, "jwk": self.jwk}, changes)

    def claims(self, method: str = "POST", url: str = URL, token: str | None = None, **changes: Any) -> dict[str, Any]:
        """Those of a good proof for the request with these changed; ``...`` takes one away."""
        claims = {"htm": method, "htu": url, "jti": secrets.token_urlsafe(16), "iat": int(self.clock())}
        if token is not None:
            claims["ath"] = hash_of(token)
        return changed(claims, changes)

    def proof(
        self,
        method: str = "POST",
        url: str = URL,
        token: str | None = None,
        *,
        header: Mapping[str, Any] | bytes | None = None,
        payload: bytes | None = None,
        alg: str | None = None,
        **changes: Any,
    ) -> str:
        """A good one but for what is said, rightly signed whatever it says, by ``alg`` whatever the header says."""
        head = header if isinstance(header, bytes) else json.dumps(header or self.header()).encode()
        body = payload or json.dumps(self.claims(method, url, token, **changes)).encode()
        message = f"{base64url(head)}.{base64url(body)}"
        return f"{message}.{base64url(self.key.sign(message.encode(), alg))}"


class Memory:
    """What came, remembered by one process."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], int] = {}

    async def first(self, kind: str, value: str, until: int) -> bool:
        new = (kind, value) not in self.kept
        self.kept.setdefault((kind, value), until)
        return new


class NoMemory:
    """To whom everything is new: the build without the defence."""

    async def first(self, kind: str, value: str, until: int) -> bool:
        return True


def proofs(clock: Clock | None = None, **options: Any) -> DpopProofs:
    """As a worker has them, at noon unless told."""
    at = clock or Clock(NOON)
    return DpopProofs(options.pop("seen", None) or Memory(), Nonces(FINDER, at), at, **options)


def proofs_without(*names: str, clock: Clock | None = None, **options: Any) -> DpopProofs:
    """The same built without these rules."""
    rules = ProofRules()
    header = {name: rule for name, rule in rules.header.items() if name not in names}
    claims = {name: rule for name, rule in rules.claims.items() if name not in names}
    assert len(header) + len(claims) + len(names) == len(rules.header) + len(rules.claims)
    return proofs(clock, rules=ProofRules(header=header, claims=claims), **options)
