"""The composition root: the one place where the parts meet."""

import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from gateway.app.adapters import AdapterParts, adapter_parts, host_credentials, rules_of
from gateway.app.applications import ApplicationParts, Ground, application_parts, carrying
from gateway.app.cards import Cards, cards
from gateway.app.joining import joining
from gateway.app.notices import notice_parts, open_channels, outward
from gateway.app.oauth import oauth_parts
from gateway.app.oauth_tokens import TokenKeys, token_parts
from gateway.app.operators import ConsoleGround, operator_console, rehearse_operators
from gateway.app.public import Inside, public_app, quota
from gateway.app.registry import agency_parts
from gateway.app.signin import signin_keys, signin_parts
from gateway.errors import ConfigurationError
from gateway.flow import Flow
from gateway.i18n import Catalogue
from gateway.identity.key_files import KeyStore, followed, load_seal
from gateway.identity.key_store import key_store
from gateway.identity.keys import KeyRing
from gateway.identity.revocation import Revocations
from gateway.identity.seal import IdentifierSeal
from gateway.identity.verifier import TokenVerifier
from gateway.ledger.key_files import load_ledger_keys
from gateway.ledger.ledger import Ledger, LedgerKeys
from gateway.ledger.note import Verifier
from gateway.policy.permit import Policy
from gateway.policy.rules import PolicyRules
from gateway.registry.mandate_quota import QuotaLease
from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room, Wiring, build_room
from gateway.registry.services import Services
from gateway.sdk.inbox import Inbox
from gateway.settings import Settings, secret
from gateway.storage.engine import Storage
from gateway.storage.standing import stands
from gateway.web.callbacks import callback_app
from gateway.web.operators import SHARED_MEASURES, Measures, operators_app
from gateway.web.problems import Problems


@dataclass(frozen=True, slots=True)
class Parts:
    """What one worker is made of, open and ready: three applications and what the operators' tools need."""

    public: web.Application
    problems: Problems
    operators: web.Application
    callbacks: web.Application
    cards: Cards
    registry: Registry
    ledger: Ledger
    storage: Storage
    applications: ApplicationParts
    adapters: AdapterParts


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def signing_keys(settings: Settings) -> KeyStore:
    """Where the keys are kept that tokens are signed with; raises ``ConfigurationError`` naming the setting."""
    tokens, production = settings.tokens, settings.mode == "production"
    return key_store(tokens.keys_from, tokens.keys_dir, os.environ, production=production)


def token_keys(settings: Settings) -> tuple[KeyRing, IdentifierSeal]:
    """The keys that tokens are signed and sealed with; raises ``ConfigurationError`` naming the setting."""
    tokens, production = settings.tokens, settings.mode == "production"
    ring = signing_keys(settings).load()
    return ring, load_seal(tokens.identifiers_key_file, production=production)


def ledger_keys(settings: Settings) -> LedgerKeys:
    """The keys of the ledger; raises ``ConfigurationError`` naming the setting."""
    ledger = settings.ledger
    return load_ledger_keys(ledger.key_file, ledger.pseudonym_key_file, production=settings.mode == "production")


@asynccontextmanager
async def parts(settings: Settings, callback_base: str) -> AsyncIterator[Parts]:
    """Builds and opens everything, and closes it in the opposite order.

    ``callback_base`` is where national systems reach this worker's callback door. Raises
    ``ConfigurationError`` naming the first setting that is wrong.
    """
    async with AsyncExitStack() as stack:
        services, rules = catalogue(settings)
        keys, seal = token_keys(settings)
        inbox = Inbox(callback_base)
        storage = await stack.enter_async_context(
            Storage.open(settings.storage.url, connections=settings.storage.connections)
        )
        await _require_schema(storage)
        quota_of_mandates = QuotaLease(storage, time.time)
        stack.push_async_callback(quota_of_mandates.close)
        registry = Registry(_rooms(settings, inbox), time.time, quota_of_mandates)
        services.check_offers(room.plate for room in registry.folders)
        ledger = await stack.enter_async_context(Ledger.open(storage, ledger_keys(settings), settings.ledger.origin))
        revocations = await stack.enter_async_context(Revocations.open(storage))
        await stack.enter_async_context(_followed_keys(settings, keys, seal))
        stack.push_async_callback(registry.close)
        await registry.open()
        entrance = await stack.enter_async_context(signin_parts(settings, storage, callback_base, now))
        adapters = await stack.enter_async_context(
            adapter_parts(settings, storage, registry, services, inbox, entrance.vault, ledger, now)
        )
        measures = Measures(services, shared=SHARED_MEASURES in os.environ)
        policy = Policy(rules, quota(rules.quota), rules_of(services))
        flow = Flow(policy, registry, ledger, measures, now)
        words = Catalogue.load()
        ground = Ground(services, policy, flow, registry, storage, ledger, entrance.vault, measures, callback_base, now)
        told = notice_parts(settings, storage, entrance.vault, registry, words, now)
        joined = await stack.enter_async_context(
            joining(
                storage,
                entrance.vault,
                ledger,
                adapters.store,
                quota_of_mandates,
                told.store,
                told.channels,
                [purpose.id for purpose in rules.purposes],
                now,
            )
        )
        made = application_parts(settings, ground, listeners=[told.telling])
        await stack.enter_async_context(carrying(made))
        await stack.enter_async_context(told.postman.walking(settings.notices.poll_seconds))
        verifier = TokenVerifier(
            keys, seal, issuer=settings.tokens.issuer, audience=settings.tokens.audience, revoked=revocations
        )
        programs = await stack.enter_async_context(oauth_parts(settings, storage, entrance.vault, revocations, now))
        token_keys_now = TokenKeys(keys, seal, verifier, revocations)
        tokens = await stack.enter_async_context(token_parts(settings, storage, programs, entrance, token_keys_now))
        names = {name: provider.plate.name for name, provider in entrance.signin.providers.items()}
        problems = Problems(words, settings.server.public_url, names)
        card_parts = cards(settings, entrance)
        base = ConsoleGround(
            ground,
            entrance.finder,
            entrance.letters,
            made.parking,
            programs.clients,
            problems,
            measures.registry,
            joined,
        )
        console = await stack.enter_async_context(operator_console(settings, base))
        built = Parts(
            public=public_app(
                Inside(
                    settings,
                    ground,
                    problems,
                    rules,
                    keys,
                    verifier,
                    entrance,
                    card_parts,
                    made,
                    told,
                    programs,
                    tokens,
                    agency_parts(settings, ground, rules, adapters, programs.clients, joined.mandates),
                )
            ),
            problems=problems,
            operators=operators_app(measures, registry, storage, lambda: ledger.healthy, made.parking, console),
            callbacks=callback_app(inbox, entrance.letters, made.hearing),
            cards=card_parts,
            registry=registry,
            ledger=ledger,
            storage=storage,
            applications=made,
            adapters=adapters,
        )
        # A busy machine may have taken longer for all this than what was read of revocations holds.
        await revocations.refresh()
        yield built


async def _require_schema(storage: Storage) -> None:
    if not await stands(storage):
        raise ConfigurationError(field="storage.url", problem="has not this version's tables; run bawaba db upgrade")


def rehearse(settings: Settings) -> Sequence[str]:
    """Reads and builds all that a start needs without opening it; the labels of the rooms come back.

    Raises ``ConfigurationError`` naming the first setting, key, service, rule or name plate that is wrong.
    """
    catalogue(settings)
    token_keys(settings)
    ledger_keys(settings)
    signin_keys(settings)
    rehearse_operators(settings, now)
    open_channels(settings.notices, outward(settings))
    host_credentials(settings)
    return [room.plate.label for room in _rooms(settings, Inbox("http://127.0.0.1"))]


def _rooms(settings: Settings, inbox: Inbox) -> Sequence[Room]:
    adapters = settings.paths.adapters
    return [
        build_room(
            Manifest.load(adapters / name),
            adapters,
            Wiring(wiring.endpoints, {key: secret(value) for key, value in wiring.secrets.items()}),
            inbox,
            now,
        )
        for name, wiring in sorted(settings.rooms.items())
    ]


def catalogue(settings: Settings) -> tuple[Services, PolicyRules]:
    """The services and the rules, which must agree with each other."""
    services, rules = Services.load(settings.paths.services), PolicyRules.load(settings.paths.policy)
    services.check_against(rules)
    return services, rules


def _followed_keys(settings: Settings, keys: KeyRing, seal: IdentifierSeal) -> AbstractAsyncContextManager[None]:
    tokens = settings.tokens
    production = settings.mode == "production"
    return followed(keys, signing_keys(settings), seal, tokens.identifiers_key_file, production=production)


def ledger_verifiers(settings: Settings) -> Sequence[Verifier]:
    """The public halves of the keys that signed this log's checkpoints."""
    keys = ledger_keys(settings)
    return (Verifier(settings.ledger.origin, keys.signing.public_key()), *keys.retired)
