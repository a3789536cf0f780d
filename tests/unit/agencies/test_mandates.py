"""A mandate is two parties' word about one document: proposed, accepted, revoked by either, and nobody else's."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from gateway.agencies.acting import AgencyAct
from gateway.errors import BawabaError, Conflict, Forbidden, InvalidInput, NotFound
from gateway.policy.operators import OperatorAct
from gateway.registry.mandates import MandateTerms
from gateway.schema.country import Country
from gateway.storage.registry_tables import registry_clock, registry_mandates
from tests.support.joining import AGENCY, Board, actor, board, forgotten, grant, leave
from tests.support.mandates import DESK, FRONT, NEW, OTHER, OWNER, PARTNER, YES, accepted, peopled, proposed


async def terms(here: Board) -> MandateTerms:
    async with here.storage.reading() as connection:
        return MandateTerms.of((await connection.execute(select(registry_mandates))).one())


async def revision(here: Board) -> int:
    async with here.storage.reading() as connection:
        return int(await connection.scalar(select(registry_clock.c.revision)) or 0)


async def test_what_one_side_proposes_and_the_other_accepts_is_in_force_on_its_days(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        made = await proposed(here)
        assert (made.standing, made.partner_contact) == ("proposed", None)
        assert not (await terms(here)).active
        before = await revision(here)

        view = await accepted(here, made.id)

        assert (view.standing, view.agency_contact, view.partner_contact) == ("active", DESK, FRONT)
        assert view.services == ("boat-licences", "fishing-grounds")
        # Whole days by the clock of Muscat, four hours ahead.
        assert (view.starts_at.isoformat(), view.ends_at.isoformat()) == (
            "2026-09-30T20:00:00+00:00",
            "2026-12-31T20:00:00+00:00",
        )
        found, at = await terms(here), view.starts_at.timestamp()
        assert found.covers(found.agency, "boat-licences", Country.OM, "self_service", at)
        assert not found.covers(found.agency, "boat-licences", Country.OM, "self_service", at - 1)
        assert not found.covers(found.agency, "boat-licences", Country.OM, "self_service", view.ends_at.timestamp())
        assert await revision(here) > before


async def test_contacts_are_not_for_whoever_steals_the_table(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        await accepted(here, (await proposed(here)).id)
        async with here.storage.reading() as connection:
            row = (await connection.execute(select(registry_mandates))).one()

        assert b"desk@agency.example" not in row.contact + row.document


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"partner": "om-nobody"}, "mandate_partner"),
        ({"partner": AGENCY}, "mandate_partner"),
        ({"states": (Country.OM, Country.KW)}, "mandate_other_state"),
        ({"states": (Country.KW,)}, "mandate_other_state"),
        ({"purposes": ("curiosity",)}, "unknown_purpose"),
        ({"ends_on": date(2026, 9, 30)}, "mandate_dates"),
        ({"starts_on": date(2020, 1, 1), "ends_on": date(2020, 2, 1)}, "mandate_dates"),
        ({"ends_on": date(2046, 12, 31)}, "mandate_dates"),
        ({"services": ("Not a service",)}, "field_format"),
    ],
)
async def test_what_cannot_be_a_mandate_is_refused_by_field(
    storage_url: str, changes: dict[str, Any], code: str
) -> None:
    async with board(storage_url) as here:
        await peopled(here)

        with pytest.raises(InvalidInput) as refused:
            await proposed(here, **changes)

        assert (refused.value.code, bool(refused.value.field)) == (code, True)


async def test_a_partner_mandates_nobody(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        with pytest.raises(Forbidden) as refused:
            await here.mandates.propose(leave(OTHER, AgencyAct.PROPOSE_MANDATE), NEW, forgotten)

        assert refused.value.code == "mandate_by_partner"


async def test_the_partner_accepts_the_document_that_was_signed_and_no_other(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        made = await proposed(here)
        with pytest.raises(Conflict) as refused:
            await accepted(here, made.id, YES.model_copy(update={"document_digest": "b" * 64}))
        assert refused.value.code == "mandate_other_document"

        await accepted(here, made.id)
        with pytest.raises(Conflict):
            await accepted(here, made.id)


async def test_nobody_but_the_partner_accepts(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        made = await proposed(here)
        for other, refusal in ((OWNER, Forbidden), (actor("om-stranger", kind="partner"), NotFound)):
            with pytest.raises(refusal):
                await here.mandates.accept(leave(other, AgencyAct.ACCEPT_MANDATE), made.id, YES, forgotten)

        assert not (await terms(here)).active


@pytest.mark.parametrize("side", [OWNER, OTHER])
async def test_either_side_ends_it_at_once_and_both_are_told(storage_url: str, side: Any) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        made = await accepted(here, (await proposed(here)).id)
        before = await revision(here)

        view = await here.mandates.revoke(leave(side, AgencyAct.REVOKE_MANDATE), made.id, forgotten)

        assert (view.standing, (await terms(here)).active, await revision(here) > before) == ("revoked", False, True)
        assert await here.told() == [
            ("mandate_revoked", f"agency {AGENCY}", "agency"),
            ("mandate_revoked", f"agency {PARTNER}", "agency"),
        ]
        with pytest.raises(Conflict) as twice:
            await here.mandates.revoke(leave(side, AgencyAct.REVOKE_MANDATE), made.id, forgotten)
        assert twice.value.code == "mandate_over"


async def test_accepted_and_revoked_at_once_it_does_not_stay_in_force(storage_url: str) -> None:
    async with board(storage_url) as here, board(storage_url) as colleague:
        colleague.vault.adopt(here.vault)
        await peopled(here)
        made = await proposed(here)

        async def attempt(work: Any) -> str:
            try:
                return str((await work).standing)
            except BawabaError as problem:
                return problem.code

        first, second = await asyncio.gather(
            attempt(accepted(here, made.id)),
            attempt(colleague.mandates.revoke(leave(OWNER, AgencyAct.REVOKE_MANDATE), made.id, forgotten)),
        )

        assert (first in ("active", "mandate_not_proposed"), second) == (True, "revoked")
        assert not (await terms(here)).active


async def test_an_operator_revokes_in_their_own_state_alone(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        made = await accepted(here, (await proposed(here)).id)
        assert await here.mandates.country(made.id) is Country.OM
        elsewhere = grant(OperatorAct.REVOKE_MANDATE, "security:BH", Country.BH)
        with pytest.raises(NotFound):
            await here.mandates.revoke(elsewhere, made.id, forgotten)

        view = await here.mandates.revoke(grant(OperatorAct.REVOKE_MANDATE, "security:OM"), made.id, forgotten)

        assert view.standing == "revoked"


async def test_a_mandate_is_seen_by_its_two_sides_and_the_operators_of_their_state(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        ids = sorted([(await proposed(here)).id for _ in range(3)])

        for side in (OWNER, OTHER):
            first = await here.mandates.page([side], 2)
            second = await here.mandates.page([side], 2, first.next or "")
            assert [each.id for each in (*first.mandates, *second.mandates)] == ids
            assert (second.next, (await here.mandates.find([side], ids[0]))[1]) == (None, side)
        stranger = actor("om-stranger")
        assert (await here.mandates.page([stranger], 50)).mandates == ()
        for mandate in (ids[0], "0" * 24, "../etc", "x" * 99):
            with pytest.raises(NotFound):
                await here.mandates.find([stranger], mandate)
        assert len((await here.mandates.seen({Country.OM}, 50)).mandates) == 3
        assert (await here.mandates.seen({Country.BH}, 50)).mandates == ()
        assert len((await here.mandates.seen(None, 50)).mandates) == 3


async def test_one_whose_end_has_passed_has_ended_without_anybody_doing_anything(storage_url: str) -> None:
    async with board(storage_url) as here:
        await peopled(here)
        made = await accepted(here, (await proposed(here)).id)
        here.watch.now = made.ends_at.timestamp()

        view, _ = await here.mandates.find([OWNER], made.id)

        assert view.standing == "ended"
