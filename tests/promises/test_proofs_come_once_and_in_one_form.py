"""A proof is read strictly, and taken once by all workers together: attack T25, and T16 to T20 where proofs are."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from gateway.errors import OAuthError, Unavailable
from gateway.identity.keys import base64url
from gateway.oauth.dpop import DpopProofs
from gateway.oauth.nonces import Nonces
from gateway.oauth.seen import StoredSeen
from gateway.storage.engine import Storage
from tests.support.proofs import FINDER, URL, Holder, NoMemory, proofs
from tests.unit.identity.examples import Clock

LATER = 4


def bent(name: str, holder: Holder) -> str:
    """A proof whose signature is right, for the most part, and whose form is not."""
    good = holder.proof()
    head, payload, signature = good.split(".")
    header, claims = json.dumps(holder.header()), json.dumps(holder.claims())
    deep = "[" * 50_000 + "]" * 50_000
    forms: dict[str, Callable[[], str]] = {
        "empty": lambda: "",
        "four parts": lambda: f"{good}.{signature}",
        "two parts": lambda: f"{head}.{payload}",
        "many dots": lambda: "." * 4_000,
        "padding": lambda: f"{good}==",
        "white space": lambda: f"{head}. {payload}.{signature}",
        "a line break": lambda: f"{good}\n",
        "standard base64": lambda: f"{head}.{payload}.+/{signature[2:]}",
        "no ASCII": lambda: f"{good}خ",
        "two proofs": lambda: f"{good}, {holder.proof()}",
        "large": lambda: holder.proof(extra="a" * 4_096),
        "duplicate in the header": lambda: holder.proof(header=f'{{"typ": "dpop+jwt", {header[1:]}'.encode()),
        "duplicate in the payload": lambda: holder.proof(payload=f'{{"htm": "GET", {claims[1:]}'.encode()),
        "deep header": lambda: holder.proof(header=f'{{"typ": {deep}'.encode()),
        "deep payload": lambda: holder.proof(x=[[[[[[]]]]]]),
        "fraction": lambda: holder.proof(payload=claims.replace('"iat": ', '"iat": 0.5e').encode()),
        "NaN": lambda: holder.proof(iat=float("nan")),
        "endless": lambda: holder.proof(payload=f'{{"iat": 1e999, {claims[1:]}'.encode()),
        "a long number": lambda: holder.proof(iat=10**40),
        "array": lambda: holder.proof(payload=f"[{claims}]".encode()),
        "null": lambda: holder.proof(payload=b"null"),
        "header array": lambda: holder.proof(header=f"[{header}]".encode()),
        "no JSON": lambda: holder.proof(payload=b"\xff\xfe"),
        "JSON serialization": lambda: json.dumps({"protected": head, "payload": payload, "signature": signature}),
        "encrypted": lambda: f"{head}.{payload}.{payload}.{payload}.{signature}",
        "another signature": lambda: f"{head}.{payload}.{base64url(b'a' * 64)}",
    }
    return forms[name]()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty", "segments"),
        ("four parts", "segments"),
        ("two parts", "segments"),
        ("many dots", "segments"),
        ("padding", "alphabet"),
        ("white space", "alphabet"),
        ("a line break", "alphabet"),
        ("standard base64", "alphabet"),
        ("no ASCII", "alphabet"),
        ("two proofs", "segments"),
        ("large", "size"),
        ("duplicate in the header", "duplicate"),
        ("duplicate in the payload", "duplicate"),
        ("deep header", "size"),
        ("deep payload", "depth"),
        ("fraction", "number"),
        ("NaN", "number"),
        ("endless", "number"),
        ("a long number", "number"),
        ("array", "json"),
        ("null", "json"),
        ("header array", "json"),
        ("no JSON", "json"),
        ("JSON serialization", "segments"),
        ("encrypted", "segments"),
        ("another signature", "signature"),
    ],
)
async def test_a_proof_of_another_form_is_refused(name: str, reason: str) -> None:
    """T25: by the same strict reader that tokens meet."""
    holder = Holder()
    assert await believed(proofs(), holder.proof())

    with capture_logs() as lines, pytest.raises(OAuthError) as caught:
        await proofs().check(bent(name, holder), "POST", URL, None)

    assert (caught.value.code, [line["reason"] for line in lines]) == ("invalid_dpop_proof", [reason])


async def test_a_flipped_character_anywhere_is_refused() -> None:
    """T25."""
    holder = Holder()
    good = holder.proof()
    assert await believed(proofs(), good)

    for at in range(0, len(good), 7):
        spoilt = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        with pytest.raises(OAuthError, match="invalid_dpop_proof"):
            await proofs().check(spoilt, "POST", URL, None)


async def believed(checking: DpopProofs, proof: str) -> bool:
    """Whether a proof, which must be believed, proves a key."""
    return (await checking.check(proof, "POST", URL, None)).kind == "jkt"


class Workers:
    """Two processes' worth of checking, each with its own connections to one database."""

    def __init__(self, storages: list[Storage], clock: Clock) -> None:
        self.storages = storages
        self.ours, self.theirs = (
            DpopProofs(StoredSeen(each, clock), Nonces(FINDER, clock), clock) for each in storages
        )


@pytest.fixture
async def workers(storage_url: str) -> AsyncIterator[Workers]:
    async with AsyncExitStack() as stack:
        storages = [await stack.enter_async_context(Storage.open(storage_url)) for _ in range(2)]
        yield Workers(storages, Clock(time.time()))


async def test_a_proof_that_one_worker_took_no_worker_takes_again(workers: Workers) -> None:
    """T25: on SQLite and on PostgreSQL."""
    clock = Clock(time.time())
    holder = Holder(clock=clock)
    proof = holder.proof()
    assert await believed(workers.ours, proof)

    for worker in (workers.theirs, workers.ours):
        with pytest.raises(OAuthError, match="invalid_dpop_proof"):
            await worker.check(proof, "POST", URL, None)
    assert await believed(workers.theirs, holder.proof())
    assert await believed(proofs(clock, seen=NoMemory()), proof)


async def test_of_many_that_bring_one_proof_at_once_to_two_workers_one_is_let_in(workers: Workers) -> None:
    """T25: who comes second by a millisecond is second."""
    holder = Holder(clock=Clock(time.time()))

    for _ in range(LATER):
        proof = holder.proof()
        tries = [worker.check(proof, "POST", URL, None) for worker in (workers.ours, workers.theirs) * 4]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)

        assert sum(not isinstance(each, Exception) for each in outcomes) == 1
        assert {each.code for each in outcomes if isinstance(each, OAuthError)} == {"invalid_dpop_proof"}


class Unreachable:
    """A memory that is out of reach."""

    async def first(self, kind: str, value: str, until: int) -> bool:
        raise Unavailable


async def test_where_nobody_can_say_whether_it_came_before_it_is_not_taken() -> None:
    """T25: a memory that is out of reach must not become no memory."""
    with pytest.raises(Unavailable):
        await proofs(seen=Unreachable()).check(Holder().proof(), "POST", URL, None)
