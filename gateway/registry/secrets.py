"""The secrets of registered adapters, opened for whoever connects them; nobody else ever sees them again."""

from collections.abc import Mapping

from gateway.identity.vault import Vault
from gateway.registry.manifest import Environment


def secret_context(adapter: str, environment: str, name: str) -> str:
    """What the vault authenticates with a secret: one that is moved to another row does not open there."""
    return f"adapter secret {adapter} {environment} {name}"


def opened(vault: Vault, adapter: str, environment: Environment, sealed: Mapping[str, bytes]) -> Mapping[str, str]:
    """The secrets by name; raises ``BrokenVaultError`` for one that was not sealed for this adapter and place."""
    return {
        name: vault.open(value, secret_context(adapter, environment, name)).decode() for name, value in sealed.items()
    }
