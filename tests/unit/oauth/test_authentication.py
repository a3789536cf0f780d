"""A program proves who it is in its own way: a good proof is taken once, any other never, and nobody learns why."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import InvalidClient, ProviderDown
from gateway.identity.keys import base64url
from gateway.identity.providers.oidc.jwks import KeySet
from gateway.identity.revocation import Revocations
from gateway.oauth.assertion import ASSERTION_TYPE, Assertions
from gateway.oauth.authentication import ClientAuthentication
from gateway.oauth.certificates import Issuers, thumbprint_of
from gateway.oauth.client import Client
from gateway.oauth.client_keys import ClientKeys
from gateway.oauth.clients import Clients
from gateway.oauth.seen import StoredSeen
from gateway.storage.engine import Storage
from tests.support.certificates import A_DAY, SERVER, ProgramAuthority
from tests.support.openid_keys import make_key, small_rsa_key
from tests.support.programs import Prover, confidential, public, signed

ISSUER = "https://bawaba.example"
AUTHORITY = ProgramAuthority()


async def nowhere(client_id: str, url: str) -> KeySet:
    """An address that cannot be reached."""
    raise ProviderDown(provider=client_id)


@dataclass
class Door:
    """Where programs prove themselves, on two workers of one database."""

    clients: Clients
    one: ClientAuthentication
    two: ClientAuthentication

    async def admit(self, client: Client) -> None:
        await self.clients.register(client)
        await self.clients.approve(client.client_id)

    async def accepts(self, form: dict[str, str], certificate: bytes | None) -> None:
        assert (await self.one.authenticate(form, certificate)).client_id == "kw-moi-app"

    async def refuses(self, form: dict[str, str], certificate: bytes | None = None) -> None:
        with pytest.raises(InvalidClient) as refused:
            await self.one.authenticate(form, certificate)
        assert refused.value.facts == {}


@pytest.fixture
async def door(storage_url: str) -> AsyncIterator[Door]:
    async with (
        Storage.open(storage_url) as first,
        Storage.open(storage_url) as second,
        Revocations.open(first) as revocations,
    ):
        issuers = Issuers([AUTHORITY.certificate], lambda: datetime.now(UTC))
        clients = Clients(first, revocations, time.time)
        one, two = (
            ClientAuthentication(
                clients, ClientKeys(nowhere), Assertions(ISSUER, StoredSeen(storage), time.time), issuers
            )
            for storage in (first, second)
        )
        yield Door(clients, one, two)


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
async def test_a_program_proves_itself_by_its_key(door: Door, alg: str) -> None:
    prover = Prover(make_key(alg))
    await door.admit(confidential(jwks=prover.jwks))

    for header in ({}, {"typ": "JWT"}, {"typ": "client-authentication+jwt"}):
        form = prover.proof(header=header)
        assert (await door.one.authenticate(form, None)).client_id == "kw-moi-app"
    await door.accepts({"client_id": "kw-moi-app", **prover.proof()}, None)
    moment = int(time.time())
    await door.accepts(prover.proof(exp=moment + 290, nbf=moment, iat=...), None)


async def test_a_proof_is_good_once_on_whichever_worker(door: Door) -> None:
    prover = Prover()
    await door.admit(confidential(jwks=prover.jwks))
    form = prover.proof()
    await door.two.authenticate(form, None)

    await door.refuses(form)
    await door.accepts(prover.proof(), None)


def _with_a_half(moment: int) -> float:
    return moment + 0.5


@dataclass(frozen=True)
class In:
    """So many seconds from when the test runs, written as ``form`` says."""

    seconds: int
    form: Callable[[int], object] = int

    def __str__(self) -> str:
        return f"{self.form.__name__} in {self.seconds}"

    def at(self, moment: int) -> object:
        return self.form(moment + self.seconds)


def _names(changes: dict[str, Any]) -> str:
    return " ".join(f"{claim} {value}" for claim, value in changes.items())


BAD_CLAIMS: tuple[dict[str, Any], ...] = (
    {"iss": "another-app"},
    {"iss": ...},
    {"sub": ...},
    {"sub": 7},
    {"aud": ...},
    {"aud": f"{ISSUER}/"},
    {"aud": f"{ISSUER}/oauth/token"},
    {"aud": [ISSUER]},
    {"aud": [ISSUER, "https://other.example"]},
    {"aud": ISSUER.upper()},
    {"exp": ...},
    {"exp": In(-1)},
    {"exp": In(3600)},
    {"exp": In(60, str)},
    {"exp": True},
    {"exp": In(60, _with_a_half)},
    {"exp": 10**14},
    {"iat": In(120)},
    {"iat": In(-3600)},
    {"iat": "now"},
    {"nbf": In(120)},
    {"jti": ...},
    {"jti": ""},
    {"jti": 7},
    {"jti": "x" * 300},
)


@pytest.mark.parametrize("changes", BAD_CLAIMS, ids=_names)
async def test_an_assertion_that_says_something_else_is_refused(door: Door, changes: dict[str, Any]) -> None:
    prover = Prover()
    await door.admit(confidential(jwks=prover.jwks))

    moment = int(time.time())
    said = {claim: value.at(moment) if isinstance(value, In) else value for claim, value in changes.items()}
    await door.refuses({"client_id": "kw-moi-app", **prover.proof(**said)})
    await door.accepts(prover.proof(), None)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "RS256"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"typ": "at+jwt"},
        {"typ": "dpop+jwt"},
        {"kid": "another"},
        {"kid": 7},
        {"kid": "../../etc/passwd"},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
    ids=str,
)
async def test_an_assertion_with_another_header_is_refused(door: Door, header: dict[str, Any]) -> None:
    prover = Prover()
    await door.admit(confidential(jwks=prover.jwks))

    await door.refuses(prover.proof(header=header))


async def test_an_assertion_by_the_public_key_as_a_secret_is_refused(door: Door) -> None:
    prover = Prover()
    await door.admit(confidential(jwks=prover.jwks))
    pem = prover.key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = prover.assertion(header={"alg": "HS256"}).rpartition(".")[0]
    forged = f"{unsigned}.{base64url(hmac.digest(pem, unsigned.encode(), hashlib.sha256))}"

    await door.refuses({"client_assertion_type": ASSERTION_TYPE, "client_assertion": forged})


async def test_an_assertion_of_another_key_or_bent_by_a_bit_is_refused(door: Door) -> None:
    prover, stranger = Prover(), Prover()
    await door.admit(confidential(jwks=prover.jwks))
    head, body, signature = prover.assertion().split(".")
    bent = [
        stranger.assertion(),
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}=",
        f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        f"{head}.{body[:-4]}AAAA.{signature}",
        signed(prover.key, {"alg": "ES256", "kid": "first"}, b'{"sub":"kw-moi-app","sub":"kw-moi-app"}'),
        signed(prover.key, {"alg": "ES256", "kid": "first"}, b"[]"),
        signed(prover.key, {"alg": "ES256", "kid": "first"}, b'{"sub":' + b"[" * 50_000),
        "x" * 1_000_000,
        "." * 5_000,
        "",
    ]

    for each in bent:
        await door.refuses({"client_assertion_type": ASSERTION_TYPE, "client_assertion": each})


async def test_a_fit_key_by_an_algorithm_that_is_not_taken_proves_nobody(door: Door) -> None:
    prover = Prover(make_key("RS256"))
    await door.admit(confidential(jwks=prover.jwks))

    await door.refuses(prover.proof())


async def test_a_weak_or_private_key_proves_nobody(door: Door) -> None:
    weak = Prover(small_rsa_key())
    secret: dict[str, Any] = {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}]}
    empty: dict[str, Any] = {"keys": []}
    for jwks in (weak.jwks, secret, empty, {"keys": [*Prover().jwks["keys"], *Prover().jwks["keys"]]}):
        await door.admit(confidential(jwks=jwks))
        await door.refuses(weak.proof(header={"alg": "PS256"}))
        await door.refuses(Prover().proof())


async def test_a_proof_in_another_way_than_the_registered_one_is_refused(door: Door) -> None:
    prover = Prover()
    certificate = AUTHORITY.issue()
    await door.admit(confidential(jwks=prover.jwks))
    await door.admit(public())
    of_public = Prover(prover.key, "bh-pocket")

    for form in (
        {},
        {"client_id": "kw-moi-app"},
        {"client_id": "kw-moi-app", "client_secret": "hunter2"},
        {"client_secret": "hunter2", **prover.proof()},
        {"client_id": "bh-pocket", **prover.proof()},
        {"client_assertion": prover.assertion()},
        {"client_assertion_type": "urn:other", "client_assertion": prover.assertion()},
        {"client_id": "kw-moi-app", "client_assertion_type": ASSERTION_TYPE},
        of_public.proof(),
        {"client_id": "bh-pocket", "client_secret": ""},
    ):
        await door.refuses(form)
        await door.refuses(form, certificate)
    assert await door.one.authenticate({"client_id": "bh-pocket"}, None) == public()


async def test_a_program_that_was_stopped_proves_nothing_any_more(door: Door) -> None:
    prover = Prover()
    await door.admit(confidential(jwks=prover.jwks))
    await door.accepts(prover.proof(), None)

    await door.clients.suspend("kw-moi-app")

    await door.refuses(prover.proof())


# --- certificates


async def test_a_program_proves_itself_by_a_certificate_of_an_authority(door: Door) -> None:
    subject = "CN=app.moi.example,C=KW"
    await door.admit(confidential(auth_method="tls_client_auth", jwks=None, certificate_subject=subject))
    form = {"client_id": "kw-moi-app"}

    await door.accepts(form, AUTHORITY.issue())
    await door.accepts(form, AUTHORITY.issue())
    for certificate in (
        None,
        b"",
        b"0\x82",
        AUTHORITY.issue("evil.example"),
        AUTHORITY.issue("app.moi.example,O=x"),
        AUTHORITY.issue(usage=SERVER),
        AUTHORITY.issue(ends=-A_DAY),
        ProgramAuthority().issue(),
        AUTHORITY.certificate.public_bytes(Encoding.DER),
    ):
        await door.refuses(form, certificate)
    await door.refuses({**form, **Prover().proof()}, AUTHORITY.issue())


async def test_a_program_proves_itself_by_a_certificate_that_it_registered(door: Door) -> None:
    own, twin = (ProgramAuthority().issue() for _ in range(2))
    await door.admit(
        confidential(
            auth_method="self_signed_tls_client_auth",
            jwks=None,
            certificate_thumbprints=("x" * 43, thumbprint_of(own)),
        )
    )
    form = {"client_id": "kw-moi-app"}

    await door.accepts(form, own)
    for certificate in (None, b"", twin):
        await door.refuses(form, certificate)


def test_without_authorities_no_certificate_is_believed() -> None:
    assert not Issuers([], lambda: datetime.now(UTC)).vouch(AUTHORITY.issue(), "CN=app.moi.example,C=KW")
