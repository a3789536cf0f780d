"""How the gateway proves to a mapped system who asks: a closed list of schemes, each by secrets of the adapter."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote_plus, urlencode

from gateway.errors import BackendDown, ConfigurationError
from gateway.field_map.model import ApiKey, Authentication, Basic, ClientCredentials, JwtAssertion
from gateway.resilience.deadline import Deadline
from gateway.sdk import BearerToken, Connection, Gate, TokenSource, read_token

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE: Final = 60
"""Seconds for which an assertion is good: it is used at once, and once."""

_ALGORITHM: Final = "ES256"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}

Headers = Mapping[str, str]
AnswerT = TypeVar("AnswerT")
Send = Callable[[Headers], Awaitable[AnswerT]]


class Fixed:
    """Headers that are the same with every request; there may be none."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    async def ask(self, deadline: Deadline, send: Send[AnswerT]) -> AnswerT:
        return await send(self._headers)

    async def close(self) -> None:
        """Ends nothing."""


class Bearer:
    """A bearer token, which is replaced once where it is refused."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    async def ask(self, deadline: Deadline, send: Send[AnswerT]) -> AnswerT:
        async def with_token(token: str) -> AnswerT:
            return await send({"Authorization": f"Bearer {token}"})

        return await self._tokens.ask(deadline, with_token)

    async def close(self) -> None:
        """Ends a fetch that is under way."""
        await self._tokens.close()


Authenticator = Fixed | Bearer


def secrets_of(scheme: Authentication) -> dict[str, str]:
    """The names of the secrets that a scheme needs, by the key that names each."""
    names: tuple[str, ...]
    match scheme:
        case ApiKey():
            names = ("secret",)
        case Basic():
            names = ("user", "password")
        case ClientCredentials():
            names = ("client_id", "client_secret")
        case JwtAssertion():
            names = ("client_id", "audience", "key_id", "private_key")
        case _:
            names = ()
    return {name: str(getattr(scheme, name)) for name in names}


def is_bearer(scheme: Authentication) -> bool:
    """Whether a 401 says that the token is no longer taken."""
    return isinstance(scheme, ClientCredentials | JwtAssertion)


def authenticator(scheme: Authentication, connection: Connection, key: str) -> Authenticator:
    """The scheme with the adapter's secrets; raises ``ConfigurationError`` where one is of no use."""
    secrets = {name: connection.secrets[secret] for name, secret in secrets_of(scheme).items()}
    match scheme:
        case ApiKey():
            return Fixed({scheme.header: _sendable(secrets["secret"], f"{key}.secret")})
        case Basic():
            return Fixed({"Authorization": _basic(secrets["user"], secrets["password"])})
        case ClientCredentials():
            exchange = _client_credentials(scheme, secrets)
            return Bearer(_source(scheme.endpoint, scheme.path, exchange, connection))
        case JwtAssertion():
            sign = _signer(secrets, f"{key}.private_key")
            return Bearer(_source(scheme.endpoint, scheme.path, _assertion(sign, connection.clock), connection))
        case _:
            return Fixed({})


def _source(endpoint: str, path: str, make: Callable[[], tuple[Headers, bytes]], connection: Connection) -> TokenSource:
    gate = connection.gate(endpoint)

    async def fetch(deadline: Deadline) -> BearerToken:
        try:
            return await _exchange(gate, path, make(), deadline)
        except BackendDown:
            return await _exchange(gate, path, make(), deadline)

    return TokenSource(fetch, connection.clock)


async def _exchange(gate: Gate, path: str, made: tuple[Headers, bytes], deadline: Deadline) -> BearerToken:
    """Not safe to send again as it is, since an assertion may have been used up: a new try is made anew."""
    headers, body = made
    return await gate.send("POST", path, deadline=deadline, headers=headers, body=body, read=read_token, safe=False)


def _client_credentials(scheme: ClientCredentials, secrets: Mapping[str, str]) -> Callable[[], tuple[Headers, bytes]]:
    form = {"grant_type": "client_credentials", **({"scope": scheme.scope} if scheme.scope else {})}
    headers = dict(_FORM)
    if scheme.sent == "body":
        form |= {"client_id": secrets["client_id"], "client_secret": secrets["client_secret"]}
    else:
        # Both parts are form-encoded first (RFC 6749, section 2.3.1).
        headers["Authorization"] = _basic(quote_plus(secrets["client_id"]), quote_plus(secrets["client_secret"]))
    body = urlencode(form).encode()
    return lambda: (headers, body)


def _assertion(sign: Callable[[datetime], str], clock: Callable[[], datetime]) -> Callable[[], tuple[Headers, bytes]]:
    return lambda: (_FORM, urlencode({"grant_type": GRANT, "assertion": sign(clock())}).encode())


def _signer(secrets: Mapping[str, str], key: str) -> Callable[[datetime], str]:
    """Signs assertions (RFC 7523, section 3); each has 128 random bits of ``jti``, so no two are alike."""
    # The library of signatures is loaded by those who sign only.
    import jwt
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(secrets["private_key"].encode(), password=None)
    except (ValueError, TypeError) as problem:
        raise ConfigurationError(field=key, problem="must be a private key in PEM") from problem
    if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
        raise ConfigurationError(field=key, problem="must be an elliptic curve key on P-256")
    about = {"iss": secrets["client_id"], "sub": secrets["client_id"], "aud": secrets["audience"]}
    header = {"kid": secrets["key_id"]}

    def sign(now: datetime) -> str:
        moment = int(now.timestamp())
        claims = {**about, "iat": moment, "exp": moment + LIFE, "jti": randomness.token_urlsafe(16)}
        return jwt.encode(claims, private, _ALGORITHM, header)

    return sign


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _sendable(value: str, key: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise ConfigurationError(field=key, problem="must be printable ASCII")
    return value
