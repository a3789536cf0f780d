"""A provider's key set: kept, fetched anew when a key is not in it, never more often than a cooldown allows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.errors import BackendGarbled
from gateway.identity.providers.oidc.jwk import UnfitJwkError, VerifyingKey, read_jwk
from gateway.identity.providers.oidc.kept import Kept
from gateway.sdk.gate import Response
from gateway.sdk.readers import read_json

log = structlog.get_logger()

MOST_KEYS: Final = 64
_DEPTH: Final = 6


@dataclass(frozen=True, slots=True)
class KeySet:
    """The fit keys of one JWK Set."""

    keys: Sequence[VerifyingKey]

    def choose(self, kid: str | None, alg: str) -> VerifyingKey | None:
        """The key of that name; without a name the only key that speaks ``alg`` (OpenID Connect Core, 10.1)."""
        if kid is not None:
            return next((key for key in self.keys if key.kid == kid), None)
        fitting = [key for key in self.keys if alg in key.algorithms]
        return fitting[0] if len(fitting) == 1 else None


class ProviderKeys:
    """Finds the key that a token names."""

    def __init__(self, kept: Kept[KeySet]) -> None:
        self._kept = kept

    async def find(self, kid: str | None, alg: str) -> VerifyingKey | None:
        """The key, looked for once more in a set fetched anew when the kept one has not got it."""
        key = (await self._kept.get()).choose(kid, alg)
        return key or (await self._kept.renew()).choose(kid, alg)

    async def find_newer(self, kid: str | None, alg: str, than: VerifyingKey) -> VerifyingKey | None:
        """Another key under the same name, for a provider that rotates and does not rename."""
        key = (await self._kept.renew()).choose(kid, alg)
        return key if key is not than else None


def read_key_set(provider: str) -> Callable[[Response], KeySet]:
    """A reader of JWK Sets; it raises ``BackendGarbled`` for one that cannot be used.

    An unfit key is left out and said, since sets rightly carry keys for other uses. Two fit keys of one name
    make the set ambiguous, and no fit key makes it useless: both are refused whole.
    """

    def read(response: Response) -> KeySet:
        document = _object(response)
        keys = document.get("keys")
        if not isinstance(keys, list) or len(keys) > MOST_KEYS:
            raise BackendGarbled(reason="jwks_form")
        fit = _fit(provider, keys)
        names = [key.kid for key in fit if key.kid is not None]
        if len(set(names)) != len(names):
            raise BackendGarbled(reason="jwks_duplicate_kid")
        if not fit:
            raise BackendGarbled(reason="jwks_no_fit_key")
        return KeySet(fit)

    return read


def _object(response: Response) -> Mapping[str, object]:
    if response.status != 200:
        raise BackendGarbled(reason=f"jwks_status_{response.status}")
    document = read_json(response.body, max_depth=_DEPTH)
    if not isinstance(document, dict):
        raise BackendGarbled(reason="jwks_form")
    return document


def _fit(provider: str, keys: Sequence[object]) -> Sequence[VerifyingKey]:
    fit, unfit = [], []
    for jwk in keys:
        try:
            fit.append(read_jwk(jwk))
        except UnfitJwkError as problem:
            unfit.append(str(problem))
    if unfit:
        log.warning("provider.keys_refused", provider=provider, reasons=sorted(set(unfit)), count=len(unfit))
    return fit
