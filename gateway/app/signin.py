"""The parts of signing in, put together: people, sessions, providers and the letters that come late."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import ConfigurationError
from gateway.identity.attempts import Attempts
from gateway.identity.handoff import Handoff
from gateway.identity.key_files import followed_vault, load_finder, load_vault
from gateway.identity.letters import Letters
from gateway.identity.people import People
from gateway.identity.providers.base import Provider
from gateway.identity.providers.kinds import ProviderParts, build_provider
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.sessions import Limits, Sessions
from gateway.identity.signin import SignIn
from gateway.identity.vault import Finder, Vault
from gateway.policy.quota import Quota
from gateway.settings import Settings, secret
from gateway.storage.engine import Storage

PUSHES_A_MINUTE, PUSHES_AT_ONCE = 2, 5
"""How often one worker rings the telephone of one number, or for one browser."""


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What one worker signs people in with."""

    signin: SignIn
    vault: Vault
    letters: Letters
    finder: Finder
    handoff: Handoff
    answers: Handoff


@asynccontextmanager
async def signin_parts(
    settings: Settings, storage: Storage, callback_base: str, clock: Callable[[], datetime]
) -> AsyncIterator[SignInParts]:
    """Builds and opens every provider that the settings wire, and closes them at the end."""
    vault, finder = signin_keys(settings)
    people = People(storage, vault, finder, time.time)
    limits = Limits(settings.signin.idle_minutes * 60, settings.signin.absolute_hours * 3600)
    sessions = Sessions(storage, people, finder, limits, time.time)
    letters = Letters(storage, vault, time.time)
    providers = build_providers(settings, letters, callback_base, clock)
    pushes = Quota(PUSHES_A_MINUTE, PUSHES_AT_ONCE, time.monotonic)
    signin = SignIn(providers, Attempts(storage, vault, clock), people, sessions, clock, pushes.spend)
    production = settings.mode == "production"
    try:
        for provider in providers.values():
            await provider.open()
        async with followed_vault(vault, settings.signin.vault_file, production=production):
            answers = Handoff(letters, finder, "answer")
            yield SignInParts(signin, vault, letters, finder, Handoff(letters, finder), answers)
    finally:
        for provider in providers.values():
            await provider.close()


def signin_keys(settings: Settings) -> tuple[Vault, Finder]:
    """The keys that identifiers are sealed and found with; raises ``ConfigurationError`` naming the setting."""
    production = settings.mode == "production"
    vault = load_vault(settings.signin.vault_file, production=production)
    return vault, load_finder(settings.signin.finder_file, production=production)


def build_providers(
    settings: Settings, letters: Letters, callback_base: str, clock: Callable[[], datetime]
) -> dict[str, Provider]:
    """Each wired provider by its id, the six states' in the order of their plates."""
    folder = settings.paths.providers
    if unknown := [name for name in settings.providers if not (folder / f"{name}.toml").exists()]:
        raise ConfigurationError(field=f"providers.{unknown[0]}", problem=f"has no name plate in {folder}")
    return {
        name: build_provider(
            ProviderParts(
                plate=ProviderPlate.load(folder / f"{name}.toml"),
                endpoints=wiring.endpoints,
                secrets={key: secret(value) for key, value in wiring.secrets.items()},
                clock=clock,
                letters=letters,
                callback_base=callback_base,
            )
        )
        for name, wiring in settings.providers.items()
    }
