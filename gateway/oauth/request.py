"""What a program asks a person for, read from its parameters and judged against its registration."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from pydantic import Field

from gateway.errors import OAuthError
from gateway.identity.principal import Assurance
from gateway.oauth.client import Client
from gateway.oauth.confirmation import is_thumbprint
from gateway.oauth.scopes import is_scope
from gateway.schema.base import Frozen

CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url: a PKCE challenge by S256 (RFC 7636, 4.2)."""

PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
LONGEST: Final = 1_024
_VISIBLE: Final = re.compile(r"[\x20-\x7e]*")
_LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:/.*)?)", re.DOTALL)


class AuthorizationRequest(Frozen):
    """A request that was judged: ``redirect_uri`` is the program's own, the scopes and purposes are among its own.

    ``challenge`` is PKCE's, by S256. ``jkt`` is the thumbprint of the DPoP key that the code is bound to. ``acr`` is
    the least level of assurance that is wanted and ``max_age`` the greatest age of the sign-in, in seconds.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...] = Field(min_length=1)
    purposes: tuple[str, ...] = Field(min_length=1)
    challenge: str
    state: str | None = None
    nonce: str | None = None
    jkt: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr: Assurance | None = None


def redirect_of(fields: Mapping[str, str], client: Client) -> str:
    """The address that the answer goes to; raises ``OAuthError`` unless it is one of the program's own, to the letter.

    Only the port of a loopback address is the program's to choose (RFC 8252, 7.3). Until this has been judged,
    nobody may be sent there, not even with an error.
    """
    given = fields.get("redirect_uri", "")
    if not any(is_same(given, registered) for registered in client.redirect_uris):
        raise OAuthError("redirect_unknown", field="redirect_uri")
    return given


def is_same(given: str, registered: str) -> bool:
    """Whether the address is the registered one."""
    if given == registered:
        return True
    one, other = _LOOPBACK.fullmatch(given), _LOOPBACK.fullmatch(registered)
    if one is None or other is None or int(one[2] or 80) > 65_535:
        return False
    return (one[1], one[3]) == (other[1], other[3])


def read_request(fields: Mapping[str, str], client: Client, redirect_uri: str) -> AuthorizationRequest:
    """The request; raises ``OAuthError`` with the code that the program is answered with."""
    if "request" in fields:
        raise OAuthError("request_not_supported", field="request")
    if fields.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", field="response_type")
    if fields.get("response_mode", "query") != "query":
        raise OAuthError(field="response_mode")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=scopes_of(fields, client),
        purposes=purposes_of(fields, client),
        challenge=_challenge(fields),
        state=plain(fields, "state"),
        nonce=plain(fields, "nonce"),
        jkt=_jkt(fields),
        prompt=_prompt(fields),
        max_age=_max_age(fields),
        acr=_acr(fields),
    )


def answer_at(redirect_uri: str, **parameters: str | None) -> str:
    """The program's address with the answer in its query; what is ``None`` is left out."""
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def plain(fields: Mapping[str, str], name: str) -> str | None:
    """A value that comes back as it came: visible ASCII of a bounded length (RFC 6749, A.5)."""
    value = fields.get(name)
    if value is not None and (len(value) > LONGEST or not _VISIBLE.fullmatch(value)):
        raise OAuthError(field=name)
    return value


def _challenge(fields: Mapping[str, str]) -> str:
    """PKCE is for every program, and ``plain`` for none: whoever sees the request would hold the verifier."""
    challenge = fields.get("code_challenge", "")
    if fields.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(challenge):
        raise OAuthError(field="code_challenge")
    return challenge


def scopes_of(fields: Mapping[str, str], client: Client) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(fields.get("scope", "").split()))
    if not asked or not all(scope in client.scopes and is_scope(scope) for scope in asked):
        raise OAuthError("invalid_scope", field="scope")
    return asked


def purposes_of(fields: Mapping[str, str], client: Client) -> tuple[str, ...]:
    """Why: those that the request names, else all that the program is registered with."""
    if "purpose" not in fields:
        return client.purposes
    asked = tuple(dict.fromkeys(fields["purpose"].split()))
    if not asked or not all(purpose in client.purposes for purpose in asked):
        raise OAuthError("invalid_scope", field="purpose")
    return asked


def _jkt(fields: Mapping[str, str]) -> str | None:
    thumbprint = fields.get("dpop_jkt")
    if thumbprint is not None and not is_thumbprint(thumbprint):
        raise OAuthError(field="dpop_jkt")
    return thumbprint


def _prompt(fields: Mapping[str, str]) -> tuple[str, ...]:
    prompt = tuple(dict.fromkeys(fields.get("prompt", "").split()))
    if not PROMPTS.issuperset(prompt) or ("none" in prompt and len(prompt) > 1):
        raise OAuthError(field="prompt")
    return prompt


def _max_age(fields: Mapping[str, str]) -> int | None:
    text = fields.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise OAuthError(field="max_age")
    return int(text)


def _acr(fields: Mapping[str, str]) -> Assurance | None:
    """The least of the levels named; a level above is as welcome, and words that are no level of ours say nothing."""
    known = [Assurance(word) for word in fields.get("acr_values", "").split() if word in tuple(Assurance)]
    return min(known, default=None)
