"""One application that cannot be read, carried or asked about holds up no other, and comes to an operator."""

import pytest
from sqlalchemy import Table, select, update

from gateway.applications.hooks import NoAttachments
from gateway.schema.application import ApplicationStatus as Status
from gateway.sdk.procedure import Attachment
from gateway.sdk.sandbox import Behaviour
from gateway.storage.application_tables import application_documents, application_messages, applications
from tests.support.office import Office, office


async def spoil(here: Office, table: Table, application: str) -> None:
    """Turns a bit of what is sealed, as a failing disk does."""
    own = table.c.application_id == application
    async with here.storage.writing() as connection:
        sealed = bytearray((await connection.execute(select(table.c.sealed).where(own))).scalar_one())
        sealed[-1] ^= 1
        await connection.execute(update(table).where(own).values(sealed=bytes(sealed)))


@pytest.mark.parametrize("table", [applications, application_messages])
async def test_what_no_key_opens_is_parked_and_stops_nobody_else(storage_url: str, table: Table) -> None:
    async with office(storage_url) as here:
        spoilt, sound = await here.apply(), await here.apply()
        await spoil(here, table, spoilt.id)

        await here.deliver()

        (stuck,) = await here.parts.parking.parked()
        assert (stuck.parked.application, stuck.parked.problem, stuck.agency) == (spoilt.id, "unreadable", sound.agency)
        assert (await here.read(sound.id)).status is Status.accepted


async def test_a_document_of_what_no_key_opens_keeps_no_other_from_being_fetched(storage_url: str) -> None:
    async with office(storage_url) as here:
        spoilt, sound = await here.apply(), await here.apply()
        for each in (spoilt, sound):
            await here.until_final(each.id)
        await spoil(here, applications, spoilt.id)

        await here.parts.collector.lanes.once()

        digests = {row.application_id: row.digest for row in await here.rows(application_documents)}
        assert (digests[spoilt.id], bool(digests[sound.id])) == ("", True)


class Unfaithful(NoAttachments):
    """Cannot give what it was given."""

    async def of(self, message: str) -> tuple[Attachment, ...]:
        raise LookupError(message)


async def test_what_nobody_foresaw_comes_to_an_operator_in_the_end(storage_url: str) -> None:
    async with office(storage_url, attachments=Unfaithful()) as here:
        await here.apply()
        await here.hours_of_trying(73)

        (stuck,) = await here.parts.parking.parked()
        assert stuck.parked.problem == "internal"


async def test_a_state_that_does_not_answer_is_asked_ever_more_rarely(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()
        await here.deliver()
        here.sandbox.behave(Behaviour(kind="down"))
        asked = []
        for _ in range(6 * 60):
            asked.append(await here.track())
            here.clock.advance(60)
        here.sandbox.behave(Behaviour(kind="normal"))

        assert 4 <= sum(asked[:60]) <= 12
        assert sum(asked[-60:]) <= 2
        assert (await here.read(view.id)).status is Status.accepted
        assert (await here.until_final(view.id, rounds=400)).status is Status.approved
