"""A provider's signed token, read strictly and verified before a claim in it is looked at."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.identity.providers.oidc.jwks import ProviderKeys
from gateway.identity.strict import Limits, Parts, TokenError, read
from gateway.sdk.json_reader import MalformedJson, parse_json

LIMITS: Final = Limits(token_characters=16_384, depth=6)
CLAIMS_DEPTH: Final = 10
_TYPE: Final = re.compile(r"(?:application/)?([a-z0-9.+-]+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedClaims:
    """Claims whose signature was verified, and the algorithm of it; nothing else has been checked."""

    alg: str
    claims: Mapping[str, Any]


async def verify(
    unverified_token: str, keys: ProviderKeys, algorithms: Collection[str], types: Collection[str | None]
) -> SignedClaims:
    """The claims of a token of one of ``types``; raises ``TokenError`` or, without keys, ``ProviderError``.

    The algorithm must be one that the name plate lists and one of the key's own, whatever the header says.
    Addresses and keys in the header are never looked at.
    """
    parts = read(unverified_token, LIMITS)
    alg = _check_header(parts.header, algorithms, types)
    await _check_signature(parts, alg, keys)
    try:
        claims = parse_json(parts.payload, max_depth=CLAIMS_DEPTH)
    except MalformedJson as problem:
        raise TokenError(problem.code) from problem
    if not isinstance(claims, dict):
        raise TokenError("claims_form")
    return SignedClaims(alg, claims)


def _check_header(header: Mapping[str, Any], algorithms: Collection[str], types: Collection[str | None]) -> str:
    if _type(header.get("typ")) not in types:
        raise TokenError("typ")
    # What a header calls critical, none of us understands; b64 and zip would change what was signed.
    if header.keys() & {"crit", "b64", "zip"}:
        raise TokenError("crit")
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in algorithms:
        raise TokenError("alg")
    return alg


def _type(typ: object) -> str | None:
    """The media type in lower case, its prefix left away (RFC 7515, 4.1.9)."""
    if typ is None:
        return None
    match = _TYPE.fullmatch(typ) if isinstance(typ, str) else None
    if match is None:
        raise TokenError("typ")
    return match.group(1).lower()


async def _check_signature(parts: Parts, alg: str, keys: ProviderKeys) -> None:
    kid = parts.header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise TokenError("kid")
    key = await keys.find(kid, alg)
    if key is None:
        raise TokenError("kid")
    if alg not in key.algorithms:
        raise TokenError("key_alg")
    if key.verifies(alg, parts.signing_input, parts.signature):
        return
    newer = await keys.find_newer(kid, alg, key)
    if newer is None or not newer.verifies(alg, parts.signing_input, parts.signature):
        raise TokenError("signature")
