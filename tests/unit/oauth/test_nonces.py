"""Promises of the server's nonces."""

import pytest

from gateway.identity.vault import Finder
from gateway.oauth.nonces import Nonces
from tests.unit.identity.examples import NOON, Clock

FINDER = Finder(b"f" * 32)


def nonces(clock: Clock, finder: Finder = FINDER) -> Nonces:
    return Nonces(finder, clock, window=300)


def test_a_nonce_is_taken_in_its_window_and_the_next_and_no_longer() -> None:
    clock = Clock(NOON - NOON % 300)
    nonce = nonces(clock).current()

    taken = {}
    for later in (0, 299, 300, 599, 600, 900, -1):
        clock.now = NOON - NOON % 300 + later
        taken[later] = nonces(clock).is_fresh(nonce)

    assert taken == {0: True, 299: True, 300: True, 599: True, 600: False, 900: False, -1: False}


def test_another_worker_takes_it_and_another_key_does_not() -> None:
    clock = Clock()
    nonce = nonces(clock).current()

    assert nonces(clock).is_fresh(nonce)
    assert not nonces(clock, Finder(b"g" * 32)).is_fresh(nonce)


@pytest.mark.parametrize("spoil", [str.upper, lambda nonce: nonce[:-1], lambda nonce: nonce + "0", lambda _: ""])
def test_a_nonce_that_is_not_to_the_letter_ours_is_not_taken(spoil: object) -> None:
    clock = Clock()
    nonce = nonces(clock).current()
    assert callable(spoil)

    assert not nonces(clock).is_fresh(spoil(nonce))


@pytest.mark.parametrize("value", [None, 0, True, [], {}, "خ" * 32, "a" * 32])
def test_what_is_no_nonce_is_not_taken(value: object) -> None:
    assert not nonces(Clock()).is_fresh(value)


def test_the_next_nonce_does_not_look_like_this_one() -> None:
    clock = Clock()
    first = nonces(clock).current()
    clock.now += 300

    assert nonces(clock).current() != first
    assert len(first) == 32
