"""A system that cannot prove who it is gets no request."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme

from gateway.errors import BackendDown, ConfigurationError
from gateway.sdk.gate import Gate
from tests.support.backend import answered, backend
from tests.support.gates import gate_to, get


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority that the gate trusts."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What the gate is given: verifying, with that one authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def proving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """What the system shows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


async def refused(gate: Gate, **options: Any) -> bool:
    with pytest.raises(BackendDown) as caught:
        await get(gate, **options)
    return caught.value.facts["reason"] == "tls"


async def test_a_system_with_a_good_certificate_is_asked(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    """By its address and by its name, and over a kept connection."""
    good = proving(authority.issue_cert("127.0.0.1", "localhost"))
    async with backend(answered(b"hi"), tls=good) as system:
        for url in (system.url, f"https://localhost:{system.port}"):
            async with gate_to(url, tls=trusting) as gate:
                assert [(await get(gate)).body for _ in range(2)] == [b"hi", b"hi"]

    assert (system.connections, len(system.requests)) == (2, 4)


async def test_a_certificate_that_vouches_for_itself_is_refused(trusting: ssl.SSLContext) -> None:
    own = proving(trustme.CA().issue_cert("127.0.0.1"))
    async with backend(answered(), tls=own) as system, gate_to(system.url, tls=trusting) as gate:
        assert await refused(gate)

    assert system.requests == []


async def test_without_authorities_of_its_own_a_gate_trusts_those_of_the_system(authority: trustme.CA) -> None:
    """And those do not know ours."""
    good = proving(authority.issue_cert("127.0.0.1"))
    async with backend(answered(), tls=good) as system, gate_to(system.url) as gate:
        assert await refused(gate)

    assert system.requests == []


@pytest.mark.parametrize("name", ["192.0.2.1", "elsewhere.example", "*.0.0.1"])
async def test_a_certificate_for_another_name_is_refused(
    name: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    wrong = proving(authority.issue_cert(name))
    async with backend(answered(), tls=wrong) as system, gate_to(system.url, tls=trusting) as gate:
        assert await refused(gate)

    assert system.requests == []


async def test_a_certificate_for_the_address_does_not_prove_the_name(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    wrong = proving(authority.issue_cert("127.0.0.1"))
    url = "https://localhost:{}"
    async with backend(answered(), tls=wrong) as system, gate_to(url.format(system.port), tls=trusting) as gate:
        assert await refused(gate)

    assert system.requests == []


async def test_a_certificate_past_its_time_is_refused(authority: trustme.CA, trusting: ssl.SSLContext) -> None:

    past = datetime(2020, 1, 1, tzinfo=UTC)
    expired = proving(authority.issue_cert("127.0.0.1", not_before=past, not_after=past + timedelta(days=1)))
    async with backend(answered(), tls=expired) as system, gate_to(system.url, tls=trusting) as gate:
        assert await refused(gate)

    assert system.requests == []


async def test_old_versions_of_tls_are_refused(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    old = proving(authority.issue_cert("127.0.0.1"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    # A version this old is what the standard library warns of, and what this test is about.
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with backend(answered(), tls=old) as system, gate_to(system.url, tls=trusting) as gate:
        with pytest.raises(BackendDown):
            await get(gate)

    assert system.requests == []


async def test_a_system_that_does_not_speak_tls_is_refused(trusting: ssl.SSLContext) -> None:
    heard: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 in the clear\r\n")
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server, gate_to(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", tls=trusting) as gate:
        assert await refused(gate, headers={"X-Api-Key": "invented"})
        await asyncio.sleep(0.01)

    assert b"HTTP" not in b"".join(heard)
    assert b"invented" not in b"".join(heard)


async def test_the_peer_is_judged_before_the_handshake(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    good = proving(authority.issue_cert("127.0.0.1"))
    async with (
        backend(answered(), tls=good) as system,
        gate_to(system.url, tls=trusting, check_address=lambda _address, _port: False) as gate,
    ):
        with pytest.raises(BackendDown) as caught:
            await get(gate)

    assert caught.value.facts["reason"] == "address_refused"
    assert system.connections == 0


async def test_a_client_certificate_is_shown_where_one_is_asked_for(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    """Mutual TLS: the same context carries it."""
    demanding = proving(authority.issue_cert("127.0.0.1"))
    demanding.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(demanding)
    async with backend(answered(), tls=demanding) as system:
        async with gate_to(system.url, tls=trusting) as gate:
            with pytest.raises(BackendDown):
                await get(gate)
        authority.issue_cert("bawaba.example").configure_cert(trusting)
        async with gate_to(system.url, tls=trusting) as gate:
            assert (await get(gate)).status == 200

    assert len(system.requests) == 1


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def nameless() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def lenient() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.mark.parametrize("make", [unverified, nameless, lenient])
def test_a_gate_that_would_not_verify_is_not_made(make: Callable[[], ssl.SSLContext]) -> None:
    with pytest.raises(ConfigurationError):
        Gate("test", "https://127.0.0.1", tls=make())
