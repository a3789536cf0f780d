"""A private partner answers only under a mandate: both sides agreed to it, and it ends at once or by its date."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from gateway.schema import Country
from gateway.storage.registry_tables import registry_agencies, registry_mandates
from tests.support.door import entries
from tests.support.fisheries import ADAPTER, HOLDER, SERVICE, definition, field_map
from tests.support.registry_door import CASES, ONE, ROOT, RegistryDoor, Told, registry_door, stand

MANDATES = f"{ROOT}/mandates"
PUBLIC, PRIVATE = "om-fisheries", "om-harbour"
PAPER = "ab" * 32
DESK = {"name": {"ar": "مكتب", "en": "Desk"}, "email": "desk@agency.example", "phone": "+96824000000"}
FRONT = {"name": {"ar": "استقبال", "en": "Front"}, "email": "front@partner.example", "phone": "+96824000001"}
YES = {"document_digest": PAPER, "contact": FRONT}
SOON = 2.0
"""Seconds within which a change is in force."""


def terms(**changes: Any) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    return {
        "agency": PUBLIC,
        "partner": PRIVATE,
        "services": [SERVICE],
        "states": ["OM"],
        "purposes": ["self_service"],
        "starts_on": str(today - timedelta(days=1)),
        "ends_on": str(today + timedelta(days=365)),
        "daily_quota": 1000,
        "obligations": {"ar": "يحفظ السرية.", "en": "Keeps what it learns secret."},
        "document_digest": PAPER,
        "contact": DESK,
        **changes,
    }


class Sides:
    """Both owners before the door; the partner's adapter gives the agency's service."""

    def __init__(self, door: RegistryDoor, owner: str, partner: str) -> None:
        self.door, self.owner, self.partner = door, owner, partner

    async def propose(self, **changes: Any) -> Told:
        return await self.door.ask("POST", MANDATES, self.owner, terms(**changes))

    async def agree(self, **changes: Any) -> str:
        """A mandate that both have agreed to; its number."""
        made = await self.propose(**changes)
        assert made.status == 201, made.text
        said = await self.door.ask("POST", f"{MANDATES}/{made['id']}/acceptance", self.partner, YES)
        assert (said.status, said["standing"]) == (200, "active"), said.text
        return str(made["id"])

    async def open(self) -> None:
        """The partner's adapter answers, as far as a mandate lets it."""
        told = await self.door.ask("PUT", ONE, self.partner, {"agency": PRIVATE})
        assert told.status == 200, told.text
        for environment in ("sandbox", "live"):
            path = f"{ONE}/secrets/{environment}/api_key"
            assert (
                await self.door.ask("PUT", path, self.partner, {"value": "an-invented-key-of-the-fisheries"})
            ).status == 200
        told = await self.door.ask("PUT", f"{ONE}/versions/1.0.0", self.partner, self.version())
        assert told.status == 200, told.text
        await stand(self.door.storage, "1.0.0", "approved")
        told = await self.door.ask("POST", f"{ONE}/live", self.partner, {"version": "1.0.0", "share": 100})
        assert told.status == 200, told.text

    def version(self) -> dict[str, Any]:
        services = {SERVICE: {"agency": PUBLIC, "latency_budget_ms": 1000, "map": field_map()}}
        made = self.door.version(agency=PRIVATE, services=services)
        return {**made, "definitions": [definition(agency=PUBLIC)], "cases": CASES}

    async def stand(self, agency: str, standing: str) -> None:
        """The agency stands so from now on."""
        async with self.door.storage.writing() as connection:
            revision = await self.door.house.doors.parts.adapters.store.bump(connection)
            changed = update(registry_agencies).where(registry_agencies.c.agency_id == agency)
            await connection.execute(changed.values(standing=standing, revision=revision))

    async def ask(self, purpose: str = "self_service") -> dict[str, Any]:
        """What a citizen is answered."""
        citizen = self.door.house.token(("OM", HOLDER), scopes=("lookups",))
        status, document = await self.door.house.lookup(SERVICE, citizen, countries=["OM"], purpose=purpose)
        assert status in (200, 404), document
        return document["answers"][0] if status == 200 else {"status": document["code"]}

    async def until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first answer that fits, which comes soon."""
        before = time.monotonic() + SOON
        while True:
            answer = await self.ask()
            if fits(answer):
                return answer
            assert time.monotonic() < before, answer
            await asyncio.sleep(0.05)


def is_ok(answer: dict[str, Any]) -> bool:
    return bool(answer["status"] == "ok")


def is_refused(code: str) -> Callable[[dict[str, Any]], bool]:
    return lambda answer: (answer["status"], answer.get("code")) == ("refused", code)


@pytest.fixture
async def sides(tmp_path: Path, storage_url: str) -> AsyncIterator[Sides]:
    async with registry_door(tmp_path, storage_url) as door:
        owner = await door.joined()
        yield Sides(door, owner, await door.joined(of=Country.BH, agency=PRIVATE, kind="partner"))


async def test_a_partner_answers_under_its_mandate_and_not_a_moment_longer(sides: Sides) -> None:
    mandate = await sides.agree()
    await sides.open()
    answer = await sides.until(is_ok)
    assert (answer["agency"], answer["adapter"]) == (PUBLIC, f"{ADAPTER}@1.0.0")
    # The service may be asked for another purpose too; the mandate is for one.
    assert is_refused("mandate_missing")(await sides.ask("service_delivery"))

    revoked = await sides.door.ask("POST", f"{MANDATES}/{mandate}/revocation", sides.owner)
    answer = await sides.until(is_refused("mandate_missing"))

    assert revoked["standing"] == "revoked"
    assert "تفويض" in answer["message"]["ar"]
    calls = sides.door.fisheries.calls.total()
    assert is_refused("mandate_missing")(await sides.ask())
    assert sides.door.fisheries.calls.total() == calls


async def test_at_its_end_it_stops_by_itself(sides: Sides) -> None:
    mandate = await sides.agree()
    await sides.open()
    await sides.until(is_ok)

    # Nothing but the date is changed, as time would; no worker is told of anything at that moment.
    ends = int(time.time()) + 3
    async with sides.door.storage.writing() as connection:
        revision = await sides.door.house.doors.parts.adapters.store.bump(connection)
        changed = update(registry_mandates).where(registry_mandates.c.mandate_id == mandate)
        await connection.execute(changed.values(ends_at=ends, revision=revision))
    assert is_ok(await sides.ask())
    await asyncio.sleep(ends - time.time())

    assert is_refused("mandate_missing")(await sides.ask())
    assert (await sides.door.ask("GET", f"{MANDATES}/{mandate}", sides.owner))["standing"] == "ended"


async def test_nothing_goes_by_the_mandate_of_an_agency_that_is_suspended(sides: Sides) -> None:
    """Whoever may not act at all cannot have somebody else act in its place."""
    await sides.agree()
    await sides.open()
    await sides.until(is_ok)

    await sides.stand(PUBLIC, "suspended")
    await sides.until(is_refused("mandate_missing"))
    await sides.stand(PUBLIC, "active")

    await sides.until(is_ok)


async def test_no_more_calls_go_through_in_a_day_than_were_agreed(sides: Sides) -> None:
    await sides.agree(daily_quota=3)
    await sides.open()
    await sides.until(is_ok)

    answers = [await sides.ask() for _ in range(4)]

    assert [each["status"] for each in answers] == ["ok", "ok", "refused", "refused"]
    assert {each["code"] for each in answers[2:]} == {"mandate_quota_spent"}
    assert answers[3]["retryable"]


async def test_a_partner_registers_only_what_it_was_mandated_with(sides: Sides) -> None:
    await sides.door.ask("PUT", ONE, sides.partner, {"agency": PRIVATE})
    for environment in ("sandbox", "live"):
        path = f"{ONE}/secrets/{environment}/api_key"
        await sides.door.ask("PUT", path, sides.partner, {"value": "an-invented-key-of-the-fisheries"})

    before = await sides.door.ask("PUT", f"{ONE}/versions/1.0.0", sides.partner, sides.version())
    await sides.agree()
    after = await sides.door.ask("PUT", f"{ONE}/versions/1.0.0", sides.partner, sides.version())

    assert (before.status, after.status) == (422, 200), after.text


async def test_what_each_side_did_is_sealed_before_it_is_done(sides: Sides) -> None:
    mandate = await sides.agree()
    await sides.door.ask("POST", f"{MANDATES}/{mandate}/revocation", sides.partner)
    again = await sides.door.ask("POST", f"{MANDATES}/{mandate}/revocation", sides.owner)

    assert (again.status, again.code) == (409, "mandate_over")
    sealed = [(each["step"], each.get("code")) for each in await entries(sides.door.house)]
    assert [each for each in sealed if each[0].endswith("-mandate")] == [
        ("propose-mandate", None),
        ("accept-mandate", None),
        ("revoke-mandate", None),
        ("revoke-mandate", None),
        ("revoke-mandate", "mandate_over"),
    ]


async def test_the_same_proposal_sent_twice_is_one_mandate(sides: Sides) -> None:
    key = str(uuid4())

    told = [await sides.door.ask("POST", MANDATES, sides.owner, terms(), key=key) for _ in range(2)]

    assert [each.status for each in told] == [201, 201]
    assert told[0]["id"] == told[1]["id"]
    assert len((await sides.door.ask("GET", MANDATES, sides.partner))["mandates"]) == 1


async def test_the_mandating_side_cannot_accept_in_its_partners_place(sides: Sides) -> None:
    made = await sides.propose()
    path = f"{MANDATES}/{made['id']}"

    own = await sides.door.ask("POST", f"{path}/acceptance", sides.owner, YES)
    stranger = await sides.door.joined(of=Country.KW, agency="kw-other", country=Country.KW)
    looked = await sides.door.ask("GET", path, stranger)
    other = await sides.door.ask("POST", f"{path}/acceptance", sides.partner, YES | {"document_digest": "cd" * 32})

    assert (own.status, looked.status, other.status) == (403, 404, 409)
    assert (own.code, other.code) == ("mandate_for_partner", "mandate_other_document")
    assert (await sides.door.ask("GET", path, sides.partner))["standing"] == "proposed"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"states": ["OM", "KW"]}, 422, "mandate_other_state"),
        ({"states": ["FR"]}, 422, "field_choice"),
        ({"purposes": ["curiosity"]}, 422, "unknown_purpose"),
        ({"ends_on": "2020-01-01"}, 422, "mandate_dates"),
        ({"ends_on": "2027-02-30"}, 422, "field_type"),
        ({"daily_quota": 0}, 422, "field_out_of_range"),
        ({"partner": "om-nobody"}, 422, "mandate_partner"),
        ({"document_digest": "AB" * 32}, 422, "field_format"),
        ({"standing": "active"}, 422, "field_unknown"),
        ({"agency": "kw-nobody"}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_a_mandate_is_refused_by_field(
    sides: Sides, changes: dict[str, Any], status: int, code: str
) -> None:
    told = await sides.propose(**changes)

    assert (told.status, told.code) == (status, code), told.text
    assert (await sides.door.ask("GET", MANDATES, sides.owner))["mandates"] == []


async def test_a_partner_mandates_nobody(sides: Sides) -> None:
    told = await sides.door.ask("POST", MANDATES, sides.partner, terms(agency=PRIVATE))

    assert (told.status, told.code) == (403, "mandate_by_partner")
