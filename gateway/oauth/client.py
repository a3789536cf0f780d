"""A program that acts for people or for its agency: who it is, where it may be sent back to, what it may ask."""

from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text

AuthMethod = Literal["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"]
GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]
PROVED: Final = frozenset(
    {
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    }
)
"""The grants of programs that can prove who they are, and of no other."""

Standing = Literal["pending", "approved", "suspended"]


class Registration(Frozen):
    """What an agency says of a program of its own (RFC 7591's words, in snake_case).

    A confidential client has keys of its own, in ``jwks`` or at ``jwks_uri``, or a certificate; a public one
    (``none``) has neither, and lives on a person's device. ``sender`` says how its tokens are bound: to a DPoP key or
    to its certificate. ``scopes`` are the widest it may ask for, ``purposes`` why.
    """

    name: Text
    logo_uri: str | None = None
    auth_method: AuthMethod
    grants: tuple[GrantType, ...] = Field(min_length=1)
    redirect_uris: tuple[str, ...] = ()
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    certificate_subject: str | None = Field(None, description="RFC 4514 name of the certificate (RFC 8705, 2.1.2).")
    certificate_thumbprints: tuple[str, ...] = Field((), description="SHA-256, base64url, of self-signed ones.")
    sender: Literal["dpop", "mtls", "either"] = "dpop"
    scopes: tuple[str, ...] = Field(min_length=1)
    purposes: tuple[str, ...] = Field(min_length=1)
    countries: tuple[Country, ...] = Field((), description="States that it may ask; empty: all.")
    per_minute: int = Field(600, ge=1, le=100_000)
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None

    @property
    def confidential(self) -> bool:
        """Whether it can prove who it is."""
        return self.auth_method != "none"

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _exact(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        for uri in uris:
            check_redirect(uri)
        return uris

    @model_validator(mode="after")
    def _has_what_its_method_needs(self) -> Self:
        needs = {
            "private_key_jwt": (self.jwks is None) != (self.jwks_uri is None),
            "tls_client_auth": self.certificate_subject is not None,
            "self_signed_tls_client_auth": bool(self.certificate_thumbprints),
            "none": not (self.jwks or self.jwks_uri or self.certificate_subject or self.certificate_thumbprints),
        }
        if not needs[self.auth_method]:
            raise ValueError(f"{self.auth_method} needs its keys or certificate, and no other's")
        if self.auth_method == "none" and not PROVED.isdisjoint(self.grants):
            # Anybody could pass for it: take an agency's rights, or send people a code that lets a stranger in.
            raise ValueError(
                "a public client has nothing to prove itself with, so it acts for people who are sent to it"
            )
        if ("authorization_code" in self.grants) != bool(self.redirect_uris):
            raise ValueError("redirect_uris go with authorization_code, and only with it")
        return self


class Client(Registration):
    """A registered program; ``agency`` is who answers for it, ``country`` the state whose operators judge it."""

    client_id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,63}$")
    agency: str = Field(pattern=r"^[a-z][a-z0-9-]{1,63}$")
    country: Country | None = None


def check_redirect(uri: str) -> None:
    """Raises ``ValueError`` unless people may be sent there: https, a claimed scheme, or loopback (RFC 8252)."""
    parts = urlsplit(uri)
    plain = uri.isascii() and uri.isprintable() and not set(uri) & set(' \\"<>^`{|}*')
    if not plain or parts.fragment or "#" in uri or parts.username is not None or "@" in parts.netloc:
        raise ValueError("a redirect address is plain ASCII, without a fragment, a wildcard or a name before the host")
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1"):
        return
    # A private-use scheme is a domain name of the app's maker, turned round (RFC 8252, 7.1).
    if "." in parts.scheme and not parts.netloc and parts.path.startswith("/"):
        return
    raise ValueError("a redirect address is https, http on a loopback address, or a private scheme with a dot")
