"""A relying party in a test: its plate, its attempts, and a browser that goes where it is sent."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from gateway.errors import BawabaError, ProviderGarbled
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse
from gateway.identity.providers.oidc import OpenIdProvider
from gateway.identity.providers.oidc.claim_rules import ID_TOKEN_RULES
from gateway.identity.providers.plate import AssuranceRule, IdentifierRule, ProviderPlate
from gateway.schema.country import Country
from gateway.schema.text import Text
from tests.support.hostile_provider import CLIENT, SECRET, HostileProvider

CALLBACK = "https://bawaba.example/auth/callback/seventh"
SECRETS = {"client_id": CLIENT, "client_secret": SECRET}


class Letters:
    """A letterbox in memory."""

    def __init__(self) -> None:
        self._letters: dict[str, bytes] = {}

    async def put(self, reference: str, body: bytes) -> bool:
        if reference in self._letters:
            return False
        self._letters[reference] = body
        return True

    async def read(self, reference: str) -> bytes | None:
        return self._letters.get(reference)


def utc() -> datetime:
    return datetime.now(UTC)


def make_plate(**changes: Any) -> ProviderPlate:
    """The plate of a seventh provider."""
    members: dict[str, Any] = {
        "id": "seventh",
        "protocol": "oidc",
        "name": Text(ar="المزوّد السابع", en="The seventh provider"),
        "endpoints": ("issuer",),
        "secrets": ("client_id", "client_secret"),
        "identifier": IdentifierRule(claim="cpr", country=Country.BH),
        "assurance": AssuranceRule(claim="acr", levels={"mid": Assurance.SUBSTANTIAL, "high": Assurance.HIGH}),
        "accepts": ("cpr", "acr"),
        "ignores": ("name",),
        "scopes": ("openid",),
        "timeout_ms": 2000,
        **changes,
    }
    return ProviderPlate(**members)


def make_provider(
    issuer: str,
    plate: ProviderPlate | None = None,
    *,
    clock: Callable[[], datetime] = utc,
    provider_secrets: Mapping[str, str] = SECRETS,
    without: str = "",
    **more: Any,
) -> OpenIdProvider:
    """The provider under test; ``without`` names a rule that this build has not got."""
    rules = {name: rule for name, rule in ID_TOKEN_RULES.items() if name != without}
    assert not without or len(rules) < len(ID_TOKEN_RULES)
    return OpenIdProvider(
        plate or make_plate(), {"issuer": issuer}, provider_secrets, clock, Letters(), rules=rules, **more
    )


def make_attempt(clock: Callable[[], datetime] = utc, **changes: Any) -> Attempt:
    """A sign-in under way."""
    now = clock()
    members: dict[str, Any] = {
        "id": secrets.token_urlsafe(32),
        "provider": "seventh",
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "redirect_uri": CALLBACK,
        "language": "ar",
        "created_at": now,
        "expires_at": now + timedelta(minutes=10),
        **changes,
    }
    return Attempt(**members)


async def sent_back(url: str) -> ProviderResponse:
    """What the browser brings back from a provider that shows no page."""
    async with aiohttp.ClientSession() as browser, browser.get(url, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        return ProviderResponse(query=dict(parse_qsl(urlsplit(answer.headers["Location"]).query)))


def changed(response: ProviderResponse, **changes: str | None) -> ProviderResponse:
    """The response with some of its query another; ``None`` leaves one out."""
    query = {**response.query, **changes}
    return ProviderResponse(query={name: value for name, value in query.items() if value is not None})


async def sign_in(provider: OpenIdProvider, attempt: Attempt | None = None) -> Evidence:
    """One sign-in from its beginning to its evidence."""
    attempt = attempt or make_attempt()
    step = await provider.begin(attempt)
    return await provider.complete(attempt, await sent_back(step.url))


@asynccontextmanager
async def hostile_house(alg: str = "ES256", **changes: Any) -> AsyncIterator[tuple[HostileProvider, OpenIdProvider]]:
    """A provider and the relying party that knows it."""
    hostile = HostileProvider(alg)
    async with hostile.running() as url:
        provider = make_provider(url, **changes)
        try:
            yield hostile, provider
        finally:
            await provider.close()


async def disbelieved(
    provider: OpenIdProvider, reason: str, attempt: Attempt | None = None, response: ProviderResponse | None = None
) -> None:
    """The sign-in is refused for ``reason``, which the operators are told and nobody else."""
    attempt = attempt or make_attempt()
    if response is None:
        response = await sent_back((await provider.begin(attempt)).url)
    with capture_logs() as logs, pytest.raises(ProviderGarbled) as refusal:
        await provider.complete(attempt, response)
    assert reason in [entry.get("reason") for entry in logs], logs
    assert reason not in str(refusal.value)


async def refused(provider: OpenIdProvider, kind: type[BawabaError], attempt: Attempt | None = None) -> BawabaError:
    """The sign-in ends in an error of that kind."""
    with pytest.raises(kind) as refusal:
        await sign_in(provider, attempt)
    return refusal.value
