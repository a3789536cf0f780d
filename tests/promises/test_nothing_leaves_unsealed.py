"""What is not in the ledger does not leave, and whoever has a receipt can prove what is, without us."""

import asyncio
import sqlite3
import sys
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.app import ledger_verifiers
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.commitments import commit
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.note import NoteError
from gateway.ledger.proof import check_proof
from gateway.sdk.sandbox import Behaviour
from gateway.storage.schema import upgrade
from tests.support.door import CITIZEN, PERSONAS, Heard, ask, check_problem, citizen_token, entries
from tests.support.house import House, house
from tests.support.postgresql import PostgresqlServer

OMANI = PERSONAS["omani-citizen"]
# A name, a number or a reference of any record would stand between these.
RECORDS = ('"records"', '"answers"', '"reference"', '"salt"')


@pytest.fixture
async def bahrain(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, rooms=["bahrain"]) as running:
        yield running


def database(running: House) -> Path:
    return Path(running.settings.storage.url.removeprefix("sqlite+aiosqlite:///"))


def check_unsealed(heard: Heard) -> None:
    check_problem(heard, 503, "sealing_failed")
    assert heard.document["retryable"] is True
    assert int(heard.headers["retry-after"]) >= 1
    assert not any(word in heard.text for word in RECORDS)


async def get(running: House, path: str, token: str | None = "") -> Heard:
    return await ask(running, None, method="GET", path=path, token=token)


async def ready(running: House) -> bool:
    async with running.session.get(f"{running.operators_url}/readyz") as response:
        return response.status == 200


async def becomes_ready(running: House) -> None:
    async with asyncio.timeout(20):
        while not await ready(running):  # noqa: ASYNC110 - as whoever asks for readiness does
            await asyncio.sleep(0.05)


async def bawaba(folder: Path, *arguments: str) -> tuple[int, str]:
    """Runs the program with the settings of a house; its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *arguments, "--config", str(folder / "gateway.toml")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_while_the_database_is_locked_no_answer_leaves_and_then_all_do(bahrain: House, tmp_path: Path) -> None:
    assert (await ask(bahrain)).status == 200
    with closing(sqlite3.connect(database(bahrain), isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        before = len(await entries(bahrain))

        together = await asyncio.gather(*(ask(bahrain) for _ in range(3)), ask(bahrain, b"{}"))

        for heard in together:
            check_unsealed(heard)
        assert not await ready(bahrain)
        lock.execute("ROLLBACK")
    await becomes_ready(bahrain)

    assert (await ask(bahrain)).status == 200
    assert len(await entries(bahrain)) == before + 1
    code, said = await bawaba(tmp_path, "ledger", "verify")
    assert (code, said.startswith(f"{before + 1} entries"), "intact" in said) == (0, True, True), said


async def test_while_the_server_is_stopped_no_answer_leaves_and_then_all_do(tmp_path: Path) -> None:
    with PostgresqlServer.running() as server:
        server.create("bawaba")
        await upgrade(url := server.url("bawaba"))
        async with house(tmp_path, rooms=["bahrain"], storage_url=url) as running:
            assert (await ask(running)).status == 200
            await asyncio.to_thread(server.stop)

            check_unsealed(await ask(running))
            check_unsealed(await ask(running, b"{}"))
            check_problem(await get(running, "/ledger/checkpoint"), 503, "unavailable")
            check_problem(await get(running, "/v1/me/accesses"), 503, "unavailable")
            assert (await get(running, "/v1/services")).status == 200

            await asyncio.to_thread(server.start)
            await becomes_ready(running)
            assert (await ask(running)).status == 200
            assert len(await entries(running)) == 2
        code, said = await bawaba(tmp_path, "ledger", "verify")
        assert (code, "intact" in said) == (0, True), said


async def test_an_entry_that_was_edited_is_named(bahrain: House, tmp_path: Path) -> None:
    for _ in range(5):
        assert (await ask(bahrain)).status == 200
    assert (await bawaba(tmp_path, "ledger", "verify"))[0] == 0

    with closing(sqlite3.connect(database(bahrain))) as connection, connection:
        (body,) = connection.execute("SELECT body FROM ledger_entries WHERE leaf_index = 3").fetchone()
        leaf = orjson.loads(body)
        leaf["entry"]["purpose"] = "enforcement"
        connection.execute("UPDATE ledger_entries SET body = ? WHERE leaf_index = 3", (orjson.dumps(leaf),))

    code, said = await bawaba(tmp_path, "ledger", "verify")
    assert code == 1
    assert "3" in said.splitlines()[0]
    assert said.endswith("TOUCHED.\n")


async def receipt_of(running: House) -> tuple[dict[str, Any], dict[str, Any]]:
    """A fresh receipt, and the answer that it is for."""
    heard = await ask(running)
    answer: dict[str, Any] = heard.document["answers"][0]
    return answer["receipt"], heard.document


async def test_a_receipt_is_proved_with_the_public_key_alone(bahrain: House) -> None:
    receipt, _ = await receipt_of(bahrain)
    proof = (await get(bahrain, f"/v1/receipts/{receipt['id']}")).document

    leaf = check_proof(proof["proof"], ledger_verifiers(bahrain.settings), bahrain.settings.ledger.origin)

    assert leaf.decode() == proof["leaf"]
    assert b64decode(receipt["leaf_hash"]) == leaf_hash(leaf)
    assert proof["receipt"]["id"] == receipt["id"]
    assert CITIZEN.identifiers[0][1] not in proof["leaf"]


async def test_the_salt_of_a_receipt_opens_what_was_answered(bahrain: House) -> None:
    """Whoever holds the receipt can show that these records, and no others, were the answer."""
    heard = await ask(bahrain)
    (answer,) = heard.document["answers"]
    proof = (await get(bahrain, f"/v1/receipts/{answer['receipt']['id']}")).document
    entry = orjson.loads(proof["leaf"])["entry"]
    records = heard.text.split('"records":', 1)[1].split(',"receipt":', 1)[0].encode()

    salt = b64decode(answer["receipt"]["salt"])

    assert commit(salt, records) == entry["answer_digest"]
    assert commit(salt, records.replace(b"unpaid", b"paid")) != entry["answer_digest"]


async def test_a_proof_that_was_changed_proves_nothing(bahrain: House) -> None:
    receipt, _ = await receipt_of(bahrain)
    await receipt_of(bahrain)
    proof: str = (await get(bahrain, f"/v1/receipts/{receipt['id']}")).document["proof"]
    verifiers, origin = ledger_verifiers(bahrain.settings), bahrain.settings.ledger.origin

    for changed in (proof.replace("index 0", "index 1"), proof.replace("extra e", "extra f"), proof[:-20] + "\n"):
        with pytest.raises(NoteError):
            check_proof(changed, verifiers, origin)
    with pytest.raises(NoteError):
        check_proof(proof, verifiers, "another.example/log")


async def test_anothers_receipt_is_as_absent_as_one_that_never_was(bahrain: House) -> None:
    receipt, _ = await receipt_of(bahrain)
    stranger = bahrain.token(*OMANI.identifiers)

    anothers = await get(bahrain, f"/v1/receipts/{receipt['id']}", stranger)
    absent = await get(bahrain, f"/v1/receipts/{'0' * 32}", stranger)

    check_problem(anothers, 404, "not_found")
    check_problem(absent, 404, "not_found")
    assert same(anothers) == same(absent)


def same(heard: Heard) -> tuple[Any, ...]:
    """All of an answer but its number and the second it was given in."""
    headers = {name: value for name, value in heard.headers.items() if name not in ("x-request-id", "date")}
    return heard.status, headers, {**heard.document, "request_id": ""}


@pytest.mark.parametrize("end", ["/", ".json", "%20", "%01", "?x=1/../../me", "%2e"])
async def test_no_spelling_opens_anothers_receipt(bahrain: House, end: str) -> None:
    receipt, _ = await receipt_of(bahrain)

    heard = await get(bahrain, f"/v1/receipts/{receipt['id']}{end}", bahrain.token(*OMANI.identifiers))

    check_problem(heard, 404, "not_found")


async def test_who_used_my_data_is_shown_page_by_page_the_refused_too(bahrain: House) -> None:
    for _ in range(50):
        await ask(bahrain)
    await ask(bahrain, b"{}")
    bahrain.sandboxes["bahrain"].behave(Behaviour("down"))
    await ask(bahrain)
    await ask(bahrain, token=bahrain.token(*OMANI.identifiers))

    first = (await get(bahrain, "/v1/me/accesses")).document
    second = (await get(bahrain, f"/v1/me/accesses?before={first['next']}")).document

    assert (len(first["accesses"]), len(second["accesses"])) == (50, 2)
    assert second.get("next") is None
    indexes = [access["receipt"]["index"] for access in (*first["accesses"], *second["accesses"])]
    assert indexes == sorted(indexes, reverse=True)
    assert len(set(indexes)) == 52
    ends = [(access["entry"]["outcome"], access["entry"]["code"]) for access in first["accesses"][:3]]
    assert ends == [("down", "backend_down"), ("refused", "purpose_missing"), ("ok", None)]


async def test_a_stranger_has_no_accesses_of_mine(bahrain: House) -> None:
    await ask(bahrain)

    heard = await get(bahrain, "/v1/me/accesses", bahrain.token(*OMANI.identifiers))

    assert heard.document["accesses"] == []


async def test_anyone_can_rebuild_the_tree_from_its_tiles(bahrain: House) -> None:
    for _ in range(300):
        await ask(bahrain, b"{}")
    note = (await get(bahrain, "/ledger/checkpoint", None)).text
    checkpoint = open_checkpoint(note, ledger_verifiers(bahrain.settings), bahrain.settings.ledger.origin)
    assert checkpoint.size == 300

    full = await raw(bahrain, "/ledger/tile/0/000")
    partial = await raw(bahrain, "/ledger/tile/0/001.p/44")

    leaves = [whole[place : place + 32] for whole in (full, partial) for place in range(0, len(whole), 32)]
    frontier = Frontier()
    frontier.extend(leaves)
    assert (frontier.size, frontier.root()) == (checkpoint.size, checkpoint.root)
    above = Frontier()
    above.extend(leaves[:256])
    assert await raw(bahrain, "/ledger/tile/1/000.p/1") == above.root()


async def raw(running: House, path: str) -> bytes:
    async with running.session.get(running.url + path) as response:
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
        return await response.read()


@pytest.mark.parametrize("path", ["0/000", "0/000.p/2", "0/001.p/1", "9/000", "0/000.p/0", "0/x"])
async def test_a_tile_that_the_tree_does_not_fill_is_absent(bahrain: House, path: str) -> None:
    await ask(bahrain)

    check_problem(await get(bahrain, f"/ledger/tile/{path}", None), 404, "not_found")


async def test_the_newest_checkpoint_is_never_kept(bahrain: House) -> None:
    heard = await get(bahrain, "/ledger/checkpoint", None)

    assert heard.headers["cache-control"] == "no-store"
    assert heard.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_subject_has_one_name_in_the_ledger_and_it_is_not_its_own(bahrain: House) -> None:
    await ask(bahrain)
    await ask(bahrain)
    await ask(bahrain, token=bahrain.token(*OMANI.identifiers))

    subjects = [entry["subject"] for entry in await entries(bahrain)]

    assert subjects[0] == subjects[1] != subjects[2]
    assert urlsafe_b64encode(b"person-BH").decode().rstrip("=") not in subjects[0]


async def test_the_token_of_a_citizen_is_not_in_the_ledger(bahrain: House) -> None:
    await ask(bahrain)

    assert citizen_token(bahrain).split(".")[1][:40] not in orjson.dumps(await entries(bahrain)).decode()
