"""The vault: AES-256-GCM under a ring of keys, and keyed hashes that find without telling."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.keys import UnfitKeyError
from gateway.identity.vault import BrokenVaultError, Finder, Vault, digest

OLD, NEW = b"o" * 32, b"n" * 32


@given(data=st.binary(max_size=200), context=st.text(max_size=40).filter(lambda text: text.isprintable()))
def test_what_is_sealed_opens_for_its_own_context_only(data: bytes, context: str) -> None:
    vault = Vault(OLD)
    sealed = vault.seal(data, context)

    assert vault.open(sealed, context) == data
    with pytest.raises(BrokenVaultError):
        vault.open(sealed, f"{context}x")


def test_the_same_is_sealed_differently_each_time() -> None:
    vault = Vault(OLD)

    assert len({vault.seal(b"number", "row") for _ in range(50)}) == 50


def test_the_first_key_seals_and_each_opens() -> None:
    sealed = Vault(OLD).seal(b"number", "row")
    both = Vault(NEW, OLD)

    assert both.open(sealed, "row") == b"number"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal(b"number", "row"))
    with pytest.raises(BrokenVaultError):
        Vault(NEW).open(sealed, "row")


def test_one_changed_bit_anywhere_is_noticed() -> None:
    vault = Vault(OLD)
    sealed = vault.seal(b"a number", "row")

    for place in range(len(sealed)):
        bent = bytearray(sealed)
        bent[place] ^= 1
        with pytest.raises(BrokenVaultError):
            vault.open(bytes(bent), "row")


def test_what_was_cut_short_does_not_open() -> None:
    vault = Vault(OLD)
    sealed = vault.seal(b"x", "row")

    for length in range(len(sealed)):
        with pytest.raises(BrokenVaultError):
            vault.open(sealed[:length], "row")


@pytest.mark.parametrize("keys", [(), (b"short",), (OLD, b"n" * 31), (b"n" * 33,)])
def test_a_key_of_another_length_is_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(UnfitKeyError):
        Vault(*keys)


@pytest.mark.parametrize("key", [b"", b"n" * 31, b"n" * 64])
def test_a_finders_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(UnfitKeyError):
        Finder(key)


def test_a_vault_takes_over_the_keys_of_another() -> None:
    vault, other = Vault(OLD), Vault(NEW, OLD)
    sealed = vault.seal(b"number", "row")
    vault.adopt(other)

    assert vault.seals_with == other.seals_with
    assert vault.open(sealed, "row") == b"number"


def test_a_keyed_hash_depends_on_key_and_on_where_its_parts_end() -> None:
    finder = Finder(OLD)

    assert finder.of("a", "bc") == finder.of("a", "bc")
    assert len({finder.of("a", "bc"), finder.of("ab", "c"), finder.of("abc"), Finder(NEW).of("a", "bc")}) == 4


def test_neither_keys_nor_secrets_show_in_words() -> None:
    secret = os.urandom(16).hex()

    assert repr(OLD)[2:-1] not in repr(vars(Finder)) + repr(Vault(OLD)) + repr(Finder(OLD))
    assert secret not in digest(secret)
    assert len(digest(secret)) == 64
