"""The name plate of an identity provider: who, by which protocol, and what of its word is believed."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from gateway.errors import ConfigurationError
from gateway.identity.principal import Assurance
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.toml_file import load_model

Protocol = Literal["oidc", "uaepass", "nafath", "mobile-id", "saml", "certificate"]
Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]


class AssuranceRule(Frozen):
    """Which claim tells how sure the provider was, and which of its values mean which level.

    A value that is not listed is ``low``: what is not understood is not trusted.
    """

    claim: str
    levels: dict[str, Assurance] = Field(min_length=1)

    def level(self, value: object) -> Assurance:
        """The level that the claim's value means."""
        return self.levels.get(str(value), Assurance.LOW)


class IdentifierRule(Frozen):
    """Which claim carries the national identifier, and of which state it is.

    ``country`` absent: the claim named ``country_claim`` tells the state (ISO 3166-1 alpha-2).
    """

    claim: str
    country: Country | None = None
    country_claim: str | None = None


class ProviderPlate(Frozen):
    """``config/providers/<id>.toml``.

    ``endpoints`` and ``secrets`` are the names of what the settings must give. ``accepts`` are the claims that
    are read, ``ignores`` those that the provider is known to send and nobody reads; any other is counted as
    unknown and not read either. ``issuer`` is absent where the settings give it (``endpoints.issuer``).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    country: Country | None = None
    protocol: Protocol
    name: Text
    endpoints: tuple[str, ...] = Field(min_length=1)
    secrets: tuple[str, ...] = ()
    subject_claim: str = "sub"
    identifier: IdentifierRule | None = None
    assurance: AssuranceRule
    accepts: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    algorithms: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    timeout_ms: int = Field(default=5000, ge=100, le=30_000)
    options: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "ProviderPlate":
        """Reads and checks one plate; raises ``ConfigurationError`` naming file and key."""
        plate = load_model(path, cls)
        if plate.id != path.stem:
            raise ConfigurationError(field=f"{path}: id", problem=f"must be the file's name, {path.stem}")
        return plate
