"""Promises of the ledger as its callers know it, on both databases."""

import asyncio
from base64 import b64decode
from datetime import timedelta
from itertools import count

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import ConfigurationError, NotFound
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.commitments import commit, opens
from gateway.ledger.ledger import Ledger, LedgerKeys
from gateway.ledger.merkle import EMPTY_ROOT, Frontier, chunks, leaf_hash
from gateway.ledger.note import NoteError, Verifier
from gateway.ledger.proof import check_proof
from gateway.ledger.verify import verify
from gateway.storage.engine import Storage, StorageDown
from tests.support.ledgers import KEYS, NOON, ORIGIN, OWNER, VERIFIER, entry, opened

SUCCESSOR = Ed25519PrivateKey.from_private_bytes(b"2" * 32)


async def test_a_sealed_entry_has_a_receipt_that_says_where_it_is(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        receipts = [await ledger.seal(entry(f"r-{number}"), OWNER) for number in range(3)]

    assert [receipt.index for receipt in receipts] == [0, 1, 2]
    assert len({receipt.id for receipt in receipts}) == len({receipt.salt for receipt in receipts}) == 3
    assert {receipt.origin for receipt in receipts} == {ORIGIN}
    assert all(len(b64decode(receipt.salt)) == 32 for receipt in receipts)


async def test_clock_and_randomness_are_the_callers(storage_url: str) -> None:
    numbers = count(1)
    async with (
        Storage.open(storage_url) as storage,
        Ledger.open(
            storage, KEYS, ORIGIN, clock=lambda: NOON, random=lambda length: bytes([next(numbers)]) * length
        ) as ledger,
    ):
        receipt = await ledger.seal(entry(), OWNER)

    assert (receipt.sealed_at, receipt.id[12:]) == (NOON, "01" * 10)
    assert b64decode(receipt.salt) == b"\x02" * 32


async def test_ids_are_in_the_order_of_time_and_in_no_order_within_a_millisecond(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        twins = [await ledger.seal(entry(), OWNER) for _ in range(2)]
        later = await ledger.seal(entry().model_copy(update={"at": NOON + timedelta(milliseconds=1)}), OWNER)

    assert twins[0].id[:12] == twins[1].id[:12] < later.id[:12]
    assert len({twin.id[12:] for twin in twins}) == 2


async def test_a_proof_convinces_somebody_who_has_only_the_verifier_key(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        sealed = await asyncio.gather(*(ledger.seal(entry(f"r-{number}"), OWNER) for number in range(300)))
        proofs = [await ledger.proof(receipt.id, OWNER) for receipt in sealed[::50]]
        key = str(ledger.verifier)

    for receipt, proof in zip(sealed[::50], proofs, strict=True):
        leaf = check_proof(proof.proof, [Verifier.parse(key)], ORIGIN)
        assert proof.receipt == receipt
        assert leaf.decode() == proof.leaf
        assert b64decode(receipt.leaf_hash) == leaf_hash(leaf)
        assert orjson.loads(leaf)["index"] == receipt.index


async def test_an_old_proof_stays_good_when_the_log_has_grown(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        receipt = await ledger.seal(entry("first"), OWNER)
        early = await ledger.proof(receipt.id, OWNER)
        await asyncio.gather(*(ledger.seal(entry(), OWNER) for _ in range(20)))
        late = await ledger.proof(receipt.id, OWNER)

    assert early.proof != late.proof
    assert check_proof(early.proof, [VERIFIER], ORIGIN) == check_proof(late.proof, [VERIFIER], ORIGIN)


async def test_the_salt_of_a_receipt_opens_the_commitments_of_its_entry(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        salt = ledger.new_salt()
        whole = entry().model_copy(update={"answer_digest": commit(salt, b"the answer")})
        receipt = await ledger.seal(whole, OWNER, salt)
        leaf = orjson.loads((await ledger.proof(receipt.id, OWNER)).leaf)

    assert opens(b64decode(receipt.salt), b"the answer", leaf["entry"]["answer_digest"])


async def test_anothers_entry_is_as_absent_as_one_that_never_was(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        receipt = await ledger.seal(entry(), OWNER)
        nobodys = await ledger.seal(entry(), "")

        for entry_id, owner in ((receipt.id, "person-2"), ("0" * 32, OWNER), (receipt.id, ""), (nobodys.id, "")):
            with pytest.raises(NotFound) as refusal:
                await ledger.proof(entry_id, owner)
            assert refusal.value.facts == {}
        assert await ledger.entries_of("") == ()


async def test_an_owner_sees_who_used_their_data_newest_first_page_by_page(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        for number in range(5):
            await ledger.seal(entry(f"mine-{number}"), OWNER)
            await ledger.seal(entry(f"theirs-{number}"), "person-2")
        first = await ledger.entries_of(OWNER, limit=2)
        second = await ledger.entries_of(OWNER, limit=9, before=first[-1].receipt.index)

    assert [sealed.entry.request_id for sealed in first] == ["mine-4", "mine-3"]
    assert [sealed.entry.request_id for sealed in second] == ["mine-2", "mine-1", "mine-0"]


async def test_a_new_log_has_a_signed_empty_tree(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        checkpoint = open_checkpoint(await ledger.checkpoint(), [VERIFIER], ORIGIN)

        assert (checkpoint.size, checkpoint.root) == (0, EMPTY_ROOT)
        with pytest.raises(NotFound):
            await ledger.tile(0, 0, 1)


async def test_tiles_and_checkpoint_together_are_the_whole_tree(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        await asyncio.gather(*(ledger.seal(entry(), OWNER) for _ in range(600)))
        checkpoint = open_checkpoint(await ledger.checkpoint(), [VERIFIER], ORIGIN)
        leaves = b"".join([await ledger.tile(0, 0), await ledger.tile(0, 1), await ledger.tile(0, 2, 88)])
        upper = await ledger.tile(1, 0, 2)

    frontier = Frontier()
    roots = frontier.extend(chunks(leaves), every=8)
    assert (checkpoint.size, checkpoint.root) == (600, frontier.root())
    assert [node for _, node in roots] == chunks(upper)


async def test_entries_that_come_together_share_checkpoints(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        await asyncio.gather(*(ledger.seal(entry(), OWNER) for _ in range(200)))

    async with Storage.open(storage_url) as storage:
        report = await verify(storage, [VERIFIER])
    assert report.entries == 200
    assert report.checkpoints < 20


async def test_a_log_goes_on_where_it_was_when_it_is_opened_again(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        first = await ledger.seal(entry(), OWNER)
    async with opened(storage_url) as ledger:
        second = await ledger.seal(entry(), OWNER)
        proof = await ledger.proof(first.id, OWNER)

    assert (first.index, second.index) == (0, 1)
    assert check_proof(proof.proof, [VERIFIER], ORIGIN)


async def test_two_ledgers_over_one_database_make_one_log(storage_url: str) -> None:
    async with opened(storage_url) as one, opened(storage_url) as other:
        seals = [ledger.seal(entry(), OWNER) for _ in range(50) for ledger in (one, other)]
        receipts = await asyncio.gather(*seals)

    assert sorted(receipt.index for receipt in receipts) == list(range(100))


async def test_a_log_signed_by_another_key_is_not_opened_and_the_setting_is_named(storage_url: str) -> None:
    async with opened(storage_url):
        pass

    with pytest.raises(ConfigurationError) as refusal:
        async with opened(storage_url, keys=LedgerKeys(SUCCESSOR, KEYS.pseudonym)):
            pass
    assert refusal.value.field == "ledger.key_file"


async def test_a_key_that_is_retired_leaves_a_log_that_its_successor_goes_on_with(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        receipt = await ledger.seal(entry(), OWNER)
    successor = Verifier(ORIGIN, SUCCESSOR.public_key())
    async with opened(storage_url, keys=LedgerKeys(SUCCESSOR, KEYS.pseudonym, (VERIFIER,))) as ledger:
        await ledger.seal(entry(), OWNER)
        proof = await ledger.proof(receipt.id, OWNER)

    assert check_proof(proof.proof, [successor], ORIGIN)
    async with Storage.open(storage_url) as storage:
        assert (await verify(storage, [successor, VERIFIER])).ok
        assert not (await verify(storage, [successor])).ok


async def test_a_database_without_tables_cannot_be_sealed_into(empty_storage_url: str) -> None:
    with pytest.raises(StorageDown):
        async with opened(empty_storage_url):
            pass


def test_a_short_pseudonym_key_is_refused_and_no_key_is_ever_shown() -> None:
    with pytest.raises(ConfigurationError):
        LedgerKeys(KEYS.signing, b"short")

    assert "invented" not in repr(KEYS)


async def test_a_proof_that_was_tampered_with_convinces_nobody(storage_url: str) -> None:
    async with opened(storage_url) as ledger:
        receipts = [await ledger.seal(entry(f"r-{number}"), OWNER) for number in range(4)]
        proof = (await ledger.proof(receipts[2].id, OWNER)).proof
        other = (await ledger.proof(receipts[1].id, OWNER)).proof

    lines = proof.split("\n")
    forgeries = [
        proof.replace("index 2", "index 1"),
        proof.replace("index 2", "index 02"),
        proof.replace("index 2", "index 9"),
        proof.replace(lines[1], other.split("\n")[1]),
        proof.replace(lines[3] + "\n", ""),
        proof.replace(lines[3], lines[4]),
        proof.replace("\n4\n", "\n5\n"),
        proof.replace("tlog-proof@v1", "tlog-proof@v2"),
        proof.replace(lines[1] + "\n", ""),
        proof[:-2],
        "",
    ]
    for forgery in forgeries:
        assert forgery != proof
        with pytest.raises(NoteError):
            check_proof(forgery, [VERIFIER], ORIGIN)
