"""The WWW-Authenticate header of a refusal (RFC 6750, RFC 9449, RFC 9470)."""

import re
from collections.abc import Mapping

from gateway.errors import BawabaError
from gateway.identity.confirmation import PROOF_ALGORITHMS

REALM = "bawaba"
# Not shown to people: RFC 6750 wants ASCII for developers, and the problem document speaks both languages.
_ERRORS: Mapping[str, tuple[str, str]] = {
    "token_expired": ("invalid_token", "The access token has expired"),
    "insufficient_user_authentication": (
        "insufficient_user_authentication",
        "A higher level of assurance, or a more recent sign-in, is needed",
    ),
    "invalid_dpop_proof": ("invalid_dpop_proof", "The proof of possession is not valid for this request"),
    "use_dpop_nonce": ("use_dpop_nonce", "The proof of possession needs the nonce that comes with this answer"),
    "insufficient_scope": ("insufficient_scope", "The access token does not carry the scope that is needed"),
}
_INVALID = ("invalid_token", "The access token is not valid")
_UNSAFE = re.compile(r"[^\x21\x23-\x5b\x5d-\x7e ]")


def challenge(error: BawabaError) -> str:
    """What the client must bring next time.

    A request without a token gets the bare scheme (RFC 6750, 3.1). The facts ``scope``, ``needed`` (a level
    of assurance) and ``max_age`` (seconds) become ``scope``, ``acr_values`` and ``max_age``.
    """
    return _written("Bearer", _parameters(error))


def proof_challenge(error: BawabaError) -> str:
    """The same for a client that brings its token with a proof of possession (RFC 9449, 7.1)."""
    return _written("DPoP", {**_parameters(error), "algs": " ".join(PROOF_ALGORITHMS)})


def either_challenge(error: BawabaError) -> str:
    """The same for a client that brought its token without: it may have been meant to be brought with one."""
    if error.code not in ("token_missing", "invalid_token"):
        return challenge(error)
    return f"{challenge(error)}, {proof_challenge(BawabaError('token_missing'))}"


def _parameters(error: BawabaError) -> Mapping[str, str]:
    parameters = {"realm": REALM}
    if error.code != "token_missing":
        parameters["error"], parameters["error_description"] = _ERRORS.get(error.code, _INVALID)
    for name, fact in (("scope", "scope"), ("acr_values", "needed"), ("max_age", "max_age")):
        if fact in error.facts:
            parameters[name] = str(error.facts[fact])
    return parameters


def _written(scheme: str, parameters: Mapping[str, str]) -> str:
    return f"{scheme} " + ", ".join(f'{name}="{_UNSAFE.sub("", value)}"' for name, value in parameters.items())
