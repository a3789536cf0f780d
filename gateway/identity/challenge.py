"""The WWW-Authenticate header of a refusal (RFC 6750, RFC 9470)."""

import re
from collections.abc import Mapping

from gateway.errors import BawabaError

REALM = "bawaba"
# Not shown to people: RFC 6750 wants ASCII for developers, and the problem document speaks both languages.
_ERRORS: Mapping[str, tuple[str, str]] = {
    "token_expired": ("invalid_token", "The access token has expired"),
    "insufficient_user_authentication": (
        "insufficient_user_authentication",
        "A higher level of assurance, or a more recent sign-in, is needed",
    ),
    "insufficient_scope": ("insufficient_scope", "The access token does not carry the scope that is needed"),
}
_INVALID = ("invalid_token", "The access token is not valid")
_UNSAFE = re.compile(r"[^\x21\x23-\x5b\x5d-\x7e ]")


def challenge(error: BawabaError) -> str:
    """What the client must bring next time.

    A request without a token gets the bare scheme (RFC 6750, 3.1). The facts ``scope``, ``needed`` (a level
    of assurance) and ``max_age`` (seconds) become ``scope``, ``acr_values`` and ``max_age``.
    """
    parameters = {"realm": REALM}
    if error.code != "token_missing":
        parameters["error"], parameters["error_description"] = _ERRORS.get(error.code, _INVALID)
    for name, fact in (("scope", "scope"), ("acr_values", "needed"), ("max_age", "max_age")):
        if fact in error.facts:
            parameters[name] = str(error.facts[fact])
    return "Bearer " + ", ".join(f'{name}="{_UNSAFE.sub("", value)}"' for name, value in parameters.items())
