"""An agency is told by mail what was said of its versions, and what was withdrawn by itself; each once."""

import pytest
from sqlalchemy import update

from gateway.policy.operators import OperatorAct
from gateway.registry.store import GATEWAY
from gateway.storage.registry_tables import registry_adapters, registry_agencies
from tests.support.agencies import joined
from tests.support.joining import ADAPTER, AGENCY, DIGEST, VERSION, Board, board, grant

WHY = "The address of the live system belongs to nobody known."


async def submitted(here: Board) -> Board:
    await joined(here.storage, agency=AGENCY, vault=here.vault)
    await here.adapter()
    await here.version("submitted")
    return here


async def endorse(here: Board) -> None:
    given = grant(OperatorAct.ENDORSE_ADAPTER, "programme:OM", operator="operator-1")
    await here.approvals.agree(given, ADAPTER, VERSION, DIGEST)


def mail(*kinds: str) -> list[tuple[str, str, str]]:
    return [(kind, f"agency {AGENCY}", "agency") for kind in kinds]


async def test_an_agency_is_told_of_both_judgements(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        await endorse(here)
        await here.approvals.agree(
            grant(OperatorAct.APPROVE_ADAPTER, "committee", operator="operator-2"), ADAPTER, VERSION, DIGEST
        )

        assert await here.told() == mail("version_endorsed", "version_approved")


async def test_an_agency_is_told_of_a_refusal(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        await here.approvals.refuse(grant(OperatorAct.REFUSE_ADAPTER, "programme:OM"), ADAPTER, VERSION, DIGEST, WHY)

        assert await here.told() == mail("version_refused")


@pytest.mark.parametrize(("actor", "kinds"), [(GATEWAY, ["version_withdrawn"]), ("member:1", [])])
async def test_an_agency_is_told_once_of_what_it_did_not_withdraw_itself(
    storage_url: str, actor: str, kinds: list[str]
) -> None:
    """Two workers may find the same version worse."""
    async with board(storage_url) as here:
        await submitted(here)
        async with here.storage.writing() as connection:
            await connection.execute(update(registry_adapters).values(canary_version=VERSION, canary_share=5))
        for _ in range(2):
            async with here.storage.writing() as connection:
                await here.store.withdraw(connection, ADAPTER, VERSION, actor)

        assert await here.told() == mail(*kinds)


async def test_a_contact_that_nobody_can_read_stops_no_judgement(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        async with here.storage.writing() as connection:
            await connection.execute(update(registry_agencies).values(contact=b"broken"))

        await endorse(here)

        assert (await here.standing(), await here.told()) == ("endorsed", [])
