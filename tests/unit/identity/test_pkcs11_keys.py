"""Signing keys in a hardware module, here SoftHSM: they sign, they change, and they never come out."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import jwt
import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from gateway.errors import ConfigurationError, Unavailable
from gateway.identity.key_files import followed
from gateway.identity.keys import KeyRing, UnfitKeyError
from gateway.identity.pkcs11_keys import Pkcs11Keys
from gateway.identity.rules import LONGEST_LIFE
from gateway.identity.seal import IdentifierSeal
from tests.support.hsm import MODULE, NAME, PIN, TOKEN, SoftToken
from tests.unit.identity.examples import Office, accepted

SETTING = "tokens.keys_from"
NOON = 1_000_000


@pytest.fixture
def token(tmp_path: Path) -> Iterator[SoftToken]:
    made = SoftToken.make(tmp_path / "hsm")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = made.environment["SOFTHSM2_CONF"]
    pkcs11.lib(str(MODULE)).reinitialize()
    yield made
    pkcs11.lib(str(MODULE)).finalize()
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def keys(token: SoftToken) -> Pkcs11Keys:
    """As another process has them."""
    return Pkcs11Keys.at(token.address(), setting=SETTING)


def made(token: SoftToken) -> Pkcs11Keys:
    found = keys(token)
    found.rotate(now=NOON)
    return found


def told(action: Callable[[], object], *words: str) -> None:
    """The refusal names the setting and says what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        action()
    assert caught.value.field == SETTING
    for word in words:
        assert word in str(caught.value.facts["problem"])
    assert PIN not in repr(caught.value)


def test_an_empty_token_is_given_its_first_keys_and_they_sign(token: SoftToken) -> None:
    told(keys(token).load, "bawaba keys rotate")

    ring = made(token).load()

    assert ring.following is not None
    for key in (ring.current, ring.following):
        signed = key.signed({"sub": "somebody"}, typ="at+jwt")
        assert jwt.decode(signed, key.public, algorithms=["ES256"]) == {"sub": "somebody"}
    assert keys(token).load().jwks() == ring.jwks()


def test_a_key_never_comes_out_of_the_device(token: SoftToken) -> None:
    ring = made(token).load()

    with pytest.raises(UnfitKeyError, match="never leaves"):
        _ = ring.current.private
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open() as session:
        private = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        assert [(each[Attribute.SENSITIVE], each[Attribute.EXTRACTABLE]) for each in private] == [(True, False)] * 2
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            _ = private[0][Attribute.VALUE]


def test_rotation_keeps_every_live_token_good(token: SoftToken) -> None:
    store = made(token)
    before = Office(keys=store.load())
    held = before.token()

    store.rotate(now=NOON + 1)

    after = Office(keys=keys(token).load(), seal=before.seal)
    assert before.keys.following is not None
    assert after.key.kid == before.keys.following.kid
    accepted(after.verifier(), held)
    accepted(before.verifier(), after.token())
    accepted(after.verifier(), before.token())


def test_a_second_rotation_waits_until_the_last_token_of_the_old_key_has_expired(token: SoftToken) -> None:
    store = made(token)
    store.rotate(now=NOON)

    told(lambda: store.rotate(now=NOON + LONGEST_LIFE - 1), "rotate later")
    store.rotate(now=NOON + LONGEST_LIFE)

    assert len(store.load().jwks()["keys"]) == 3


@pytest.mark.parametrize("step", ["retired", "promoted"])
def test_a_rotation_that_was_cut_off_leaves_a_working_ring_and_is_finished_by_another(
    token: SoftToken, step: str
) -> None:
    store = made(token)
    before = store.load()
    office = Office(keys=before)
    held = office.token()
    pkcs11.lib(str(MODULE)).reinitialize()
    relabel(f"{NAME} current", f"{NAME} previous {NOON}")
    if step == "promoted":
        relabel(f"{NAME} next", f"{NAME} current")

    between = keys(token).load()
    assert before.following is not None
    assert between.current.kid == before.following.kid
    accepted(Office(keys=between, seal=office.seal).verifier(), held)
    keys(token).rotate(now=NOON + LONGEST_LIFE)

    ring = keys(token).load()
    assert ring.following is not None
    assert ring.find(between.current.kid)


def both_left(kid: str, *offices: Office) -> bool:
    """Whether none of them signs with that key any more."""
    return kid not in [office.key.kid for office in offices]


async def until(true: Callable[[], bool]) -> None:
    """Waits until it is so."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come to be")


def relabel(old: str, new: str) -> None:
    """One step of a rotation."""
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
        (key,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: old})
        key[Attribute.LABEL] = new


async def test_no_verification_fails_on_any_worker_while_the_keys_change(token: SoftToken, tmp_path: Path) -> None:
    store, seal_file = made(token), tmp_path / "identifiers.key"
    seal_file.write_bytes(os.urandom(32))
    seal = IdentifierSeal(seal_file.read_bytes())
    one, two = (Office(keys=keys(token).load(), seal=seal) for _ in range(2))
    verified: set[str] = set()

    async def load() -> None:
        while True:
            for maker, reader in ((one, two), (two, one)):
                held = maker.token()
                accepted(reader.verifier(), held)
                verified.add(maker.key.kid)
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        for office in (one, two):
            await stack.enter_async_context(followed(office.keys, keys(token), seal, seal_file, every=0.02))
        loading = asyncio.create_task(load())
        for turn in range(1, 4):
            old = one.key.kid
            store.rotate(now=NOON + turn * LONGEST_LIFE)
            await until(partial(both_left, old, one, two))
            assert not loading.done(), loading.exception()
        loading.cancel()

    assert len(verified) >= 4


def test_whatever_is_wrong_names_the_setting(token: SoftToken, tmp_path: Path) -> None:
    made(token)
    wrong_pin = tmp_path / "wrong-pin"
    wrong_pin.write_text("9999")
    pkcs11.lib(str(MODULE)).reinitialize()

    for address, words in (
        (token.address(pin_file=tmp_path / "absent"), "cannot be read"),
        (token.address(pin_file=wrong_pin), "PinIncorrect"),
        (token.address(token="other"), "NoSuchToken"),
        (token.address(module=tmp_path / "absent.so"), "absent.so"),
        (token.address().replace(f"object={NAME}", "object=other"), "other current"),
    ):
        told(Pkcs11Keys.at(address, setting=SETTING).load, words)
    assert keys(token).load().following


def test_two_keys_of_one_name_are_refused(token: SoftToken) -> None:
    made(token)
    pkcs11.lib(str(MODULE)).reinitialize()
    relabel(f"{NAME} next", f"{NAME} current")

    told(keys(token).load, "two keys")


def test_a_device_that_was_away_is_found_again_and_one_that_is_away_is_said_to_be(token: SoftToken) -> None:
    ring: KeyRing = made(token).load()
    assert ring.current.signed({})
    pkcs11.lib(str(MODULE)).reinitialize()
    assert ring.current.signed({})

    pin = token.pin_file.rename(token.folder / "elsewhere")
    pkcs11.lib(str(MODULE)).reinitialize()
    with pytest.raises(Unavailable):
        ring.current.signed({})

    pin.rename(token.pin_file)
    assert ring.current.signed({})


@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:",
        "pkcs11:token=bawaba",
        "pkcs11:token=bawaba;object=signing",
        "pkcs11:token=bawaba;object=signing?module-path=/lib.so&pin-value=1234",
        "pkcs11:token=bawaba;object=signing?module-path=lib.so&pin-source=file:/pin",
        "pkcs11:token=bawaba;object=signing?module-path=/lib.so&pin-source=pin",
        "pkcs11:token=bawaba;object=signing?module-path=/lib.so&pin-source=https://pins.example/1",
        "pkcs11:token=bawaba;token=other;object=signing?module-path=/lib.so&pin-source=file:/pin",
        "pkcs11:token=;object=signing?module-path=/lib.so&pin-source=file:/pin",
    ],
)
def test_an_address_of_another_shape_is_refused(uri: str) -> None:
    told(lambda: Pkcs11Keys.at(uri, setting=SETTING))
