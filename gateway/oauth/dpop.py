"""Proofs that a program holds its key, made anew for each request (DPoP, RFC 9449)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from gateway.errors import OAuthError
from gateway.identity.keys import thumbprint
from gateway.identity.providers.oidc.jwk import UnfitJwkError, VerifyingKey, read_jwk
from gateway.identity.strict import TokenError, read, read_object
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.dpop_rules import LEEWAY, Asked, ProofRules, signed_by
from gateway.oauth.nonces import Nonces
from gateway.oauth.seen import Seen

log = structlog.get_logger()

_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}
_CODES: Final[Mapping[str, str]] = {"use_dpop_nonce": "use_dpop_nonce", "other_key": "invalid_token"}
"""What the program is told where it is not that its proof is invalid."""


class DpopProofs:
    """Verifies them, each once on all workers together.

    A proof is good within half a minute of its ``iat``; one with a nonce of ours is good as long as the nonce is,
    whatever the program's clock says. ``nonces_needed`` takes none without.
    """

    def __init__(
        self,
        seen: Seen,
        nonces: Nonces,
        clock: Callable[[], float],
        *,
        nonces_needed: bool = False,
        rules: ProofRules | None = None,
        read_key: Callable[[object], VerifyingKey] = read_jwk,
    ) -> None:
        self._seen = seen
        self._nonces = nonces
        self._clock = clock
        self._nonces_needed = nonces_needed
        self._rules = rules or ProofRules()
        self._read_key = read_key

    async def check(
        self, proof: str, method: str, url: str, token: str | None, bound_to: Confirmation | None = None
    ) -> Confirmation:
        """The key whose holder made the proof for this request, and for ``token`` where it carries one.

        Raises ``OAuthError``: ``invalid_dpop_proof``; ``use_dpop_nonce``, with the nonce to use among its facts;
        ``invalid_token`` where the token is ``bound_to`` another key. ``Unavailable`` where nobody can say whether
        the proof came before.
        """
        try:
            return await self._believe(proof, method, url, token, bound_to)
        except TokenError as refusal:
            log.warning("proof.refused", reason=refusal.reason)
            code = _CODES.get(refusal.code, "invalid_dpop_proof")
        if code == "use_dpop_nonce":
            raise OAuthError(code, nonce=self._nonces.current())
        raise OAuthError(code)

    async def _believe(
        self, proof: str, method: str, url: str, token: str | None, bound_to: Confirmation | None
    ) -> Confirmation:
        """Key and signature first; and memory last, so that a stranger cannot fill it."""
        confirmation, claims = self._signed(proof)
        now, nonce = self._clock(), claims.get("nonce")
        fresh = None if nonce is None else self._nonces.is_fresh(nonce)
        self._rules.check_claims(claims, Asked(method, url, token, now, fresh, self._nonces_needed))
        if bound_to is not None and confirmation != bound_to:
            raise TokenError("other_key", "other_key")
        until = int(now) + self._nonces.longest if fresh else int(claims["iat"]) + LEEWAY
        # Of this key alone: nobody can use up the numbers of another's proofs.
        if not await self._seen.first("dpop", f"{confirmation.value} {claims['jti']}", until + 1):
            raise TokenError("replayed")
        return confirmation

    def _signed(self, proof: str) -> tuple[Confirmation, Mapping[str, Any]]:
        if not proof.isascii():
            raise TokenError("alphabet")
        try:
            parts = read(proof, self._rules.limits)
            self._rules.check_header(parts.header)
            jwk = parts.header.get("jwk")
            key = self._read_key(jwk)
            if not signed_by(key, parts.header.get("alg"), parts.signing_input, parts.signature):
                raise TokenError("signature")
            return Confirmation("jkt", _thumbprint(jwk)), read_object(parts.payload, self._rules.limits)
        except UnfitJwkError as problem:
            raise TokenError(f"jwk_{problem}") from None


def _thumbprint(jwk: Any) -> str:
    """That of a key which was read (RFC 7638)."""
    return thumbprint({name: jwk[name] for name in _MEMBERS[jwk["kty"]]})
