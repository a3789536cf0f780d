"""Programs are let in by an operator alone, and a stopped one is stopped everywhere with every token it holds."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.errors import InvalidClient, NotFound
from gateway.identity.revocation import Revocations
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.storage.engine import Storage
from tests.support.programs import confidential, public


@dataclass
class Workers:
    """Two workers on one database."""

    one: Clients
    two: Clients
    here: Revocations
    there: Revocations


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[Workers]:
    async with (
        Storage.open(storage_url) as first,
        Storage.open(storage_url) as second,
        Revocations.open(first) as here,
        Revocations.open(second) as there,
    ):
        yield Workers(Clients(first, here, time.time), Clients(second, there, time.time), here, there)


async def approved(workers: Workers, client: Client) -> None:
    await workers.one.register(client)
    await workers.one.approve(client.client_id)


async def test_a_program_is_let_in_once_an_operator_approves_it(workers: Workers) -> None:
    await workers.one.register(confidential())
    with pytest.raises(InvalidClient):
        await workers.two.find("kw-moi-app")

    await workers.one.approve("kw-moi-app")

    assert await workers.two.find("kw-moi-app") == confidential()


async def test_a_changed_registration_waits_for_the_operator_again(workers: Workers) -> None:
    await approved(workers, confidential())

    await workers.one.register(confidential(redirect_uris=("https://evil.example/back",)))

    with pytest.raises(InvalidClient):
        await workers.two.find("kw-moi-app")


async def test_a_suspended_program_and_its_tokens_are_refused_on_every_worker(workers: Workers) -> None:
    await approved(workers, confidential())
    assert not workers.there.check("a token", "a sign-in", "kw-moi-app")

    await workers.one.suspend("kw-moi-app")
    await workers.there.refresh()

    for clients, revocations in ((workers.one, workers.here), (workers.two, workers.there)):
        with pytest.raises(InvalidClient):
            await clients.find("kw-moi-app")
        assert revocations.check("a token", "a sign-in", "kw-moi-app")
        assert not revocations.check("a token", "a sign-in", "another-app")


async def test_an_agency_is_stopped_with_all_its_programs_and_no_others(workers: Workers) -> None:
    for client in (confidential(), confidential(client_id="kw-moi-batch"), public()):
        await approved(workers, client)

    stopped = await workers.one.suspend_agency("kw-traffic")
    await workers.there.refresh()

    assert stopped == ["kw-moi-app", "kw-moi-batch"]
    for client_id in stopped:
        assert workers.there.check("a token", None, client_id)
        with pytest.raises(InvalidClient):
            await workers.two.find(client_id)
    assert await workers.two.find("bh-pocket") == public()
    assert not workers.there.check("a token", None, "bh-pocket")


@pytest.mark.parametrize(
    "guess", ["", "nobody", "KW-MOI-APP", "kw-moi-app ", "kw-moi-app\0", "' OR 1=1 --", "x" * 9999]
)
async def test_whoever_is_not_registered_is_nobody(workers: Workers, guess: str) -> None:
    await approved(workers, confidential())

    with pytest.raises(InvalidClient):
        await workers.one.find(guess)


async def test_the_operators_see_all_of_them_or_those_of_one_agency(workers: Workers) -> None:
    await approved(workers, confidential())
    await workers.one.register(public())

    everyone = [(each.client.client_id, each.standing) for each in await workers.two.all()]
    of_one = [each.client for each in await workers.two.all("bh-labour")]

    assert everyone == [("bh-pocket", "pending"), ("kw-moi-app", "approved")]
    assert of_one == [public()]


async def test_nobody_is_approved_or_suspended_who_is_not_there(workers: Workers) -> None:
    for change in (workers.one.approve, workers.one.suspend, workers.one.suspend_agency):
        with pytest.raises(NotFound):
            await change("nobody")
