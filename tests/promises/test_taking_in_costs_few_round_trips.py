"""Taking an application in costs PostgreSQL five round trips beside the ledger's, however much is written."""

import secrets

from gateway.applications.telling import Telling
from gateway.applications.view import ApplicationView
from gateway.identity.vault import Finder, Vault
from gateway.notices.store import Choice, NoticeStore
from gateway.storage.application_tables import (
    application_events,
    application_messages,
    applications,
    idempotency_keys,
    notices,
)
from gateway.web.idempotency import Idempotency, Ticket
from tests.support.office import VAULT_KEY, Office, office, wanted
from tests.support.round_trips import round_trips

VAULT = Vault(VAULT_KEY)
NOTICES = NoticeStore(VAULT)


async def apply(here: Office, idempotency: Idempotency) -> None:
    """Applies as an app does, under a key of its own."""
    ticket = Ticket(secrets.token_hex(), "body", 201, lambda _: "")

    async def work(remember: object) -> ApplicationView:
        return await here.parts.applications.apply(here.principal, wanted(), "request-1", remember)  # type: ignore[arg-type]

    await idempotency.once(ticket, work)


async def test_one_look_one_question_and_one_statement_in_one_transaction(postgresql_database: str) -> None:
    async with office(postgresql_database, listeners=[Telling(NOTICES, {})]) as here:
        idempotency = Idempotency(here.storage, VAULT, Finder(bytes(32)))
        async with here.storage.writing() as connection:
            for channel in ("email", "sms"):
                await NOTICES.choose(connection, "person-1", Choice("", channel, "ar", "somewhere"), here.clock())
        with round_trips(here.storage) as sent:
            # The first ones prepare statements and forget what is over.
            for _ in range(3):
                await apply(here, idempotency)
            sent.clear()
            await apply(here, idempotency)

        assert sorted(statement.split()[0] for statement in sent) == ["BEGIN", "COMMIT;", "SELECT", "SELECT", "WITH"]
        written = (applications, application_events, application_messages, idempotency_keys)
        assert [len(await here.rows(table)) for table in written] == [4, 4, 4, 4]
        assert len(await here.rows(notices)) == 12
