"""What both sides of a mandate are told: that it ends soon, that it has ended, that it was revoked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.mandate_view import open_contacts
from gateway.agencies.telling import AgencyNotices, Told
from gateway.identity.vault import Vault

log = structlog.get_logger()

DAYS: Final = (30, 7)
"""How long before its end both sides are told."""
ENDED, REVOKED = 0, 1
_KINDS: Final = {30: "mandate_ends_30", 7: "mandate_ends_7", ENDED: "mandate_ended", REVOKED: "mandate_revoked"}


class MandateNotices:
    """Every method writes in the caller's transaction, so what is told is what was done."""

    def __init__(self, notices: AgencyNotices, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._notices = notices
        self._vault = vault
        self._clock = clock

    async def revoked(self, connection: AsyncConnection, row: Row[Any]) -> None:
        """Tells both sides that it was revoked."""
        await self.tell(connection, row, REVOKED)

    async def tell(self, connection: AsyncConnection, row: Row[Any], what: int) -> None:
        """Tells both sides; ``what`` is one of ``DAYS``, ``ENDED`` or ``REVOKED``."""
        agency, partner = open_contacts(self._vault, row)
        sides = ((row.agency_id, agency), (row.partner_id, partner))
        for side, (whom, contact) in enumerate(sides):
            if contact is not None:
                # Each notice has a number of its own, so that none is written twice.
                told = Told(whom, contact.email, row.mandate_id, 2 * what + side, _KINDS[what], self._clock())
                await self._notices.tell(connection, told)
        log.info("mandate.told", mandate=row.mandate_id, kind=_KINDS[what])
