"""Promises of the clock that never goes back."""

import time

from gateway.identity.clock import SteadyClock
from tests.unit.identity.examples import HOLDER, Clock, Office, accepted, refused

HOUR = 3600.0


def test_it_follows_the_wall_clock() -> None:
    assert abs(SteadyClock()() - time.time()) < 1


def test_it_moves_on_with_the_machine() -> None:
    wall, monotonic = Clock(1000.0), Clock(5.0)
    clock = SteadyClock(wall, monotonic)

    wall.now, monotonic.now = 1010.0, 15.0

    assert clock() == 1010.0


def test_when_the_wall_clock_steps_back_time_goes_on() -> None:
    wall, monotonic = Clock(10_000.0), Clock(5.0)
    clock = SteadyClock(wall, monotonic)

    wall.now, monotonic.now = 10_010.0 - HOUR, 15.0
    assert clock() == 10_010.0
    wall.now, monotonic.now = 10_020.0 - HOUR, 25.0
    assert clock() == 10_020.0


def test_when_the_wall_clock_steps_forward_it_follows() -> None:
    wall, monotonic = Clock(1000.0), Clock(5.0)
    clock = SteadyClock(wall, monotonic)

    wall.now, monotonic.now = 1001.0 + HOUR, 6.0

    assert clock() == 1001.0 + HOUR


def test_an_expired_token_stays_expired_when_the_clock_is_set_back() -> None:
    office, wall, monotonic = Office(), Clock(), Clock(0.0)
    steady = SteadyClock(wall, monotonic)
    token = office.token()
    verifier, trusting = office.verifier(), office.verifier()
    verifier._clock, trusting._clock = steady, wall
    accepted(verifier, token)

    wall.now, monotonic.now = wall.now + 400, 400.0
    refused(lambda: verifier.verify(token), "expired")
    wall.now -= HOUR - 400

    refused(lambda: verifier.verify(token), "expired")
    wall.now = office.clock.now
    assert trusting.verify(token).subject == HOLDER.subject
