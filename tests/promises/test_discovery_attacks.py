"""A provider's metadata leads nowhere it should not, and its outages stay its own: attacks J03, J04, J06 and J08."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from aiohttp import web
from structlog.testing import capture_logs

from gateway.errors import ConfigurationError, ProviderDown, ProviderGarbled, ProviderLate
from gateway.identity.providers.oidc import OpenIdProvider
from gateway.identity.providers.oidc.kept import Ages
from tests.support.hostile_provider import HostileProvider
from tests.support.openid import hostile_house, make_attempt, make_plate, make_provider, sent_back, sign_in

DISCOVERY = "/.well-known/openid-configuration"
QUICK = Ages(pause=0.05)


async def _not_begun(provider: OpenIdProvider, reason: str) -> None:
    with capture_logs() as logs, pytest.raises(ProviderGarbled):
        await provider.begin(make_attempt())
    assert reason in [entry.get("reason") for entry in logs], logs


# --- J06: metadata

OTHER_ISSUERS: list[Callable[[str], Any]] = [
    lambda url: f"{url}/",
    lambda url: url.upper(),
    lambda url: f"{url}/tenant",
    lambda url: url.replace("127.0.0.1", "localhost"),
    lambda _url: "https://login.example",
    lambda url: [url],
    lambda _url: None,
]


@pytest.mark.parametrize("issuer", OTHER_ISSUERS)
async def test_the_issuer_must_be_ours_to_the_letter(issuer: Callable[[str], Any]) -> None:
    """J06."""
    async with hostile_house() as (hostile, provider):
        hostile.discovery = lambda document: {**document, "issuer": issuer(hostile.url)}
        await _not_begun(provider, "discovery_issuer")

    async with hostile_house() as (_, provider):
        assert (await sign_in(provider)).subject == "subject-1"


ADDRESSES = [
    ("http://login.example/x", "address_not_https"),
    ("http://169.254.169.254/latest/meta-data", "address_not_https"),
    ("https://169.254.169.254/latest/meta-data", "address_refused"),
    ("https://[fe80::1]/x", "address_refused"),
    ("https://[fd00:ec2::254]/x", "address_refused"),
    ("https://[::ffff:169.254.169.254]/x", "address_refused"),
    ("https://[64:ff9b::a9fe:a9fe]/x", "address_refused"),
    ("https://[2002:a9fe:a9fe::1]/x", "address_refused"),
    ("https://100.100.100.200/x", "address_refused"),
    ("https://192.0.0.192/x", "address_refused"),
    ("https://0.0.0.0/x", "address_refused"),
    ("https://224.0.0.1/x", "address_refused"),
    ("file:///etc/passwd", "address_form"),
    ("gopher://127.0.0.1/x", "address_form"),
    ("//127.0.0.1/x", "address_form"),
    ("https://user:secret@login.example/x", "address_form"),
    ("https://login.example/x#fragment", "address_form"),
    ("https://login.example/\\x", "address_form"),
    ("https://login.example/x y", "address_form"),
    ("https://login.example/\r\nX-Evil: 1", "address_form"),
    ("https://login.example:0/x", "address_form"),
    ("https://login.example:99999/x", "address_form"),
    ("https:///x", "address_form"),
    ("https://[::1/x", "address_form"),
    ("https://lоgin.example/x", "address_form"),
    ("https://" + "a" * 3000, "address_form"),
    ("javascript:alert(1)", "address_form"),
    (7, "address_form"),
    (None, "address_form"),
]


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint", "authorization_endpoint"])
@pytest.mark.parametrize(("address", "reason"), ADDRESSES)
async def test_an_endpoint_may_not_lead_astray(name: str, address: object, reason: str) -> None:
    """J06."""
    async with hostile_house() as (hostile, provider):
        hostile.discovery = lambda document: {**document, name: address}

        await _not_begun(provider, f"discovery_{reason}")


async def test_userinfo_may_not_lead_astray_either() -> None:
    """J06."""
    async with hostile_house(plate=make_plate(options={"userinfo": "yes"})) as (hostile, provider):
        hostile.discovery = lambda document: {**document, "userinfo_endpoint": "https://169.254.169.254/"}

        await _not_begun(provider, "discovery_address_refused")


@pytest.mark.parametrize("number", ["2852039166", "0xa9fea9fe", "169.254.43518", "0251.0376.0251.0376"])
async def test_a_number_that_stands_for_a_forbidden_address_is_not_connected_to(number: str) -> None:
    """J06: no address by its form; what it leads to is looked at when it is reached."""
    async with hostile_house(plate=make_plate(timeout_ms=1000)) as (hostile, provider):
        hostile.discovery = lambda document: {**document, "token_endpoint": f"https://{number}/token"}
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)

        with capture_logs() as logs, pytest.raises(ProviderDown):
            await provider.complete(attempt, response)

        assert {"event": "provider.not_trusted", "provider": "seventh", "reason": "address_refused"}.items() <= {
            key: value for entry in logs if entry["event"] == "provider.not_trusted" for key, value in entry.items()
        }.items()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (lambda: web.Response(status=302, headers={"Location": "/elsewhere"}), "backend_redirected"),
        (lambda: web.Response(status=404), "discovery_status_404"),
        (lambda: web.json_response([]), "discovery_form"),
        (lambda: web.Response(body=b"[" * 100_000), "json_too_deep"),
        (lambda: web.Response(body=b'{"issuer":"a","issuer":"b"}'), "duplicate_key"),
        (lambda: web.Response(text="<html>"), "malformed_json"),
    ],
)
async def test_metadata_that_cannot_be_read_in_one_way_is_refused(
    body: Callable[[], web.Response], reason: str
) -> None:
    """J06."""
    async with hostile_house() as (hostile, provider):
        hostile.bodies[DISCOVERY] = body

        await _not_begun(provider, reason)

        assert hostile.asked["/elsewhere"] == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "discovery_algorithms"),
        ({"code_challenge_methods_supported": ["plain"]}, "discovery_pkce"),
    ],
)
async def test_a_provider_that_cannot_do_what_is_needed_is_told_at_the_beginning(
    changes: dict[str, Any], reason: str
) -> None:
    async with hostile_house() as (hostile, provider):
        hostile.discovery = lambda document: {**document, **changes}

        await _not_begun(provider, reason)


@pytest.mark.parametrize(
    "issuer",
    ["http://login.example", "https://169.254.169.254", "ftp://login.example", "https://login.example/?a=b", ""],
)
def test_an_issuer_that_cannot_be_trusted_stops_the_start_and_is_named(issuer: str) -> None:
    """J06."""
    with pytest.raises(ConfigurationError) as wrong:
        make_provider(issuer)

    assert wrong.value.field == "providers.seventh: endpoints.issuer"


async def test_metadata_is_fetched_once_and_the_last_good_is_kept_while_it_cannot_be() -> None:
    async with hostile_house(ages=Ages(fresh=0.2, pause=0)) as (hostile, provider):
        for _ in range(5):
            await provider.begin(make_attempt())
        assert hostile.asked[DISCOVERY] == 1

        await asyncio.sleep(0.25)
        hostile.bodies[DISCOVERY] = lambda: web.Response(status=500)

        assert (await provider.begin(make_attempt())).url.startswith(hostile.url)
        assert hostile.asked[DISCOVERY] == 2


async def test_a_provider_that_moves_is_followed() -> None:
    async with hostile_house(ages=Ages(fresh=0, pause=0)) as (hostile, provider):
        await sign_in(provider)
        async with HostileProvider().running() as url:
            hostile.discovery = lambda document: {**document, "authorization_endpoint": f"{url}/authorize?tenant=bh"}

            step = await provider.begin(make_attempt())

            assert step.url.startswith(f"{url}/authorize?tenant=bh&response_type=code&")


# --- J03 and J04: down and slow


async def test_a_provider_that_is_down_does_not_stop_the_start_nor_the_others_and_recovers_by_itself() -> None:
    """J03."""
    async with hostile_house(ages=QUICK) as (bad, provider), hostile_house() as (_, other):
        bad.down = True
        await provider.open()
        for _ in range(8):
            with pytest.raises(ProviderDown, match="seventh"):
                await provider.begin(make_attempt())
            await asyncio.sleep(0.06)
        assert (await sign_in(other)).subject == "subject-1"
        asked = bad.asked[DISCOVERY]

        # The breaker is open: the provider is left alone.
        with pytest.raises(ProviderDown):
            await provider.begin(make_attempt())
        assert bad.asked[DISCOVERY] == asked

        bad.down = False
        await asyncio.sleep(2.1)
        assert (await sign_in(provider)).subject == "subject-1"


async def test_a_slow_provider_is_waited_for_no_longer_than_its_plate_says_and_slows_nobody_else() -> None:
    """J04."""
    plate = make_plate(timeout_ms=300)
    async with hostile_house(plate=plate) as (bad, provider), hostile_house() as (_, other):
        await sign_in(other)
        bad.slow = 60

        began = time.monotonic()
        waiting = [asyncio.create_task(provider.begin(make_attempt())) for _ in range(20)]
        await asyncio.sleep(0)
        quick = time.monotonic()
        await sign_in(other)
        quick = time.monotonic() - quick
        results = await asyncio.gather(*waiting, return_exceptions=True)

        assert all(isinstance(each, ProviderLate) for each in results)
        assert time.monotonic() - began < 2
        assert quick < 1


async def test_a_slow_token_endpoint_is_not_asked_twice() -> None:
    """J04: a code is good once, so the question is never repeated."""
    async with hostile_house(plate=make_plate(timeout_ms=300)) as (hostile, provider):
        await sign_in(provider)
        attempt = make_attempt()
        response = await sent_back((await provider.begin(attempt)).url)
        hostile.slow = 60

        with pytest.raises(ProviderLate):
            await provider.complete(attempt, response)

        assert hostile.asked["/token"] == 2


# --- J08: certificates


@asynccontextmanager
async def _tls_house(
    served: trustme.LeafCert, trusted: trustme.CA
) -> AsyncIterator[tuple[HostileProvider, OpenIdProvider]]:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.configure_cert(server)
    client = ssl.create_default_context()
    trusted.configure_trust(client)
    hostile = HostileProvider()
    async with hostile.running(server, host="localhost") as url:
        provider = make_provider(url, tls=client)
        try:
            yield hostile, provider
        finally:
            await provider.close()


async def test_a_certificate_of_a_trusted_authority_is_believed() -> None:
    authority = trustme.CA()
    async with _tls_house(authority.issue_cert("localhost"), authority) as (_, provider):
        step = await provider.begin(make_attempt())

        assert step.url.startswith("https://localhost:")


YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.mark.parametrize("case", ["expired", "self-signed", "another name", "an unknown authority"])
async def test_a_certificate_that_proves_nothing_is_refused_and_told(case: str) -> None:
    """J08."""
    authority, stranger = trustme.CA(), trustme.CA()
    served = {
        "expired": lambda: authority.issue_cert("localhost", not_before=YESTERDAY - timedelta(1), not_after=YESTERDAY),
        "self-signed": lambda: stranger.issue_cert("localhost"),
        "another name": lambda: authority.issue_cert("login.example"),
        "an unknown authority": lambda: stranger.issue_cert("localhost"),
    }[case]()
    async with _tls_house(served, authority) as (hostile, provider):
        with capture_logs() as logs, pytest.raises(ProviderDown):
            await provider.begin(make_attempt())

        told = [entry for entry in logs if entry["event"] == "provider.not_trusted"]
        assert told[0]["log_level"] == "error"
        assert told[0]["reason"] == "tls"
        assert hostile.asked.total() == 0


async def test_nobody_can_switch_the_checking_of_certificates_off() -> None:
    """J08."""
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    provider = make_provider("https://localhost:1", tls=careless)

    with pytest.raises(ProviderGarbled):
        await provider.begin(make_attempt())
    await provider.close()
