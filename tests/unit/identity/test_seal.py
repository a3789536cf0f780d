"""Promises of the seal on identifiers."""

import os

import pytest

from gateway.identity.keys import UnfitKeyError, base64url
from gateway.identity.seal import BrokenSealError, IdentifierSeal, Sealed
from gateway.schema.country import Country
from tests.unit.identity.examples import QATARI, SAUDI, decoded

BOTH = Sealed(home=Country.SA, identifiers=(SAUDI, QATARI))
ONE = Sealed(home=Country.SA, identifiers=(SAUDI,))


def test_what_was_sealed_opens_for_the_same_token() -> None:
    seal = IdentifierSeal(os.urandom(32))

    opened = seal.open(seal.seal(BOTH, "jti-1"), "jti-1")

    assert opened == BOTH
    assert dict(opened.by_country()) == {Country.SA: SAUDI, Country.QA: QATARI}


def test_it_does_not_open_in_another_token() -> None:
    seal = IdentifierSeal(os.urandom(32))

    with pytest.raises(BrokenSealError):
        seal.open(seal.seal(BOTH, "jti-1"), "jti-2")


def test_it_does_not_open_under_another_key() -> None:
    sealed = IdentifierSeal(os.urandom(32)).seal(BOTH, "jti")

    with pytest.raises(BrokenSealError):
        IdentifierSeal(os.urandom(32)).open(sealed, "jti")


def test_one_bit_breaks_it() -> None:
    seal = IdentifierSeal(os.urandom(32))
    data = decoded(seal.seal(BOTH, "jti"))

    for place in range(len(data)):
        bent = bytes([*data[:place], data[place] ^ 1, *data[place + 1 :]])
        with pytest.raises(BrokenSealError):
            seal.open(base64url(bent), "jti")


@pytest.mark.parametrize("text", ["", "A", "AAAA", "A" * 27, "A" * 200, "not base64 at all!", "٣" * 40, "=" * 8])
def test_rubbish_does_not_open(text: str) -> None:
    with pytest.raises(BrokenSealError):
        IdentifierSeal(os.urandom(32)).open(text, "jti")


def test_the_same_person_never_looks_the_same_twice() -> None:
    seal = IdentifierSeal(os.urandom(32))

    assert len({seal.seal(BOTH, "jti") for _ in range(50)}) == 50


def test_the_length_does_not_tell_how_many_states_know_the_person() -> None:
    seal = IdentifierSeal(os.urandom(32))
    many = Sealed(home=Country.SA, identifiers=(SAUDI,) * 6)

    lengths = {len(decoded(seal.seal(sealed, "jti"))) for sealed in (ONE, BOTH, many)}

    assert all((length - 4 - 12 - 16) % 128 == 0 for length in lengths)


def test_keys_rotate_with_an_overlap() -> None:
    old, new = os.urandom(32), os.urandom(32)
    seal = IdentifierSeal(old)
    first = seal.seal(BOTH, "jti")

    seal.adopt(IdentifierSeal(old, new))
    assert seal.open(first, "jti") == BOTH
    seal.adopt(IdentifierSeal(new, old))
    second = seal.seal(BOTH, "jti")

    assert seal.open(first, "jti") == BOTH
    assert IdentifierSeal(old, new).open(second, "jti") == BOTH
    seal.adopt(IdentifierSeal(new))
    assert seal.open(second, "jti") == BOTH
    with pytest.raises(BrokenSealError):
        seal.open(first, "jti")


@pytest.mark.parametrize(
    "keys",
    [(), (b"",), (b"short",), (os.urandom(31),), (os.urandom(33),), (bytes(32),), (b"password" * 4,)],
    ids=["none", "empty", "short", "31 bytes", "33 bytes", "zeros", "a word"],
)
def test_a_key_that_is_no_key_is_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(UnfitKeyError):
        IdentifierSeal(*keys)


def test_what_cannot_be_read_is_not_repeated_in_the_error() -> None:
    """A value that a later version sealed, say: the identifier in it must not reach a log."""
    seal = IdentifierSeal(os.urandom(32))
    strange = Sealed.model_construct(home=Country.SA, identifiers=(SAUDI.model_copy(update={"value": "1000000017"}),))

    with pytest.raises(BrokenSealError) as caught:
        seal.open(seal.seal(strange, "jti"), "jti")

    assert "1000000017" not in f"{caught.value!r}"
    assert caught.value.__suppress_context__
