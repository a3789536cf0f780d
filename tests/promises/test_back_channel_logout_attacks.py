"""A provider's word that somebody signed out ends their sessions, and nobody else's word does: attack O12."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import ProviderDown, SignInError
from gateway.identity.keys import base64url
from gateway.identity.providers.oidc import LogoutNotice, OpenIdProvider
from tests.support.hostile_provider import CLIENT, LOGOUT_EVENT, SECRET, SUBJECT, HostileProvider
from tests.support.openid import hostile_house, make_plate, sent_back, sign_in, utc
from tests.support.openid_keys import make_key
from tests.support.signin_house import signin_house


def token(hostile: HostileProvider, **changes: object) -> dict[str, str]:
    """A form with a good logout token, but for the claims that differ; ``...`` leaves one out."""
    claims = {name: value for name, value in {**hostile.logout_claims(), **changes}.items() if value is not ...}
    return {"logout_token": hostile.signed(hostile.honest_header("logout+jwt"), claims)}


async def refused(provider: OpenIdProvider, form: dict[str, str], reason: str) -> None:
    with capture_logs() as logs, pytest.raises(SignInError) as refusal:
        await provider.logout_notice(form)
    assert refusal.value.code == "logout_refused"
    assert refusal.value.status == 400
    assert reason in [entry.get("reason") for entry in logs], logs


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_good_token_names_whose_sessions_end(alg: str) -> None:
    """O12."""
    async with hostile_house(alg) as (hostile, provider):
        both = await provider.logout_notice(token(hostile))
        everywhere = await provider.logout_notice(token(hostile, sid=...))
        one = await provider.logout_notice(token(hostile, sub=...))

        assert both == LogoutNotice(hostile.url, SUBJECT, "session-1")
        assert everywhere == LogoutNotice(hostile.url, SUBJECT, None)
        assert one == LogoutNotice(hostile.url, None, "session-1")


async def test_all_sessions_of_the_provider_s_session_end_within_a_second(storage_url: str) -> None:
    """O12."""
    async with hostile_house() as (hostile, provider), signin_house(storage_url, {"seventh": provider}) as house:
        sids = iter(["session-1", "session-1", "session-2"])
        hostile.claims = lambda claims: {**claims, "sid": next(sids)}
        done = []
        for _ in range(3):
            state, url = await house.begin()
            done.append(await house.complete(state, await sent_back(url)))
        began = time.monotonic()

        notice = await provider.logout_notice(token(hostile))
        await house.signin.sessions.end_at_provider(notice.issuer, notice.subject, notice.session)
        left = [await house.signin.sessions.find(each.secret) for each in done]

        assert time.monotonic() - began < 1
        assert [each is None for each in left] == [True, True, False]


async def test_a_token_is_good_once_on_every_worker(storage_url: str) -> None:
    """O12: what was used is remembered in the database."""
    async with hostile_house() as (hostile, _), signin_house(storage_url, {}) as house:
        secrets = {"client_id": CLIENT, "client_secret": SECRET}
        workers = [OpenIdProvider(make_plate(), {"issuer": hostile.url}, secrets, utc, house.letters) for _ in range(2)]
        form = token(hostile)

        await workers[0].logout_notice(form)

        for worker in workers:
            await refused(worker, form, "replayed")
            await worker.close()


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "logout-jwt", "", ..., 7])
async def test_a_token_of_another_type_is_no_logout_token(typ: object) -> None:
    """O12: an ID token above all."""
    async with hostile_house() as (hostile, provider):
        await provider.logout_notice(token(hostile))
        header = {name: value for name, value in {**hostile.honest_header(), "typ": typ}.items() if value is not ...}

        await refused(provider, {"logout_token": hostile.signed(header, hostile.logout_claims())}, "typ")


BAD: list[tuple[str, dict[str, Any]]] = [
    ("events", {"events": ...}),
    ("events", {"events": {}}),
    ("events", {"events": [LOGOUT_EVENT]}),
    ("events", {"events": {LOGOUT_EVENT: True}}),
    ("events", {"events": {"http://schemas.openid.net/event/other": {}}}),
    ("nonce", {"nonce": "a"}),
    ("types", {"nonce": ""}),
    ("whom", {"sub": ..., "sid": ...}),
    ("jti", {"jti": ...}),
    ("types", {"jti": 7}),
    ("types", {"sub": ["subject-1"]}),
    ("types", {"iat": ...}),
    ("types", {"exp": ...}),
    ("issuer", {"iss": "https://evil.example"}),
    ("audience", {"aud": "another"}),
    ("authorised_party", {"aud": [CLIENT, "another"]}),
    ("clock_ahead", {"iat": time.time() + 3600}),
    ("clock_behind", {"iat": 1_000_000_000}),
    ("expired", {"exp": 1_000_000_000}),
]


@pytest.mark.parametrize(("reason", "changes"), BAD)
async def test_a_token_with_a_wrong_claim_is_refused(reason: str, changes: dict[str, Any]) -> None:
    """O12."""
    async with hostile_house() as (hostile, provider):
        await provider.logout_notice(token(hostile))

        await refused(provider, token(hostile, **changes), reason)


FORMS: list[Callable[[HostileProvider], dict[str, str]]] = [
    lambda _hostile: {},
    lambda _hostile: {"logout_token": ""},
    lambda _hostile: {"logout_token": "a.b.c"},
    lambda hostile: {"logout_token": token(hostile)["logout_token"] + "A"},
    lambda hostile: {"logout_token": "x" * 2_000_000},
    lambda hostile: {"logout_token": _by_a_stranger(hostile)},
    lambda hostile: {"logout_token": _unsigned(hostile)},
]


@pytest.mark.parametrize("form", FORMS)
async def test_what_the_provider_did_not_sign_is_refused(form: Callable[[HostileProvider], dict[str, str]]) -> None:
    """O12."""
    async with hostile_house() as (hostile, provider):
        await provider.logout_notice(token(hostile))

        with pytest.raises(SignInError):
            await provider.logout_notice(form(hostile))


async def test_a_logout_token_is_no_id_token() -> None:
    """O01: the other way round."""
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.header = lambda header: {**header, "typ": "logout+jwt"}

        with pytest.raises(Exception, match="provider_garbled"):
            await sign_in(provider)


async def test_while_its_keys_cannot_be_fetched_the_provider_is_told_to_try_again() -> None:
    async with hostile_house() as (hostile, provider):
        form = token(hostile)
        hostile.down = True

        with pytest.raises(ProviderDown):
            await provider.logout_notice(form)


def _by_a_stranger(hostile: HostileProvider) -> str:
    stranger = HostileProvider()
    stranger.url, stranger.key = hostile.url, make_key("ES256")
    return token(stranger)["logout_token"]


def _unsigned(hostile: HostileProvider) -> str:
    header = {"alg": "none", "typ": "logout+jwt"}
    return ".".join(base64url(json.dumps(each).encode()) for each in (header, hostile.logout_claims())) + "."
