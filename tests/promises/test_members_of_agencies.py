"""An owner invites, an invitation makes one member once, and there is always an owner left."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.schema import Country
from gateway.storage.registry_tables import registry_agencies, registry_invitations, registry_members
from tests.support.door import entries
from tests.support.registry_door import AGENCY, ROOT, RegistryDoor, registry_door

MEMBERS = f"{ROOT}/agencies/{AGENCY}/members"
INVITATIONS = f"{ROOT}/invitations"


@pytest.fixture
async def door(tmp_path: Path, storage_url: str) -> AsyncIterator[RegistryDoor]:
    async with registry_door(tmp_path, storage_url) as opened:
        yield opened


async def _invited(door: RegistryDoor, owner: str, role: str = "integrator") -> str:
    told = await door.ask("POST", MEMBERS, owner, {"name": "سالم", "role": role})
    assert told.status == 201, told.text
    return str(told["invitation"])


async def test_whoever_brings_an_invitation_is_a_member_under_the_name_that_the_owner_gave(door: RegistryDoor) -> None:
    owner, guest = await door.joined(), door.token(Country.BH)
    secret = await _invited(door, owner)

    accepted = await door.ask("POST", INVITATIONS, guest, {"invitation": secret})
    again = await door.ask("POST", INVITATIONS, guest, {"invitation": secret})
    listed = await door.ask("GET", MEMBERS, guest)

    assert (accepted.status, accepted["id"], accepted["role"]) == (200, AGENCY, "integrator")
    assert (again.status, again.document) == (200, accepted.document)
    assert {(each["name"], each["role"], each["is_you"]) for each in listed["members"]} == {
        ("person-OM", "owner", False),
        ("سالم", "integrator", True),
    }


async def test_an_invitation_is_good_once_and_for_a_week(door: RegistryDoor) -> None:
    owner = await door.joined()
    used, late = await _invited(door, owner), await _invited(door, owner)
    assert (await door.ask("POST", INVITATIONS, door.token(Country.BH), {"invitation": used})).status == 200
    async with door.storage.writing() as connection:
        old = update(registry_invitations).where(registry_invitations.c.used_at.is_(None)).values(expires_at=1)
        await connection.execute(old)

    answers = [
        await door.ask("POST", INVITATIONS, door.token(Country.KW), {"invitation": secret})
        for secret in (used, late, "nobody-ever-made-this-one")
    ]

    assert {(each.status, each.code) for each in answers} == {(404, "invitation_unknown")}
    assert len(await door.rows(registry_members)) == 2


async def test_two_people_at_once_with_one_invitation_are_one_member(door: RegistryDoor) -> None:
    owner = await door.joined()
    secret = await _invited(door, owner)

    answers = await asyncio.gather(
        *(
            door.ask("POST", INVITATIONS, door.token(country), {"invitation": secret})
            for country in (Country.BH, Country.KW, Country.QA)
        )
    )

    assert sorted(each.status for each in answers) == [200, 404, 404]
    assert len(await door.rows(registry_members)) == 2


async def test_a_member_needs_no_second_invitation_and_does_not_use_it_up(door: RegistryDoor) -> None:
    owner = await door.joined()
    secret = await _invited(door, owner)

    own = await door.ask("POST", INVITATIONS, owner, {"invitation": secret})
    guest = await door.ask("POST", INVITATIONS, door.token(Country.BH), {"invitation": secret})

    assert (own.status, own.code, guest.status) == (409, "member_already", 200)


async def test_the_first_owner_wakes_an_invited_agency(door: RegistryDoor) -> None:
    owner = await door.joined()
    secret = await _invited(door, owner, "owner")
    async with door.storage.writing() as connection:
        await connection.execute(update(registry_agencies).values(standing="invited"))

    accepted = await door.ask("POST", INVITATIONS, door.token(Country.BH), {"invitation": secret})

    assert (accepted["standing"], accepted["role"]) == ("active", "owner")


async def test_nobody_joins_a_suspended_agency(door: RegistryDoor) -> None:
    secret = await _invited(door, await door.joined())
    async with door.storage.writing() as connection:
        await connection.execute(update(registry_agencies).values(standing="suspended"))

    told = await door.ask("POST", INVITATIONS, door.token(Country.BH), {"invitation": secret})

    assert (told.status, told.code) == (404, "invitation_unknown")


async def test_the_last_owner_neither_goes_nor_becomes_less(door: RegistryDoor) -> None:
    owner = await door.joined()
    (own,) = (await door.ask("GET", MEMBERS, owner))["members"]

    gone = await door.ask("DELETE", f"{MEMBERS}/{own['id']}", owner)
    less = await door.ask("PUT", f"{MEMBERS}/{own['id']}", owner, {"role": "viewer"})
    same = await door.ask("PUT", f"{MEMBERS}/{own['id']}", owner, {"role": "owner"})

    assert (gone.status, gone.code, less.status, less.code) == (409, "last_owner", 409, "last_owner")
    assert same.status == 200


async def test_two_owners_who_remove_each_other_at_once_leave_one(door: RegistryDoor) -> None:
    one = await door.joined()
    other = await door.joined("owner", of=Country.BH)
    members = (await door.ask("GET", MEMBERS, one))["members"]
    ids = {each["is_you"]: each["id"] for each in members}

    answers = await asyncio.gather(
        door.ask("DELETE", f"{MEMBERS}/{ids[False]}", one), door.ask("DELETE", f"{MEMBERS}/{ids[True]}", other)
    )

    assert sorted(each.status for each in answers) in ([200, 404], [200, 409])
    assert len(await door.rows(registry_members)) == 1


async def test_a_member_of_another_agency_is_none_of_this_one(door: RegistryDoor) -> None:
    owner = await door.joined()
    stranger = await door.joined("owner", of=Country.KW, agency="other-agency")
    (theirs,) = (await door.ask("GET", f"{ROOT}/agencies/other-agency/members", stranger))["members"]

    for method, body in (("DELETE", None), ("PUT", {"role": "viewer"})):
        assert (await door.ask(method, f"{MEMBERS}/{theirs['id']}", owner, body)).status == 404
    assert len((await door.ask("GET", f"{ROOT}/agencies/other-agency/members", stranger))["members"]) == 1


async def test_a_retried_invitation_is_one_invitation(door: RegistryDoor) -> None:
    owner, body = await door.joined(), {"name": "Salim", "role": "viewer"}

    first = await door.ask("POST", MEMBERS, owner, body, key="the-key-of-one-try")
    second = await door.ask("POST", MEMBERS, owner, body, key="the-key-of-one-try")
    other = await door.ask("POST", MEMBERS, owner, {**body, "role": "owner"}, key="the-key-of-one-try")
    none = await door.ask("POST", MEMBERS, owner, body, key=None)

    assert first.document == second.document
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert (none.status, none.code) == (400, "idempotency_key_missing")
    assert len(await door.rows(registry_invitations)) == 1


async def test_names_and_invitations_are_in_no_table_and_no_entry(door: RegistryDoor) -> None:
    owner = await door.joined()
    secret = await _invited(door, owner)
    await door.ask("POST", INVITATIONS, door.token(Country.BH), {"invitation": secret})

    kept = repr([*await door.rows(registry_invitations), *await door.rows(registry_members)])
    sealed = await entries(door.house)

    for text in (kept, repr(sealed)):
        assert "سالم" not in text
        assert secret not in text
    steps = [(each["step"], each["outcome"]) for each in sealed if each["service"] == "registry"]
    assert steps == [("invite-member", "ok"), ("accept-invitation", "ok")]
