"""People: one person with several identities, and every number one person's only."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from gateway.errors import IdentifierTaken, IdentityMissing, LastIdentity
from gateway.identity.people import People, numbers_asked_with
from gateway.identity.principal import Assurance
from gateway.identity.vault import BrokenVaultError, Vault
from gateway.schema import Country
from gateway.storage.tables import person_identifiers, person_identities, persons
from tests.support.people import CIVIL, CPR, OTHER_CPR, Roof, evidence, roof


@pytest.fixture
async def home(storage_url: str) -> AsyncIterator[Roof]:
    async with roof(storage_url) as home:
        yield home


async def test_somebody_is_the_same_person_at_every_sign_in(home: Roof) -> None:
    shown = evidence("a", CPR)
    first = await home.people.sign_in(shown)

    assert await home.people.sign_in(shown) == first
    assert len(await home.rows(persons)) == 1


async def test_another_account_with_the_same_verified_number_is_the_same_person(home: Roof) -> None:
    first = await home.people.sign_in(evidence("a", CPR))
    second = await home.people.sign_in(evidence("b", CPR, issuer="https://two.example", provider="gcc-card"))

    assert second.person == first.person
    assert second.identity != first.identity


async def test_the_same_subject_of_two_issuers_is_two_people(home: Roof) -> None:
    first = await home.people.sign_in(evidence("1", CPR, issuer="https://one.example"))
    second = await home.people.sign_in(evidence("1", CIVIL, issuer="https://two.example"))
    third = await home.people.sign_in(evidence("1", issuer="https://three.example"))

    assert len({first.person, second.person, third.person}) == 3


async def test_issuer_and_subject_do_not_run_into_each_other(home: Roof) -> None:
    first = await home.people.sign_in(evidence("bc", issuer="a"))
    second = await home.people.sign_in(evidence("c", issuer="ab"))

    assert first.person != second.person


async def test_the_same_digits_in_two_states_are_two_numbers(home: Roof) -> None:
    elsewhere = CPR.model_copy(update={"country": Country.OM})
    first = await home.people.sign_in(evidence(number=CPR))
    second = await home.people.sign_in(evidence(number=elsewhere))

    assert first.person != second.person


async def test_whoever_linked_two_identities_signs_in_with_either(home: Roof) -> None:
    bahraini, kuwaiti = evidence("a", CPR), evidence("b", CIVIL, provider="kw-mobile-id")
    person = (await home.people.sign_in(bahraini)).person
    await home.people.link(person, kuwaiti)

    assert (await home.people.sign_in(kuwaiti)).person == person
    assert (await home.people.sign_in(bahraini)).person == person
    assert await home.people.identifiers(person) == {Country.BH: CPR, Country.KW: CIVIL}
    assert {each.provider for each in await home.people.identities(person)} == {"bh-ekey", "kw-mobile-id"}


async def test_linking_again_what_is_ones_own_changes_nothing(home: Roof) -> None:
    shown = evidence("a", CPR)
    signed_in = await home.people.sign_in(shown)

    assert await home.people.link(signed_in.person, shown) == signed_in
    assert len(await home.people.identities(signed_in.person)) == 1


async def test_an_account_without_a_number_is_a_person_whom_no_state_can_be_asked_about(home: Roof) -> None:
    person = (await home.people.sign_in(evidence("a", assurance=Assurance.LOW))).person

    assert await home.people.identifiers(person) == {}
    assert [each.identifier for each in await home.people.identities(person)] == [None]


@pytest.mark.parametrize("shown", [evidence("mine", None), evidence("new", CPR), evidence("mine", CPR)])
async def test_what_is_somebody_elses_is_refused_and_raised(home: Roof, shown: Any) -> None:
    await home.people.sign_in(evidence("mine", CPR))
    intruder = (await home.people.sign_in(evidence("other", CIVIL))).person

    with capture_logs() as logs, pytest.raises(IdentifierTaken):
        await home.people.link(intruder, shown)

    assert [each["log_level"] for each in logs if each["event"] == "identity.contested"] == ["error"]
    assert CPR.value not in str(logs)
    assert len(await home.people.identities(intruder)) == 1


async def test_an_account_that_comes_with_somebody_elses_number_signs_nobody_in(home: Roof) -> None:
    await home.people.sign_in(evidence("a", CPR))
    await home.people.sign_in(evidence("b", CIVIL))

    with pytest.raises(IdentifierTaken):
        await home.people.sign_in(evidence("a", CIVIL))

    assert len(await home.rows(person_identities)) == 2


async def test_an_account_whose_number_changes_gives_the_old_number_free(home: Roof) -> None:
    person = (await home.people.sign_in(evidence("a", CPR))).person
    await home.people.sign_in(evidence("a", OTHER_CPR))

    assert await home.people.identifiers(person) == {Country.BH: OTHER_CPR}
    assert (await home.people.sign_in(evidence("c", CPR))).person != person


async def test_of_two_numbers_of_one_state_the_one_linked_first_is_asked_with(home: Roof) -> None:
    person = (await home.people.sign_in(evidence("a", CPR))).person
    home.now += 60
    await home.people.link(person, evidence("b", OTHER_CPR, provider="gcc-card"))
    home.now += 60
    await home.people.link(person, evidence("c", CPR, provider="om-pki"))

    assert await home.people.identifiers(person) == {Country.BH: CPR}
    assert numbers_asked_with(await home.people.identities(person)) == {Country.BH: CPR}

    first = (await home.people.identities(person))[0]
    await home.people.unlink(person, first.id)
    assert await home.people.identifiers(person) == {Country.BH: OTHER_CPR}


async def test_the_highest_assurance_seen_is_remembered(home: Roof) -> None:
    person = (await home.people.sign_in(evidence("a", CPR, assurance=Assurance.HIGH))).person
    await home.people.sign_in(evidence("a", assurance=Assurance.LOW))

    (identity,) = await home.people.identities(person)
    assert (identity.assurance, identity.identifier) == (Assurance.HIGH, CPR)


async def test_the_only_way_in_cannot_be_taken_away(home: Roof) -> None:
    signed_in = await home.people.sign_in(evidence("a", CPR))

    with pytest.raises(LastIdentity):
        await home.people.unlink(signed_in.person, signed_in.identity)

    assert await home.people.identifiers(signed_in.person) == {Country.BH: CPR}


async def test_nobody_unlinks_an_identity_of_somebody_else(home: Roof) -> None:
    mine = await home.people.sign_in(evidence("a", CPR))
    await home.people.link(mine.person, evidence("c", OTHER_CPR))
    other = (await home.people.sign_in(evidence("b", CIVIL))).person

    with pytest.raises(IdentityMissing):
        await home.people.unlink(other, mine.identity)

    assert len(await home.people.identities(mine.person)) == 2


async def test_a_number_goes_with_the_last_identity_that_vouched_for_it(home: Roof) -> None:
    person = (await home.people.sign_in(evidence("a", CIVIL))).person
    ekey = await home.people.link(person, evidence("b", CPR))
    card = await home.people.link(person, evidence("c", CPR, provider="gcc-card"))

    await home.people.unlink(person, ekey.identity)
    assert await home.people.identifiers(person) == {Country.KW: CIVIL, Country.BH: CPR}

    await home.people.unlink(person, card.identity)
    assert await home.people.identifiers(person) == {Country.KW: CIVIL}
    assert (await home.people.sign_in(evidence("d", CPR))).person != person


async def test_two_that_are_unlinked_at_once_leave_one(home: Roof) -> None:
    first = await home.people.sign_in(evidence("a", CIVIL))
    second = await home.people.link(first.person, evidence("b", CPR))

    outcomes = await asyncio.gather(
        *(home.people.unlink(first.person, each) for each in (first.identity, second.identity)),
        return_exceptions=True,
    )

    assert [type(each) for each in outcomes].count(LastIdentity) == 1
    assert len(await home.people.identities(first.person)) == 1


async def test_of_two_workers_that_link_one_number_at_once_one_wins(home: Roof) -> None:
    people = [(await home.people.sign_in(evidence(f"p{place}"))).person for place in range(6)]

    outcomes = await asyncio.gather(
        *(home.people.link(person, evidence(number=CPR)) for person in people), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["IdentifierTaken"] * 5 + ["SignedIn"]
    owners = [person for person in people if await home.people.identifiers(person)]
    assert len(owners) == 1


async def test_two_first_sign_ins_at_once_are_one_person(home: Roof) -> None:
    shown = evidence("a", CPR)

    found = await asyncio.gather(*(home.people.sign_in(shown) for _ in range(6)))

    assert len(set(found)) == 1
    assert len(await home.rows(persons)) == 1


async def test_no_number_no_account_and_no_subject_stands_in_the_database(home: Roof) -> None:
    await home.people.sign_in(evidence("a-subject-of-theirs", CPR))

    stored = [await home.rows(table) for table in (persons, person_identities, person_identifiers)]

    assert CPR.value not in str(stored)
    assert "a-subject-of-theirs" not in str(stored)


async def test_a_number_moved_to_another_row_does_not_open(home: Roof) -> None:
    mine = (await home.people.sign_in(evidence("a", CPR))).person
    await home.people.sign_in(evidence("b", CIVIL))
    sealed = {row.person_id: row.sealed for row in await home.rows(person_identifiers)}
    theirs = next(value for person, value in sealed.items() if person != mine)
    async with home.storage.writing() as connection:
        moved = update(person_identifiers).where(person_identifiers.c.person_id == mine).values(sealed=theirs)
        await connection.execute(moved)

    with pytest.raises(BrokenVaultError):
        await home.people.identifiers(mine)


def _with_keys(home: Roof, keys: Sequence[bytes]) -> People:
    return People(home.storage, Vault(*keys), home.finder, lambda: home.now)


async def test_numbers_are_sealed_anew_and_the_old_key_can_go(home: Roof) -> None:
    old, new = b"o" * 32, b"n" * 32
    person = (await _with_keys(home, [old]).sign_in(evidence("a", CPR))).person
    both = _with_keys(home, [new, old])

    assert await both.identifiers(person) == {Country.BH: CPR}
    assert await both.reseal() == 1
    assert await both.reseal() == 0
    assert await _with_keys(home, [new]).identifiers(person) == {Country.BH: CPR}
    with pytest.raises(BrokenVaultError):
        await _with_keys(home, [old]).identifiers(person)
