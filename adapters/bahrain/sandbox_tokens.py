"""The stand-in's token endpoint: a signed assertion, used once, buys a bearer token."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.types import Options

from adapters.bahrain.assertion import ALGORITHM
from adapters.bahrain.tokens import GRANT

LONGEST_LIFE: Final = 300
"""Seconds for which an assertion may be good at most."""
SKEW: Final = 10
"""Seconds by which the two clocks may differ."""
_REQUIRED: Final = ["iss", "sub", "aud", "iat", "exp", "jti"]
# Moments are judged by the stand-in's own clock, which a test may set.
_OPTIONS: Final[Options] = {"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class Refused(Exception):
    """No token; ``error`` is the code of RFC 6749, section 5.2."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class TokenDesk:
    """Gives tokens that are good for ``seconds``; it knows the client by the public half of its key only."""

    def __init__(self, given: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        private_key = load_pem_private_key(given["private_key"].encode(), password=None)
        if not isinstance(private_key, EllipticCurvePrivateKey):
            raise ValueError("private_key must be an elliptic curve key")
        self._public_key = private_key.public_key()
        self._key_id, self._client, self._audience = given["key_id"], given["client_id"], given["audience"]
        self._clock = clock
        self._seen: dict[str, datetime] = {}
        self._tokens: dict[str, datetime] = {}
        self.seconds = 300
        self.given = 0

    async def answer(self, request: web.Request) -> web.Response:
        """``POST /oauth/token``."""
        no_store = {"Cache-Control": "no-store"}
        try:
            token = self._exchange(await request.post())
        except Refused as problem:
            return web.json_response({"error": problem.error}, status=400, headers=no_store)
        document = {"access_token": token, "token_type": "Bearer", "expires_in": self.seconds}
        return web.json_response(document, headers=no_store)

    def accepts(self, authorization: str) -> bool:
        """Whether the header carries a token that is still good."""
        scheme, _, token = authorization.partition(" ")
        ends = self._tokens.get(token)
        return scheme == "Bearer" and ends is not None and self._clock() < ends

    def revoke(self) -> None:
        """Takes back every token, as after a change of keys."""
        self._tokens.clear()

    def _exchange(self, form: Mapping[str, Any]) -> str:
        if form.get("grant_type") != GRANT:
            raise Refused("unsupported_grant_type")
        assertion = form.get("assertion")
        if not isinstance(assertion, str) or not assertion:
            raise Refused("invalid_request")
        self._check(assertion)
        now = self._clock()
        self._tokens = {token: ends for token, ends in self._tokens.items() if now < ends}
        token = secrets.token_urlsafe(32)
        self._tokens[token] = now + timedelta(seconds=self.seconds)
        self.given += 1
        return token

    def _check(self, assertion: str) -> None:
        """Signature, key, issuer, subject, audience, times and that it was never seen before."""
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(
                assertion,
                self._public_key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._client,
                subject=self._client,
                options=_OPTIONS,
            )
        except jwt.InvalidTokenError as problem:
            raise Refused("invalid_grant") from problem
        if header.get("kid") != self._key_id or not isinstance(claims["jti"], str) or not claims["jti"]:
            raise Refused("invalid_grant")
        self._check_times(claims["iat"], claims["exp"])
        self._use_up(claims["jti"], claims["exp"])

    def _check_times(self, issued: object, expires: object) -> None:
        if type(issued) is not int or type(expires) is not int:
            raise Refused("invalid_grant")
        now = self._clock().timestamp()
        if not (issued <= now + SKEW and now < expires + SKEW and 0 < expires - issued <= LONGEST_LIFE):
            raise Refused("invalid_grant")

    def _use_up(self, jti: str, expires: int) -> None:
        """A ``jti`` is remembered until no assertion that carries it could be good any more."""
        now = self._clock()
        self._seen = {seen: until for seen, until in self._seen.items() if now <= until}
        if jti in self._seen:
            raise Refused("invalid_grant")
        self._seen[jti] = datetime.fromtimestamp(expires + SKEW, now.tzinfo)
