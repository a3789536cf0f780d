"""Two workers on PostgreSQL that write about one number or one account, interleaved at every statement."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import cast

import pytest
from sqlalchemy import delete, select

from gateway.errors import IdentifierTaken, LastIdentity
from gateway.identity.people import People, SignedIn
from gateway.identity.providers.base import Evidence
from gateway.storage.engine import Storage
from gateway.storage.tables import person_identifiers, person_identities, persons
from tests.support.interleaving import Interrupted
from tests.support.people import CIVIL, CPR, Roof, evidence, roof

Act = Callable[[People], Awaitable[object]]
TABLES = (person_identities, person_identifiers, persons)
MOST_STATEMENTS = 12


@pytest.fixture
async def home(postgresql_database: str) -> AsyncIterator[Roof]:
    async with roof(postgresql_database) as home:
        yield home


async def interleaved(
    home: Roof, prepare: Callable[[], Awaitable[tuple[Act, Act]]]
) -> AsyncIterator[tuple[object, object]]:
    """What the two come to, for each statement of the first before which the second comes in; a clean table each."""
    for at in count():
        await _empty(home)
        first, second = await prepare()
        storage = Interrupted(home.storage, at, lambda act=second: act(home.people))  # type: ignore[misc]
        people = People(cast(Storage, storage), home.vault, home.finder, lambda: home.now)
        ours = await _outcome(first(people))
        if not storage.happened:
            assert 3 <= at < MOST_STATEMENTS
            return
        theirs = await storage.others()
        await whole(home, f"before statement {at}")
        yield ours, theirs


async def _outcome(work: Awaitable[object]) -> object:
    try:
        return await work
    except (IdentifierTaken, LastIdentity) as refusal:
        return refusal


async def _empty(home: Roof) -> None:
    async with home.storage.writing() as connection:
        for table in TABLES:
            await connection.execute(delete(table))


async def whole(home: Roof, when: str) -> None:
    """Every identity's number is there and its person's, and nobody is without a way in."""
    async with home.storage.reading() as connection:
        identities = (await connection.execute(select(person_identities))).all()
        numbers = (await connection.execute(select(person_identifiers))).all()
        everybody = (await connection.execute(select(persons.c.person_id))).scalars().all()
    owners = {row.identifier_hash: row.person_id for row in numbers}
    vouched = {row.identifier_hash for row in identities}
    assert [
        row for row in identities if row.identifier_hash and owners.get(row.identifier_hash) != row.person_id
    ] == [], when
    assert [row for row in numbers if row.identifier_hash not in vouched] == [], when
    assert set(everybody) == {row.person_id for row in identities}, when


def kinds(*outcomes: object) -> list[str]:
    return sorted(type(each).__name__ for each in outcomes)


def link(person: str, shown: Evidence) -> Act:
    return lambda people: people.link(person, shown)


def sign_in(shown: Evidence) -> Act:
    return lambda people: people.sign_in(shown)


def unlink(signed_in: SignedIn) -> Act:
    return lambda people: people.unlink(signed_in.person, signed_in.identity)


SHOWN = {
    "one number of two accounts": (evidence("a", CPR), evidence("b", CPR)),
    "one account": (evidence("a", CPR), evidence("a", CPR)),
    "one account without a number": (evidence("a"), evidence("a")),
    "one account whose number one of them saw": (evidence("a", CPR), evidence("a")),
    "one account whose number the other saw": (evidence("a"), evidence("a", CPR)),
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
async def test_of_two_people_who_link_it_one_wins(home: Roof, shown: tuple[Evidence, Evidence]) -> None:
    async def prepare() -> tuple[Act, Act]:
        people = [(await home.people.sign_in(evidence(name))).person for name in ("one", "other")]
        return link(people[0], shown[0]), link(people[1], shown[1])

    async for outcomes in interleaved(home, prepare):
        assert kinds(*outcomes) == ["IdentifierTaken", "SignedIn"]


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
async def test_two_first_sign_ins_are_one_person(home: Roof, shown: tuple[Evidence, Evidence]) -> None:
    async def prepare() -> tuple[Act, Act]:
        return sign_in(shown[0]), sign_in(shown[1])

    async for ours, theirs in interleaved(home, prepare):
        assert kinds(ours, theirs) == ["SignedIn", "SignedIn"]
        assert cast(SignedIn, ours).person == cast(SignedIn, theirs).person


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
async def test_a_link_and_a_first_sign_in_agree_whose_it_is(home: Roof, shown: tuple[Evidence, Evidence]) -> None:
    async def prepare() -> tuple[Act, Act]:
        return link((await home.people.sign_in(evidence("one"))).person, shown[0]), sign_in(shown[1])

    async for ours, theirs in interleaved(home, prepare):
        assert isinstance(theirs, SignedIn)
        assert isinstance(ours, IdentifierTaken) or cast(SignedIn, ours).person == theirs.person


async def test_two_that_are_unlinked_leave_one(home: Roof) -> None:
    async def prepare() -> tuple[Act, Act]:
        first = await home.people.sign_in(evidence("a", CIVIL))
        return unlink(first), unlink(await home.people.link(first.person, evidence("b", CPR)))

    async for outcomes in interleaved(home, prepare):
        assert kinds(*outcomes) == ["LastIdentity", "NoneType"]


async def test_a_number_stays_with_whoever_comes_with_it_while_it_is_given_up(home: Roof) -> None:
    async def prepare() -> tuple[Act, Act]:
        first = await home.people.sign_in(evidence("a", CPR))
        await home.people.link(first.person, evidence("b", CIVIL))
        return unlink(first), sign_in(evidence("c", CPR))

    async for ours, theirs in interleaved(home, prepare):
        assert kinds(ours, theirs) == ["NoneType", "SignedIn"]


async def test_a_number_is_given_up_while_somebody_comes_with_it(home: Roof) -> None:
    async def prepare() -> tuple[Act, Act]:
        first = await home.people.sign_in(evidence("a", CPR))
        await home.people.link(first.person, evidence("b", CIVIL))
        return sign_in(evidence("c", CPR)), unlink(first)

    async for ours, theirs in interleaved(home, prepare):
        assert kinds(ours, theirs) == ["NoneType", "SignedIn"]
