"""What was left without cookies is collected by its reference, for the sign-in that it came for."""

from base64 import b64encode
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gateway.errors import SignInError
from gateway.identity.handoff import Handoff
from gateway.identity.letters import LARGEST, LIFE_SECONDS, Letters
from gateway.identity.vault import Finder, Vault
from gateway.storage.engine import Storage
from gateway.storage.schema import upgrade

STATE, OTHER = "s" * 43, "t" * 43
CERTIFICATES = (b"\x30\x01the card's", b"\x30\x02\n\nits authority's\x00")


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


async def opened(folder: Path) -> AbstractAsyncContextManager[Storage]:
    """A database of its own."""
    url = f"sqlite+aiosqlite:///{folder / 'bawaba.db'}"
    await upgrade(url)
    return Storage.open(url)


async def test_what_was_left_is_collected_as_it_was(tmp_path: Path) -> None:
    async with await opened(tmp_path) as storage:
        handoff = Handoff(Letters(storage, Vault(b"v" * 32), Clock()), Finder(b"f" * 32))
        reference = await handoff.leave(STATE, CERTIFICATES)
        assert await handoff.collect(STATE, reference) == CERTIFICATES
        assert reference != await handoff.leave(STATE, CERTIFICATES)


async def test_it_is_not_there_for_another_sign_in_or_under_another_reference(tmp_path: Path) -> None:
    async with await opened(tmp_path) as storage:
        handoff = Handoff(Letters(storage, Vault(b"v" * 32), Clock()), Finder(b"f" * 32))
        reference = await handoff.leave(STATE, CERTIFICATES)
        for state, other in ((OTHER, reference), (STATE, reference[:-1]), (STATE, ""), ("", reference)):
            with pytest.raises(SignInError):
                await handoff.collect(state, other)


async def test_it_waits_for_five_minutes_and_on_every_worker(tmp_path: Path) -> None:
    clock = Clock()
    async with await opened(tmp_path) as storage:
        here, there = (Handoff(Letters(storage, Vault(b"v" * 32), clock), Finder(b"f" * 32)) for _ in range(2))
        reference = await here.leave(STATE, CERTIFICATES)
        clock.seconds += LIFE_SECONDS - 1
        assert await there.collect(STATE, reference) == CERTIFICATES
        clock.seconds += 2
        with pytest.raises(SignInError):
            await there.collect(STATE, reference)


async def test_a_letter_from_the_private_network_never_passes_for_a_certificate(tmp_path: Path) -> None:
    """Whoever may deliver late answers names them as they like; the name of a certificate needs the finder's key."""
    async with await opened(tmp_path) as storage:
        letters = Letters(storage, Vault(b"v" * 32), Clock())
        handoff, body = Handoff(letters, Finder(b"f" * 32)), b64encode(CERTIFICATES[0])
        guesses = ("x", STATE, f"card/{STATE}/x", f"card {STATE} x", Finder(b"g" * 32).of("card", STATE, "x"))
        for guess in guesses:
            assert await letters.put(guess, body)
        for guess in (*guesses, "x"):
            with pytest.raises(SignInError):
                await handoff.collect(STATE, guess)


async def test_what_is_of_one_kind_never_passes_for_another(tmp_path: Path) -> None:
    async with await opened(tmp_path) as storage:
        letters = Letters(storage, Vault(b"v" * 32), Clock())
        answers, cards = (Handoff(letters, Finder(b"f" * 32), kind) for kind in ("answer", "card"))
        reference = await answers.leave(STATE, CERTIFICATES)
        with pytest.raises(SignInError):
            await cards.collect(STATE, reference)
        assert await answers.collect(STATE, reference) == CERTIFICATES


async def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    async with await opened(tmp_path) as storage:
        handoff = Handoff(Letters(storage, Vault(b"v" * 32), Clock()), Finder(b"f" * 32))
        reference = await handoff.leave(STATE, (b"x" * LARGEST,))
        with pytest.raises(SignInError):
            await handoff.collect(STATE, reference)
