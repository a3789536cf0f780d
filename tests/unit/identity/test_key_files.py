"""Promises of keys kept in files."""

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.errors import ConfigurationError
from gateway.identity.key_files import FileKeys, followed, load_key_ring, load_seal, make_demo_keys, rotate
from gateway.identity.keys import KeyRing, SigningKey
from gateway.identity.seal import IdentifierSeal
from tests.unit.identity.examples import Office, accepted

P256 = ec.generate_private_key(ec.SECP256R1())


def test_the_demo_makes_keys_that_load(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")

    office = office_of(tmp_path)

    assert office.keys.following is not None
    accepted(office.verifier(), office.token())


def test_the_demo_keeps_the_keys_it_finds(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")
    token = office_of(tmp_path).token()

    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")

    accepted(office_of(tmp_path).verifier(), token)


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")

    for path in (*(tmp_path / "tokens").iterdir(), tmp_path / "identifiers.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_made_for_the_demo_do_not_start_in_production(tmp_path: Path) -> None:
    folder, seal_file = tmp_path / "tokens", tmp_path / "identifiers.key"
    make_demo_keys(folder, seal_file)
    load_key_ring(folder)
    load_seal(seal_file)

    assert_wrong(lambda: load_key_ring(folder, production=True), "tokens.keys_dir", "made for the demo")
    assert_wrong(lambda: load_seal(seal_file, production=True), "tokens.identifiers_key_file", "made for the demo")
    (folder / "current.pem").write_bytes(pem(P256))
    assert_wrong(lambda: load_key_ring(folder, production=True), "tokens.keys_dir", "next.pem")
    (folder / "next.pem").unlink()
    seal_file.write_bytes(os.urandom(32))
    assert load_key_ring(folder, production=True).current.alg == "ES256"
    load_seal(seal_file, production=True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "exactly one PEM block"),
        (b"not a key", "exactly one PEM block"),
        (b"\0" * 100_000, "too large"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not an unencrypted private key"),
    ],
    ids=["missing", "empty", "text", "huge", "broken"],
)
def test_a_missing_or_broken_file_names_its_setting(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "current.pem").write_bytes(content)

    assert_wrong(lambda: load_key_ring(tmp_path), "tokens.keys_dir", words)
    assert_wrong(lambda: load_key_ring(tmp_path, setting="other.setting"), "other.setting", "current.pem")


def test_a_key_of_another_kind_names_its_setting(tmp_path: Path) -> None:
    public = P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unfit = (
        (pem(rsa.generate_private_key(65537, 2048)), "must be an elliptic curve key on P-256"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "must be an elliptic curve key on P-256"),
        (public, "not an unencrypted private key"),
        (pem(P256, BestAvailableEncryption(b"password")), "not an unencrypted private key"),
        (pem(P256) + pem(P256), "exactly one PEM block"),
    )

    for content, words in unfit:
        (tmp_path / "current.pem").write_bytes(content)
        assert_wrong(lambda: load_key_ring(tmp_path), "tokens.keys_dir", words)


@pytest.mark.parametrize("name", ["next.pem", "previous.pem"])
def test_a_wrong_key_beside_a_good_one_stops_the_start_too(tmp_path: Path, name: str) -> None:
    (tmp_path / "current.pem").write_bytes(pem(P256))
    load_key_ring(tmp_path)

    (tmp_path / name).write_bytes(b"rubbish")

    assert_wrong(lambda: load_key_ring(tmp_path), "tokens.keys_dir", name)


@pytest.mark.parametrize("content", [b"", b"short", bytes(32), bytes(range(33)), b"hex0" * 16], ids=len)
def test_a_wrong_seal_key_names_its_setting(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "identifiers.key"
    file.write_bytes(content)

    assert_wrong(lambda: load_seal(file), "tokens.identifiers_key_file", "random")
    assert_wrong(lambda: load_seal(tmp_path / "absent"), "tokens.identifiers_key_file", "cannot be read")


def test_an_error_shows_nothing_of_the_key(tmp_path: Path) -> None:
    file = tmp_path / "identifiers.key"
    file.write_bytes(b"MySecretMySecretMySecretMySecret")

    with pytest.raises(ConfigurationError) as caught:
        load_seal(file)

    assert "MySecret" not in repr(caught.value)


def test_rotation_keeps_every_live_token_good(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")
    before = office_of(tmp_path)
    token = before.token()

    rotate(tmp_path / "tokens", now=1_000_000.0)

    after = office_of(tmp_path)
    assert before.keys.following is not None
    assert after.key.kid == before.keys.following.kid
    assert after.keys.following is not None
    assert after.keys.find(after.keys.following.kid)
    accepted(after.verifier(), token)
    accepted(before.verifier(), after.token())


def test_a_second_rotation_waits_until_the_last_token_of_the_old_key_has_expired(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")
    rotate(tmp_path / "tokens", now=1_000_000.0, overlap=600)

    assert_wrong(lambda: rotate(tmp_path / "tokens", now=1_000_599.0, overlap=600), "tokens.keys_dir", "rotate later")
    rotate(tmp_path / "tokens", now=1_000_600.0, overlap=600)

    assert len(load_key_ring(tmp_path / "tokens").jwks()["keys"]) == 3


def test_a_folder_with_one_key_rotates(tmp_path: Path) -> None:
    (tmp_path / "current.pem").write_bytes(pem(P256))

    rotate(tmp_path, now=1_000_000.0)

    ring = load_key_ring(tmp_path)
    assert ring.current.kid != SigningKey.of(P256).kid
    assert ring.find(SigningKey.of(P256).kid)
    assert ring.following is not None


async def test_a_running_worker_takes_over_changed_files(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")
    office = office_of(tmp_path)
    old, token = office.key.kid, office.token()
    verifier = office.verifier()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(following(tmp_path, office.keys, office.seal))

        rotate(tmp_path / "tokens", now=1_000_000.0)
        await until(lambda: office.key.kid != old)
        seal_file = tmp_path / "identifiers.key"
        seal_file.write_bytes(os.urandom(32) + seal_file.read_bytes())
        await until(lambda: office.seal.seals_with != IdentifierSeal(seal_file.read_bytes()[32:]).seals_with)

        accepted(verifier, token)
        accepted(verifier, office.token())


async def test_a_running_worker_keeps_its_keys_when_a_file_goes_wrong(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "identifiers.key")
    office = office_of(tmp_path)
    current = tmp_path / "tokens" / "current.pem"
    old, token = office.key.kid, office.token()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(following(tmp_path, office.keys, office.seal))

        current.write_bytes(b"half a key")
        await asyncio.sleep(0.1)
        accepted(office.verifier(), token)
        assert office.key.kid == old
        current.write_bytes(pem(P256))

        await until(lambda: office.key.kid == SigningKey.of(P256).kid)


def office_of(folder: Path) -> Office:
    """An office with the keys in the folder."""
    return Office(keys=load_key_ring(folder / "tokens"), seal=load_seal(folder / "identifiers.key"))


def following(folder: Path, ring: KeyRing, seal: IdentifierSeal) -> AbstractAsyncContextManager[None]:
    """The worker's watch over the folder, in a hurry."""
    return followed(ring, FileKeys(folder / "tokens"), seal, folder / "identifiers.key", every=0.02)


async def until(true: Callable[[], bool]) -> None:
    """Waits until it is so."""
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come to be")


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    """The key as a file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def assert_wrong(load: Callable[[], object], setting: str, words: str) -> None:
    """The start stops, with the setting's name and what to do."""
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert caught.value.field == setting
    assert words in str(caught.value.facts["problem"])
