"""An agency is there once it is invited, under a name of its state, and its first owner has a secret good once."""

import asyncio

import pytest
from sqlalchemy import select

from gateway.agencies import contexts
from gateway.agencies.invitations import INVITED_SECONDS, Invitation
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.identity.vault import digest
from gateway.policy.operators import OperatorAct
from gateway.registry.manifest import Contact
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.storage.registry_tables import registry_agencies, registry_invitations
from tests.support.agencies import joined
from tests.support.joining import AGENCY, Board, board, grant

CONTACT = Contact(name=Text(ar="مكتب الربط", en="Integration desk"), email="desk@agency.example", phone="+96824000000")
INVITATION = Invitation(
    agency=AGENCY,
    country=Country.OM,
    kind="agency",
    names=Text(ar="هيئة الثروة السمكية", en="Fisheries authority"),
    contact=CONTACT,
    owner="Salim",
)
OM = grant(OperatorAct.INVITE_AGENCY, "operator:OM")


async def waiting(here: Board) -> list[str]:
    async with here.storage.reading() as connection:
        return list((await connection.scalars(select(registry_invitations.c.invitation_hash))).all())


async def test_an_invited_agency_is_there_and_waits_for_its_owner(storage_url: str) -> None:
    async with board(storage_url) as here:
        made = await here.invitations.invite(OM, INVITATION)

        assert (made.agency, made.expires_at) == (AGENCY, int(here.watch()) + INVITED_SECONDS)
        assert made.address("https://gateway.example") == f"https://gateway.example/agency/join/{made.secret}"
        async with here.storage.reading() as connection:
            agency = (await connection.execute(select(registry_agencies))).one()
            (invitation,) = (await connection.execute(select(registry_invitations))).all()
        assert (agency.standing, agency.country, agency.kind) == ("invited", "OM", "agency")
        assert Contact.model_validate_json(here.vault.open(agency.contact, contexts.of_contact(AGENCY))) == CONTACT
        assert (invitation.invitation_hash, invitation.role) == (digest(made.secret), "owner")
        name = here.vault.open(invitation.sealed, contexts.of_invitation(invitation.invitation_hash))
        assert (name, invitation.used_at) == (b"Salim", None)
        assert b"Salim" not in invitation.sealed


async def test_another_secret_takes_the_place_of_the_first(storage_url: str) -> None:
    async with board(storage_url) as here:
        first = await here.invitations.invite(OM, INVITATION)
        second = await here.invitations.again(OM, AGENCY, "Noura")

        assert first.secret != second.secret
        assert await waiting(here) == [digest(second.secret)]
        for wrong in ("", "x" * 121):
            with pytest.raises(InvalidInput):
                await here.invitations.again(OM, AGENCY, wrong)
        with pytest.raises(NotFound):
            await here.invitations.again(OM, "om-nobody", "Noura")


@pytest.mark.parametrize("agency", ["bh-fisheries", "fisheries", "om", "omfisheries"])
async def test_an_agency_is_named_after_its_state(storage_url: str, agency: str) -> None:
    async with board(storage_url) as here:
        with pytest.raises(InvalidInput) as refused:
            await here.invitations.invite(OM, INVITATION.model_copy(update={"agency": agency}))

        assert refused.value.field == "/agency"


async def test_a_name_is_given_once_also_to_two_at_once(storage_url: str) -> None:
    async with board(storage_url) as here, board(storage_url) as colleague:

        async def one(where: Board) -> str:
            try:
                await where.invitations.invite(OM, INVITATION)
            except Conflict as problem:
                return problem.code
            return "made"

        assert sorted(await asyncio.gather(one(here), one(colleague))) == ["agency_exists", "made"]
        assert len(await waiting(here)) == 1


async def test_an_operator_of_another_state_invites_nobody_here(storage_url: str) -> None:
    async with board(storage_url) as here:
        elsewhere = grant(OperatorAct.INVITE_AGENCY, "operator:BH", Country.BH)
        with pytest.raises(NotFound):
            await here.invitations.invite(elsewhere, INVITATION)
        await here.invitations.invite(OM, INVITATION)

        with pytest.raises(NotFound):
            await here.invitations.again(elsewhere, AGENCY, "Noura")


async def test_agencies_are_seen_by_state_searched_and_paged(storage_url: str) -> None:
    async with board(storage_url) as here:
        await here.invitations.invite(OM, INVITATION)
        await here.adapter()
        for number in range(60):
            await joined(here.storage, agency=f"bh-agency-{number:02}", country=Country.BH, vault=here.vault)

        (mine,) = (await here.overseeing.page({Country.OM})).agencies
        first, second = await here.overseeing.page(None), await here.overseeing.page(None, number=2)
        named = await here.overseeing.page(None, "FISHERIES auth")

        assert (mine.id, mine.adapters, mine.owners, mine.contact, mine.standing) == (AGENCY, 1, 0, CONTACT, "invited")
        assert (len(first.agencies), len(second.agencies), first.total, first.pages) == (50, 11, 61, 2)
        assert [each.id for each in (*first.agencies, *second.agencies)] == sorted(
            [AGENCY, *(f"bh-agency-{number:02}" for number in range(60))]
        )
        assert [each.id for each in named.agencies] == [AGENCY]
        assert (await here.overseeing.page({Country.OM}, "bh-agency")).total == 0


async def test_an_agency_is_suspended_and_goes_on_with_a_new_revision_each_time(storage_url: str) -> None:
    async with board(storage_url) as here:
        await joined(here.storage, vault=here.vault)
        security = grant(OperatorAct.SUSPEND_AGENCY, "security:OM")

        async def seen() -> tuple[str, int]:
            async with here.storage.reading() as connection:
                row = (await connection.execute(select(registry_agencies))).one()
            return row.standing, row.revision

        _, before = await seen()
        await here.overseeing.suspend(security, AGENCY)
        standing, suspended = await seen()
        assert (standing, suspended > before) == ("suspended", True)
        with pytest.raises(Conflict) as twice:
            await here.overseeing.suspend(security, AGENCY)
        assert twice.value.code == "agency_already_suspended"
        await here.overseeing.resume(security, AGENCY)
        standing, resumed = await seen()

        assert (standing, resumed > suspended) == ("active", True)
        with pytest.raises(Conflict):
            await here.overseeing.resume(security, AGENCY)
        with pytest.raises(NotFound):
            await here.overseeing.suspend(grant(OperatorAct.SUSPEND_AGENCY, "security:BH", Country.BH), AGENCY)


async def test_one_that_nobody_joined_is_invited_again_after_a_suspension(storage_url: str) -> None:
    async with board(storage_url) as here:
        await here.invitations.invite(OM, INVITATION)
        await here.overseeing.suspend(None, AGENCY)
        await here.overseeing.resume(None, AGENCY)

        assert [each.standing for each in (await here.overseeing.page(None)).agencies] == ["invited"]
        assert await here.overseeing.country(AGENCY) is Country.OM
