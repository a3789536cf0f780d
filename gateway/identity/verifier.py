"""From an unverified token to a principal, or a refusal."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NoReturn, Protocol

import structlog

from gateway.errors import Forbidden, Unauthenticated
from gateway.identity.clock import SteadyClock
from gateway.identity.confirmation import Confirmation
from gateway.identity.keys import KeyRing, SigningKey
from gateway.identity.principal import Assurance, Principal, Program
from gateway.identity.rules import LONGEST_LIFE, Claims, Expected, TokenRules, is_of_a_program
from gateway.identity.seal import BrokenSealError, IdentifierSeal
from gateway.identity.strict import Parts, TokenError, read, read_object
from gateway.schema.country import Country

log = structlog.get_logger()


class Revoked(Protocol):
    """Who knows what was revoked; ``check`` raises ``Unavailable`` when that knowledge is too old to trust."""

    def check(self, token_id: str, session: str | None, client: str) -> bool:
        """Whether the token, its session or its client is revoked."""
        ...


class NothingRevoked:
    """For a verifier that has no revocations to consult."""

    def check(self, token_id: str, session: str | None, client: str) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class _Verified:
    holder: Principal | Program
    kid: str
    expires: int


class TokenVerifier:
    """Verifies access tokens, and remembers by SHA-256 those that it found good.

    A remembered token is asked about revocation and its key's standing every time, and is forgotten at
    ``exp``. A refusal is never remembered: a stranger could fill the memory with them.
    """

    def __init__(
        self,
        keys: KeyRing,
        seal: IdentifierSeal,
        *,
        issuer: str,
        audience: str,
        revoked: Revoked | None = None,
        clock: Callable[[], float] | None = None,
        longest_life: int = LONGEST_LIFE,
        remembered: int = 10_000,
        rules: TokenRules | None = None,
    ) -> None:
        self._keys = keys
        self._seal = seal
        self._issuer = issuer
        self._audience = audience
        self._revoked = NothingRevoked() if revoked is None else revoked
        self._clock = clock or SteadyClock()
        self._longest_life = longest_life
        self._rules = rules or TokenRules()
        self._longest = self._rules.limits.token_characters
        self._remembered = remembered
        self._good: OrderedDict[bytes, _Verified] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many verified tokens are remembered now."""
        return len(self._good)

    def verify(self, unverified_token: str, *, bound: bool = False) -> Principal:
        """The principal that the token speaks for; ``verify_any`` says more.

        Raises ``Forbidden`` too, for a token that a program holds for itself: there is nobody it could ask about.
        """
        holder = self.verify_any(unverified_token, bound=bound)
        if isinstance(holder, Program):
            raise Forbidden("person_required")
        return holder

    def verify_program(self, unverified_token: str, *, bound: bool = False) -> Program:
        """The program that holds the token for itself; raises ``Forbidden`` too, for a token of a person."""
        holder = self.verify_any(unverified_token, bound=bound)
        if isinstance(holder, Principal):
            raise Forbidden("program_required")
        return holder

    def verify_any(self, unverified_token: str, *, bound: bool = False) -> Principal | Program:
        """Whom the token speaks for: a person, or the program that holds it.

        A token bound to a key or a certificate (RFC 9449, RFC 8705) is no bearer token, and does not pass as one:
        only a caller who goes on to see ``Principal.confirmation`` proved says ``bound``.

        Raises ``Unauthenticated`` with the code ``invalid_token`` or ``token_expired``, which is all that a
        caller learns, and ``Unavailable`` when revocations cannot be consulted.
        """
        try:
            holder = self._recall(unverified_token).holder
            if self._revoked.check(holder.token_id, holder.session, holder.client):
                raise TokenError("revoked")
            if not bound and holder.confirmation is not None:
                raise TokenError("bearer")
        except TokenError as refusal:
            refuse(refusal.reason, refusal.code)
        return holder

    def _recall(self, unverified_token: str) -> _Verified:
        """What is remembered of the token, else what examining it finds."""
        if len(unverified_token) > self._longest:
            raise TokenError("size")
        if not unverified_token.isascii():
            raise TokenError("alphabet")
        now = self._clock()
        digest = sha256(unverified_token.encode()).digest()
        verified = self._good.get(digest)
        if verified is not None:
            if now < verified.expires and self._keys.find(verified.kid):
                self._good.move_to_end(digest)
                return verified
            del self._good[digest]
        verified = self._examine(unverified_token, now)
        if now < verified.expires:
            self._remember(digest, verified)
        return verified

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        self._good[digest] = verified
        if len(self._good) > self._remembered:
            self._good.popitem(last=False)

    def _examine(self, unverified_token: str, now: float) -> _Verified:
        """Header, key and signature first: the payload of a forgery is never so much as parsed."""
        parts = read(unverified_token, self._rules.limits)
        key = self._key(parts)
        self._rules.check_header(parts.header, key)
        if not key.verifies(parts.signing_input, parts.signature):
            raise TokenError("signature")
        claims = read_object(parts.payload, self._rules.limits)
        expected = Expected(self._issuer, self._audience, now, self._longest_life)
        self._rules.check_claims(claims, expected)
        return _Verified(self._holder(claims), key.kid, claims["exp"])

    def _key(self, parts: Parts) -> SigningKey:
        """A name looked up in memory; it never becomes a path, a query or an address."""
        kid = parts.header.get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenError("kid")
        return key

    def _holder(self, claims: Claims) -> Principal | Program:
        if is_of_a_program(claims):
            return Program(client=claims["client_id"], **_shared(claims))
        try:
            sealed = self._seal.open(claims["ids"], claims["jti"])
        except BrokenSealError:
            raise TokenError("ids") from None
        authenticated, purposes = claims.get("auth_time"), claims.get("purposes")
        return Principal(
            subject=claims["sub"],
            identifiers=sealed.by_country(),
            home=sealed.home,
            assurance=Assurance(claims["acr"]),
            client=claims["client_id"],
            session=claims.get("sid"),
            authenticated_at=None if authenticated is None else datetime.fromtimestamp(authenticated, UTC),
            purposes=None if purposes is None else frozenset(purposes),
            actor=claims["act"]["sub"] if "act" in claims else None,
            **_shared(claims),
        )


def _shared(claims: Claims) -> dict[str, Any]:
    """What a token says whomever it speaks for."""
    countries, cnf = claims.get("countries"), claims.get("cnf")
    return {
        "scopes": frozenset(claims["scope"].split()),
        "countries": None if countries is None else frozenset(map(Country, countries)),
        "token_id": claims["jti"],
        "expires_at": datetime.fromtimestamp(claims["exp"], UTC),
        "confirmation": None if cnf is None else Confirmation.of_claim(cnf),
    }


def refuse(reason: str, code: str = "invalid_token") -> NoReturn:
    """Writes the one audit line of a refusal, without a character of the token, and raises ``Unauthenticated``."""
    log.warning("token.refused", reason=reason)
    raise Unauthenticated(code) from None
