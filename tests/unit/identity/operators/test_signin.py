"""The first half of an operator's sign-in: a state is good for its own provider, its own browser, and once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from gateway.errors import ProviderDown, SignInError, SignInRejected
from gateway.identity.attempts import Attempts, Wish
from gateway.identity.operators.operator import read_posts
from gateway.identity.operators.provider import OperatorProvider, RoleRule, Vouched
from gateway.identity.operators.signin import OperatorSignIn
from gateway.identity.providers.base import Attempt, ProviderResponse, Redirect
from gateway.storage.tables import signin_attempts
from tests.support.openid import make_plate, make_provider
from tests.support.operators import ISSUER, Staff, staff

BACK = "https://console.bawaba.example/console/auth/callback"
RULE = RoleRule.of("acr", {"staff": "operator"})
ANSWER = ProviderResponse()


@dataclass
class Word(OperatorProvider):
    """A provider that vouches for one person without being asked anything."""

    posts: str = "operator"
    down: bool = False
    begun: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(make_provider("https://staff.example", make_plate(id="staff")), RULE)

    async def begin(self, attempt: Attempt) -> Redirect:
        if self.down:
            raise ProviderDown(provider="staff")
        self.begun.append(attempt)
        return Redirect("https://staff.example/auth")

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Vouched:
        return Vouched(ISSUER, "somebody", read_posts(self.posts))


@dataclass
class Door:
    """A sign-in over real storage."""

    staff: Staff
    word: Word
    attempts: Attempts
    signin: OperatorSignIn

    async def begin(self, invitation: str = "") -> str:
        """The state of a new sign-in."""
        await self.signin.begin("a browser", "ar", invitation)
        return self.word.begun[-1].id


@pytest.fixture
async def door(storage_url: str) -> AsyncIterator[Door]:
    async with staff(storage_url) as here:
        word = Word()
        attempts = Attempts(here.storage, here.vault, lambda: datetime.now(UTC))
        signin = OperatorSignIn(word, attempts, here.accounts, here.sessions, BACK, lambda: datetime.now(UTC))
        yield Door(here, word, attempts, signin)


async def test_an_invitation_goes_along_and_lets_a_factor_be_enrolled(door: Door) -> None:
    invitation = await door.staff.accounts.invite("Noura", frozenset())

    half = await door.signin.complete(await door.begin(invitation), "a browser", ANSWER)
    later = await door.signin.complete(await door.begin(), "a browser", ANSWER)

    assert (await door.staff.session(half.secret)).invited
    assert not (await door.staff.session(later.secret)).invited
    assert later.operator == half.operator


async def test_the_state_of_a_citizen_s_sign_in_is_none_of_an_operator_s(door: Door) -> None:
    await door.staff.admit()
    journey = await door.attempts.begin(Wish("bh-ekey", BACK, "ar"), "a browser")

    with pytest.raises(SignInError):
        await door.signin.complete(journey.attempt.id, "a browser", ANSWER)


async def test_a_state_is_good_once_and_in_its_own_browser(door: Door) -> None:
    await door.staff.admit()
    state = await door.begin()

    for browser in ("another browser", ""):
        with pytest.raises(SignInError):
            await door.signin.complete(state, browser, ANSWER)
    await door.signin.complete(state, "a browser", ANSWER)
    with pytest.raises(SignInError):
        await door.signin.complete(state, "a browser", ANSWER)


@pytest.mark.parametrize(("told", "limit"), [("", ""), ("operator:BH", "operator:KW"), ("security", "viewer")])
async def test_whoever_has_no_post_that_both_give_does_not_come_in(door: Door, told: str, limit: str) -> None:
    await door.staff.admit(posts=limit)
    door.word.posts = told

    with pytest.raises(SignInRejected, match="operator_without_role"):
        await door.signin.complete(await door.begin(), "a browser", ANSWER)


async def test_a_sign_in_that_could_not_begin_leaves_nothing_behind(door: Door) -> None:
    door.word.down = True

    with pytest.raises(ProviderDown):
        await door.signin.begin("a browser", "ar", "")

    async with door.staff.storage.reading() as connection:
        assert (await connection.execute(signin_attempts.select())).all() == []
