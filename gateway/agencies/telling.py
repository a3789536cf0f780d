"""Agencies and partners are told by mail, to the contact that they gave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.i18n import Language
from gateway.notices.store import Happening, NoticeStore

CHANNEL: Final = "agency"
"""Mail to agencies goes by a channel of its own, which nobody can choose for themselves."""
_SERVICE: Final = "registry"
_LANGUAGE: Final[Language] = "ar"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell an agency: ``number`` is its place among all that is told of ``about``."""

    agency: str
    email: str
    about: str
    number: int
    kind: str
    at: datetime


class AgencyNotices:
    """Writes notices for the postman; where no mail is set up there is nobody to carry them, and none is written."""

    def __init__(self, store: NoticeStore, *, mail: bool) -> None:
        self._store = store
        self._mail = mail

    async def tell(self, connection: AsyncConnection, told: Told) -> None:
        """Writes one, in the caller's transaction."""
        if not self._mail:
            return
        happening = Happening(
            person=f"agency {told.agency}",
            about=told.about,
            number=told.number,
            service=_SERVICE,
            kind=told.kind,
            at=told.at,
            language=_LANGUAGE,
        )
        await self._store.put(connection, happening, CHANNEL, _LANGUAGE, told.email)
