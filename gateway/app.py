"""The composition root: the one place where the parts meet."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from gateway.fanout import Fanout
from gateway.flow import Flow
from gateway.i18n import Catalogue
from gateway.identity.key_files import load_key_ring, load_seal
from gateway.identity.keys import KeyRing
from gateway.identity.revocation import Revocations
from gateway.identity.seal import IdentifierSeal
from gateway.identity.verifier import TokenVerifier
from gateway.ledger.keys import load_signer
from gateway.ledger.ledger import Ledger
from gateway.policy.permit import Policy
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules
from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room, Wiring, build_room
from gateway.registry.services import Services
from gateway.sdk.inbox import Inbox
from gateway.settings import Settings, Tokens, secret
from gateway.storage.engine import Storage
from gateway.web.callbacks import callback_app
from gateway.web.contract import Operation, mount
from gateway.web.keys import KeyPages
from gateway.web.lookups import Lookups, state_words
from gateway.web.middleware import front
from gateway.web.operators import Measures, operators_app
from gateway.web.problems import Problems
from gateway.web.record import RecordPages
from gateway.web.services import ServicePages


@dataclass(frozen=True, slots=True)
class Parts:
    """What one worker is made of, open and ready: three applications and what the operators' tools need."""

    public: web.Application
    operators: web.Application
    callbacks: web.Application
    registry: Registry
    ledger: Ledger
    storage: Storage


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def token_keys(tokens: Tokens) -> tuple[KeyRing, IdentifierSeal]:
    """The keys that tokens are signed and sealed with; raises ``ConfigurationError`` naming the setting."""
    return load_key_ring(tokens.keys_dir), load_seal(tokens.identifiers_key_file)


@asynccontextmanager
async def parts(settings: Settings, callback_base: str) -> AsyncIterator[Parts]:
    """Builds and opens everything, and closes it in the opposite order.

    ``callback_base`` is where national systems reach this worker's callback door. Raises
    ``ConfigurationError`` naming the first setting that is wrong.
    """
    async with AsyncExitStack() as stack:
        services = Services.load(settings.paths.services)
        inbox = Inbox(callback_base)
        registry = Registry(_rooms(settings, inbox))
        storage = await stack.enter_async_context(Storage.open(settings.storage.url))
        ledger = await stack.enter_async_context(
            Ledger.open(storage, load_signer(settings.ledger.origin, settings.ledger.key_file), clock=now)
        )
        revocations = await stack.enter_async_context(Revocations.open(storage))
        stack.push_async_callback(registry.close)
        await registry.open()
        measures = Measures([service.id for service in services])
        yield Parts(
            public=_public(settings, services, registry, ledger, revocations, measures),
            operators=operators_app(measures, registry, storage),
            callbacks=callback_app(inbox),
            registry=registry,
            ledger=ledger,
            storage=storage,
        )


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


def _public(
    settings: Settings,
    services: Services,
    registry: Registry,
    ledger: Ledger,
    revocations: Revocations,
    measures: Measures,
) -> web.Application:
    catalogue, url = Catalogue.load(), settings.server.public_url
    problems = Problems(catalogue, url)
    keys, seal = token_keys(settings.tokens)
    verifier = TokenVerifier(
        keys, seal, issuer=settings.tokens.issuer, audience=settings.tokens.audience, revoked=revocations
    )
    policy = Policy(PolicyRules.load(settings.paths.policy), _quota(settings))
    flow = Flow(policy, registry, ledger, measures, now)
    fanout = Fanout(flow, registry, settings.lookups.deadline_ms / 1000)
    operations: list[Operation] = [
        *ServicePages(services, registry, url).operations(),
        *Lookups(
            verifier,
            services,
            policy,
            fanout,
            flow,
            problems,
            state_words(catalogue),
            now,
            settings.server.body_seconds,
        ).operations(),
        *RecordPages(verifier, ledger).operations(),
        *KeyPages(keys).operations(),
    ]
    app = web.Application(middlewares=[front(problems)], client_max_size=settings.server.body_bytes)
    mount(app, operations)
    return app


def _quota(settings: Settings) -> Quota:
    return Quota(settings.lookups.per_minute, settings.lookups.burst, time.monotonic)
