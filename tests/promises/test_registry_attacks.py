"""What somebody with a part in an agency, or none, tries at the registry that is not theirs to do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from gateway.schema import Country
from tests.promises.test_partners_need_a_mandate import (
    MANDATES,
    PRIVATE,
    YES,
    Sides,
    is_ok,
    is_refused,
    terms,
)
from tests.support.agencies import joined
from tests.support.registry_door import ADAPTER, ONE, registry_door

OTHER = "om-forests"


@pytest_asyncio.fixture
async def sides(tmp_path: Path, storage_url: str) -> AsyncIterator[Sides]:
    async with registry_door(tmp_path, storage_url) as door:
        owner = await door.joined()
        yield Sides(door, owner, await door.joined(of=Country.BH, agency=PRIVATE, kind="partner"))


async def test_nobody_mandates_a_partner_with_the_service_of_another_agency(sides: Sides) -> None:
    """A mandate names services; those of whoever gave it are meant, and nothing else goes by it."""
    mandate = await sides.agree()
    await sides.open()
    await sides.until(is_ok)
    forester = await sides.door.joined(of=Country.KW, agency=OTHER)
    made = await sides.door.ask("POST", MANDATES, forester, terms(agency=OTHER))
    assert made.status == 201, made.text
    await sides.door.ask("POST", f"{MANDATES}/{made['id']}/acceptance", sides.partner, YES)
    await asyncio.sleep(0)

    await sides.door.ask("POST", f"{MANDATES}/{mandate}/revocation", sides.owner)

    await sides.until(is_refused("mandate_missing"))


async def test_nobody_accepts_what_they_proposed_themselves(sides: Sides) -> None:
    """Though they are an owner on both sides; somebody else of the partner may."""
    await joined(sides.door.house, agency=PRIVATE, person="person-OM", role="owner")
    made = await sides.propose()
    path = f"{MANDATES}/{made['id']}"

    own = await sides.door.ask("POST", f"{path}/acceptance", sides.owner, YES)
    other = await sides.door.ask("POST", f"{path}/acceptance", sides.partner, YES)

    assert (own.status, own.code) == (403, "mandate_same_person")
    assert "شخص" in (await sides.door.ask("POST", f"{path}/acceptance", sides.owner, YES, language="ar")).text
    assert (other.status, other["standing"]) == (200, "active")


@pytest.mark.parametrize("number", ["1.0." + "9" * 5000, "01.0.1", "1.0.٢", "1.0.1.1", "-1.0.0", "1.0.9999999999"])
async def test_what_is_no_number_of_a_version_is_refused_by_its_field(tmp_path: Path, number: str) -> None:
    """Whatever the number of the last one, which it would be compared with."""
    async with registry_door(tmp_path) as door:
        owner = await door.joined()
        await door.adapter(owner)
        await door.registered(owner, "0.9.0")

        told = await door.ask("PUT", f"{ONE}/versions/{quote(number)}", owner, door.version(number))

    assert (told.status, told.code) == (422, "submission_unfit"), told.text
    assert [each["field"] for each in told["findings"]] == ["/plate/version"]


async def test_an_agency_learns_that_an_operator_acted_and_not_which(tmp_path: Path) -> None:
    """And what an operator has paused stays so, whatever its owner tries."""
    async with registry_door(tmp_path) as door:
        owner = await door.joined()
        await door.adapter(owner)
        await door.approved(owner)
        await door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})
        store = door.house.doors.parts.adapters.store
        async with door.storage.writing() as connection:
            await store.pause(connection, ADAPTER, "operator:operator-secret")

        told = [await door.ask("GET", path, owner) for path in (ONE, f"{ONE}/events")]
        tried = [
            await door.ask("POST", f"{ONE}/{path}", owner, body)
            for path, body in (
                ("resumption", None),
                ("live", {"version": "1.0.0", "share": 100}),
                ("withdrawal", {"version": "1.0.0"}),
                ("promotion", None),
                ("rollback", None),
            )
        ]
        standing = (await door.ask("GET", ONE, owner))["standing"]

    assert [each["events"][0]["actor"] for each in told] == ["operator", "operator"]
    assert "operator-secret" not in "".join(door.heard)
    assert tried[0].code == "adapter_paused_by_operator"
    assert {each.status for each in tried} == {409}
    assert standing == "paused"
