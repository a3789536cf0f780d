"""A good token in the wrong place, hands or moment is not believed: attacks T21 to T24 and T27."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from multidict import CIMultiDict

from gateway.errors import AssuranceTooLow, BawabaError, Forbidden, Unauthenticated
from gateway.flow import Flow
from gateway.identity.bearer import extract_bearer
from gateway.identity.challenge import challenge
from gateway.identity.principal import Assurance, Principal
from gateway.identity.revocation import Revocable, Revocations
from gateway.identity.tokens import Holder
from gateway.identity.verifier import TokenVerifier
from gateway.ledger.ledger import Ledger, LedgerKeys
from gateway.policy.permit import Call, Policy
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules
from gateway.registry.registry import Registry
from gateway.resilience.deadline import Deadline
from gateway.schema.answer import Outcome
from gateway.schema.country import Country
from gateway.storage.engine import Storage
from tests.unit.identity.examples import CLIENT, HOLDER, QATARI, Office, accepted, refused

RULES = PolicyRules.load(Path(__file__).parents[2] / "config/policy.toml")
SERVICE, PURPOSE = "traffic-fines", "self_service"

OTHER = Holder(subject="Zm9yZXZlcg", identifiers={Country.QA: QATARI}, home=Country.QA, assurance=Assurance.LOW)


@pytest.mark.parametrize("place", ["query", "form", "cookie", "json", "other header"])
async def test_a_token_is_taken_from_the_authorization_header_alone(place: str) -> None:
    """T21: anywhere else it ends up in logs, histories and referrers."""
    office = Office()
    token = office.token()
    async with door(office.verifier()) as client:
        assert (await client.post("/", headers={"Authorization": f"Bearer {token}"})).status == 200

        response = await {
            "query": lambda: client.post("/", params={"access_token": token}),
            "form": lambda: client.post("/", data={"access_token": token}),
            "cookie": lambda: client.post("/", cookies={"access_token": token}),
            "json": lambda: client.post("/", json={"access_token": token}),
            "other header": lambda: client.post("/", headers={"X-Access-Token": token, "Proxy-Authorization": token}),
        }[place]()

        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="bawaba"'
        assert await response.text() == "token_missing"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEARer"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    """T22: as RFC 9110 wants it."""
    office = Office()
    headers = CIMultiDict({"authorization": f"{scheme} {office.token()}"})

    accepted(office.verifier(), extract_bearer(headers))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: [f"Bearer {token}", f"Bearer {token}"],
        lambda token: [f"Bearer {token}", "Basic dXNlcjpwYXNz"],
        lambda token: ["", f"Bearer {token}"],
        lambda token: [f"Bearer {token}, Bearer {token}"],
        lambda token: [f"Bearer\t{token}"],
        lambda token: [f"Bearer  {token}"],
        lambda token: [f"Bearer \t{token}"],
        lambda token: [f" Bearer {token}"],
        lambda token: [f"Bearer {token} "],
        lambda token: [f"Bearer {token}\n"],
        lambda token: [f"Bearer{token}"],
        lambda token: [f"Bearer: {token}"],
        lambda token: [f"Basic {token}"],
        lambda token: [f"DPoP {token}"],
        lambda token: [f"Token {token}"],
        lambda token: [f'Bearer "{token}"'],
        lambda token: [f"Вearer {token}"],
        lambda _: ["Bearer "],
        lambda _: ["Bearer"],
        lambda _: [""],
        lambda token: [token],
    ],
)
def test_one_header_of_one_form_is_read_and_no_other(spoil: Callable[[str], Sequence[str]]) -> None:
    """T22: what two readers could take for two tokens is taken for none."""
    office = Office()
    token = office.token()
    accepted(office.verifier(), extract_bearer(CIMultiDict([("Authorization", f"Bearer {token}")])))

    headers = CIMultiDict([("Authorization", value) for value in spoil(token)])

    assert refused(lambda: extract_bearer(headers), "scheme", "two_headers").code == "invalid_token"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Revocable.TOKEN, None),
        (Revocable.SESSION, HOLDER.session),
        (Revocable.CLIENT, CLIENT),
    ],
    ids=str,
)
async def test_what_one_worker_revokes_every_worker_refuses_within_a_second(
    storage_url: str, kind: Revocable, value: str | None
) -> None:
    """T23: though the other has the token in its memory."""
    office = Office()
    token, unrelated = office.token(), office.mint().mint(OTHER, client="other-app", scopes=["lookups"])
    async with AsyncExitStack() as stack:
        ours, theirs = [await worker(stack, storage_url, office) for _ in range(2)]
        trusting = office.verifier()
        principal = accepted(ours.verifier, token)
        accepted(theirs.verifier, token)
        accepted(trusting, token)

        await ours.revocations.revoke(kind, value or principal.token_id)
        began = time.monotonic()

        refused(lambda: ours.verifier.verify(token), "revoked")
        while not believes_no_more(theirs.verifier, token):
            assert time.monotonic() - began < 1
            await asyncio.sleep(0.02)
        assert theirs.verifier.verify(unrelated).subject == OTHER.subject
        accepted(trusting, token)


async def test_a_worker_that_starts_later_knows_what_was_revoked_before(storage_url: str) -> None:
    """T23."""
    office = Office()
    token = office.token()
    async with AsyncExitStack() as stack:
        first = await worker(stack, storage_url, office)
        await first.revocations.revoke(Revocable.TOKEN, accepted(first.verifier, token).token_id)

        second = await worker(stack, storage_url, office)

        refused(lambda: second.verifier.verify(token), "revoked")


@pytest.mark.parametrize("scopes", [(), ("openid",), ("lookups:identity-verification",), ("lookup",), ("LOOKUPS",)])
def test_a_token_without_the_scope_is_told_which_one(scopes: tuple[str, ...]) -> None:
    """T24."""
    office = Office()
    for enough in (("lookups",), (f"lookups:{SERVICE}", "openid")):
        policy().admit(accepted(office.verifier(), office.token(scopes=enough)), SERVICE, PURPOSE)

    principal = accepted(office.verifier(), office.token(scopes=scopes))
    with pytest.raises(Forbidden) as caught:
        policy().admit(principal, SERVICE, PURPOSE)

    assert (caught.value.status, caught.value.code) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in challenge(caught.value)
    assert f'scope="lookups:{SERVICE}"' in challenge(caught.value)


def test_a_sign_in_that_is_not_sure_enough_is_told_what_is() -> None:
    """T24: the step up of RFC 9470."""
    office = Office()
    needed = RULES.services[SERVICE].assurance
    policy().admit(verified(office, needed), SERVICE, PURPOSE)
    below = [level for level in Assurance if level < needed]

    for level in below:
        with pytest.raises(AssuranceTooLow) as caught:
            policy().admit(verified(office, level), SERVICE, PURPOSE)

        assert (caught.value.status, caught.value.code) == (401, "insufficient_user_authentication")
        assert 'error="insufficient_user_authentication"' in challenge(caught.value)
        assert f'acr_values="{needed}"' in challenge(caught.value)
    assert below


async def test_a_token_limited_to_one_state_is_refused_at_another_and_that_is_on_record(storage_url: str) -> None:
    """T27: with the same token unlimited, the state would have been asked."""
    office = Office()
    limited = accepted(office.verifier(), office.token(countries=[Country.SA]))
    free = accepted(office.verifier(), office.token())
    assert policy().permit(limited, call(Country.SA)).principal is limited
    assert policy().permit(free, call(Country.QA)).principal is free

    with pytest.raises(Forbidden) as caught:
        policy().permit(limited, call(Country.QA))
    keys = LedgerKeys(Ed25519PrivateKey.generate(), bytes(range(32)))
    async with Storage.open(storage_url) as storage, Ledger.open(storage, keys, "test.example/log") as ledger:
        flow = Flow(policy(), Registry([]), ledger, Silent(), now)
        reply = await flow.serve(limited, call(Country.QA))
        (sealed,) = await ledger.entries_of(limited.subject)

    assert (caught.value.status, caught.value.code) == (403, "country_not_allowed")
    assert reply.answer.problem is not None
    assert reply.answer.problem.code == "country_not_allowed"
    assert (sealed.entry.outcome, sealed.entry.country) == ("refused", Country.QA)
    assert sealed.entry.code == "country_not_allowed"


@dataclass(frozen=True)
class Worker:
    """One of several that share a database."""

    revocations: Revocations
    verifier: TokenVerifier


class Silent:
    """Is told of every call and says nothing."""

    def finished(self, call: Call, outcome: Outcome, seconds: float) -> None:
        pass


async def worker(stack: AsyncExitStack, url: str, office: Office) -> Worker:
    """A worker with its own connection and its own memory, at the pace that workers have."""
    storage = await stack.enter_async_context(Storage.open(url))
    revocations = await stack.enter_async_context(Revocations.open(storage, clock=office.clock))
    return Worker(revocations, office.verifier(revoked=revocations))


def believes_no_more(verifier: TokenVerifier, token: str) -> bool:
    """Whether the verifier refuses the token by now."""
    try:
        verifier.verify(token)
    except Unauthenticated:
        return True
    return False


@asynccontextmanager
async def door(verifier: TokenVerifier) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A server whose one address answers to whoever has a good token."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return web.Response(text=verifier.verify(extract_bearer(request.headers)).subject)
        except BawabaError as error:
            headers = {"WWW-Authenticate": challenge(error)}
            return web.Response(text=error.code, status=error.status, headers=headers)

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestClient(TestServer(app)) as client:
        yield client


def verified(office: Office, assurance: Assurance) -> Principal:
    """Somebody that the identity provider is that sure of."""
    return accepted(office.verifier(), office.forge(claims=office.claims(acr=assurance.value)))


def policy() -> Policy:
    """The rules as they are shipped, with a quota of its own."""
    return Policy(RULES, Quota(60, 30, time.monotonic))


def call(country: Country) -> Call:
    """A question to one state."""
    return Call(SERVICE, country, {}, PURPOSE, "en", "request-1", Deadline.after(5))


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
