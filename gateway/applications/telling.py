"""From an event in the life of an application to the notices that tell of it."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.hooks import Happened
from gateway.notices.store import Happening, NoticeStore
from gateway.schema.application import ApplicationStatus
from gateway.schema.country import Country

AGENCY: Final = "agency"
_LANGUAGE_OF_AGENCIES: Final = "ar"


class Telling:
    """Tells the applicant of every new status and of a term that has passed, and the agency of the latter.

    ``contacts`` are the e-mail addresses of those who answer for each state's room.
    """

    def __init__(self, notices: NoticeStore, contacts: Mapping[Country, str]) -> None:
        self._notices = notices
        self._contacts = contacts

    async def told(self, connection: AsyncConnection, happened: Happened) -> None:
        application, event = happened.application, happened.event
        if event.what not in ("status", "given_up", "overdue") or event.status is ApplicationStatus.draft:
            return
        overdue = event.what == "overdue"
        happening = Happening(
            person=application.person,
            about=application.id,
            number=event.number,
            service=application.service,
            kind="overdue" if overdue else event.status.value,
            at=event.at,
            language=application.particulars.language,
        )
        await self._notices.add(connection, happening)
        contact = self._contacts.get(application.country)
        if overdue and contact:
            of_agency = Happening(
                person=f"agency {application.agency}",
                about=application.id,
                number=event.number,
                service=application.service,
                kind="overdue_agency",
                at=event.at,
                language=_LANGUAGE_OF_AGENCIES,
            )
            await self._notices.put(connection, of_agency, AGENCY, _LANGUAGE_OF_AGENCIES, contact)
