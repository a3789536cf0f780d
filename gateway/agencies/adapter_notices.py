"""What an agency is told about its adapters by mail: a verdict, and a version that was withdrawn by itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies import contexts
from gateway.agencies.telling import AgencyNotices, Told
from gateway.identity.vault import Vault
from gateway.registry.manifest import Contact
from gateway.registry.store import GATEWAY, Happened
from gateway.storage.registry_tables import registry_adapters, registry_agencies

log = structlog.get_logger()

_VERDICTS: Final[Mapping[str, str]] = {
    "endorsed": "version_endorsed",
    "approved": "version_approved",
    "refused": "version_refused",
}


class AdapterNotices:
    """Writes in the caller's transaction, so that what is told was done, and once for each event.

    A contact that nobody can read stops nothing of what it would be told of.
    """

    def __init__(self, notices: AgencyNotices, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._notices = notices
        self._vault = vault
        self._clock = clock

    async def heard(self, connection: AsyncConnection, event: Happened) -> None:
        """Tells of the event where its agency did not do it itself and must know."""
        kind = _VERDICTS.get(event.what)
        if event.what == "withdrawn" and event.actor == GATEWAY:
            kind = "version_withdrawn"
        if kind is not None:
            label = f"{event.adapter}@{event.version}"
            await self.tell(connection, event.adapter, label, event.number, kind)

    async def tell(self, connection: AsyncConnection, adapter: str, about: str, number: int, kind: str) -> None:
        """Tells the adapter's agency of ``about``; ``number`` is that of the event."""
        adapters, agencies = registry_adapters, registry_agencies
        wanted = select(agencies.c.agency_id, agencies.c.contact).join(
            adapters, adapters.c.agency_id == agencies.c.agency_id
        )
        row = (await connection.execute(wanted.where(adapters.c.adapter_id == adapter))).one_or_none()
        if row is None:
            return
        try:
            contact = Contact.model_validate_json(self._vault.open(row.contact, contexts.of_contact(row.agency_id)))
        except ValueError as problem:
            log.error("adapter.not_told", adapter=adapter, kind=kind, error=type(problem).__name__)
            return
        log.info("adapter.told", adapter=adapter, kind=kind)
        await self._notices.tell(connection, Told(row.agency_id, contact.email, about, number, kind, self._clock()))
