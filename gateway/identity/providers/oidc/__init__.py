"""The generic OpenID Connect relying party: any conforming provider is a name plate."""

from gateway.identity.providers.oidc.logout import LogoutNotice
from gateway.identity.providers.oidc.provider import OpenIdProvider

__all__ = ["LogoutNotice", "OpenIdProvider"]
