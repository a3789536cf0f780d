"""A provider's word that somebody signed out there (OpenID Connect Back-Channel Logout 1.0)."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import structlog

from gateway.errors import SignInError
from gateway.identity.providers.base import Letterbox
from gateway.identity.providers.oidc.claim_rules import LOGOUT_RULES, ClaimRule, Expected, check
from gateway.identity.providers.oidc.jwks import ProviderKeys
from gateway.identity.providers.oidc.signed import verify
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.strict import TokenError

log = structlog.get_logger()

LOGOUT_TYPES: Final[Collection[str | None]] = frozenset({"logout+jwt"})


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Whose sessions are to end: those of ``session`` where it is given, else all of ``subject``'s."""

    issuer: str
    subject: str | None
    session: str | None


class LogoutReader:
    """Reads logout tokens; each is good once, on every worker, since the ``letters`` are shared."""

    def __init__(
        self,
        plate: ProviderPlate,
        keys: ProviderKeys,
        letters: Letterbox,
        rules: Mapping[str, ClaimRule] = LOGOUT_RULES,
    ) -> None:
        self._plate = plate
        self._keys = keys
        self._letters = letters
        self._rules = rules

    async def read(self, form: Mapping[str, str], expected: Expected) -> LogoutNotice:
        """The notice; raises ``SignInError`` (``logout_refused``), since anybody may post here."""
        token = form.get("logout_token", "")
        try:
            signed = await verify(token, self._keys, self._plate.algorithms, LOGOUT_TYPES)
            check(self._rules, signed.claims, expected)
        except TokenError as problem:
            self._refuse(problem.reason)
        if not await self._letters.put(_reference(signed.claims), b"{}"):
            self._refuse("replayed")
        return LogoutNotice(expected.issuer, signed.claims.get("sub"), signed.claims.get("sid"))

    def _refuse(self, reason: str) -> NoReturn:
        log.warning("provider.logout_refused", provider=self._plate.id, reason=reason)
        raise SignInError("logout_refused", provider=self._plate.id) from None


def _reference(claims: Mapping[str, Any]) -> str:
    name = f"logout\n{claims['iss']}\n{claims.get('jti', '')}"
    return hashlib.sha256(name.encode()).hexdigest()
