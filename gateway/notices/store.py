"""The notices that wait to be sent, those that were, and what people chose."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.i18n import Language
from gateway.identity.vault import BrokenVaultError, Vault
from gateway.notices.message import Notice
from gateway.storage.application_tables import notice_choices, notices
from gateway.storage.together import put

log = structlog.get_logger()

PORTAL: Final = "portal"
NEVER: Final = 2**62
"""When a notice is due that is not to be sent any more."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Happening:
    """What somebody is to be told of: ``number`` is its place in the life of ``about``."""

    person: str
    about: str
    number: int
    service: str
    kind: str
    at: datetime
    language: Language


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person wants to be told about a service; of ``""``: about every one that has no choice of its own."""

    service: str
    channel: str
    language: Language
    target: str


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that is to be sent now, and where to; ``attempts`` counts this one."""

    notice: Notice
    person: str
    target: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as the person sees it in the portal."""

    notice: Notice
    read_at: datetime | None


class NoticeStore:
    """Every method works inside the caller's transaction. Targets are sealed at rest."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def add(self, connection: AsyncConnection, happening: Happening) -> None:
        """Writes a notice for each channel that the person chose for the service, and one for the portal."""
        for choice in await self._chosen(connection, happening):
            await self.put(connection, happening, choice.channel, choice.language, choice.target)
        await self.put(connection, happening, PORTAL, happening.language, "")

    async def put(
        self, connection: AsyncConnection, happening: Happening, channel: str, language: Language, target: str
    ) -> None:
        """Writes one notice; what the portal shows is sent as it is written."""
        key, at = secrets.token_hex(16), _micros(happening.at)
        shown = channel == PORTAL
        row = {
            "notice_id": key,
            "person_id": happening.person,
            "application_id": happening.about,
            "event_number": happening.number,
            "status": happening.kind,
            "channel": channel,
            "language": language,
            "target": None if shown else self._vault.seal(target.encode(), f"notice {key}"),
            "created_at": at,
            "due_at": NEVER if shown else at,
            "sent_at": at if shown else None,
            "attempts": 0,
        }
        await put(connection, notices, row)

    async def claim(
        self,
        connection: AsyncConnection,
        most: int,
        lease: str,
        until: datetime,
        now: datetime,
        channels: Collection[str],
        those: bool = True,
    ) -> list[Due]:
        """Takes notices of ``channels``, or where not ``those`` of all others, that are due until the lease ends.

        The transaction must be a writing one. A notice whose target cannot be opened is given up.
        """
        own = notices.c.channel.in_(channels) if those else notices.c.channel.not_in(channels)
        wanted = (
            select(notices)
            .where(notices.c.due_at <= _micros(now), own)
            .order_by(notices.c.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        rows = (await connection.execute(wanted)).all()
        if rows:
            taken = notices.c.notice_id.in_([row.notice_id for row in rows])
            values = {"lease": lease, "leased_until": _micros(until), "due_at": _micros(until)}
            await connection.execute(update(notices).where(taken).values(attempts=notices.c.attempts + 1, **values))
        readable = [due for row in rows if (due := self._due(row))]
        for spoilt in {row.notice_id for row in rows} - {due.notice.id for due in readable}:
            await self.give_up(connection, spoilt, lease, now)
        return readable

    async def sent(self, connection: AsyncConnection, notice: str, lease: str, now: datetime) -> None:
        """It went out: where to is forgotten."""
        await self._settle(connection, notice, lease, sent_at=_micros(now), due_at=NEVER, target=None)

    async def put_off(self, connection: AsyncConnection, notice: str, lease: str, due: datetime) -> None:
        """It did not go through, and is due again."""
        await self._settle(connection, notice, lease, due_at=_micros(due))

    async def give_up(self, connection: AsyncConnection, notice: str, lease: str, now: datetime) -> None:
        """It will not go through."""
        await self._settle(connection, notice, lease, given_up_at=_micros(now), due_at=NEVER, target=None)

    async def shown(self, connection: AsyncConnection, person: str, limit: int) -> Sequence[Shown]:
        """The person's notices in the portal, the newest first."""
        wanted = (
            select(notices)
            .where(notices.c.person_id == person, notices.c.channel == PORTAL)
            .order_by(notices.c.created_at.desc(), notices.c.notice_id)
            .limit(limit)
        )
        return [Shown(_notice(row), _moment(row.read_at)) for row in await connection.execute(wanted)]

    async def read(self, connection: AsyncConnection, person: str, notice: str, now: datetime) -> Shown | None:
        """The person's notice in the portal, read now unless it was before; nothing where there is none such."""
        own = (notices.c.notice_id == notice, notices.c.person_id == person, notices.c.channel == PORTAL)
        new = update(notices).where(*own, notices.c.read_at.is_(None))
        await connection.execute(new.values(read_at=_micros(now)))
        row = (await connection.execute(select(notices).where(*own))).one_or_none()
        return None if row is None else Shown(_notice(row), _moment(row.read_at))

    # --- choices

    async def choices(self, connection: AsyncConnection, person: str) -> Sequence[Choice]:
        """What the person chose, by service and channel; a choice that no key opens counts as none."""
        wanted = (
            select(notice_choices)
            .where(notice_choices.c.person_id == person)
            .order_by(notice_choices.c.service, notice_choices.c.channel)
        )
        return [choice for row in await connection.execute(wanted) if (choice := self._choice(row))]

    async def choose(self, connection: AsyncConnection, person: str, choice: Choice, now: datetime) -> None:
        """Writes a choice in the place of the one that was there."""
        await self.unchoose(connection, person, choice.service, choice.channel)
        context = _context(person, choice.service, choice.channel)
        await connection.execute(
            insert(notice_choices).values(
                person_id=person,
                service=choice.service,
                channel=choice.channel,
                language=choice.language,
                target=self._vault.seal(choice.target.encode(), context),
                updated_at=_micros(now),
            )
        )

    async def unchoose(self, connection: AsyncConnection, person: str, service: str, channel: str) -> bool:
        """Takes a choice away; whether there was one."""
        own = (
            notice_choices.c.person_id == person,
            notice_choices.c.service == service,
            notice_choices.c.channel == channel,
        )
        return bool((await connection.execute(delete(notice_choices).where(*own))).rowcount)

    async def _chosen(self, connection: AsyncConnection, happening: Happening) -> Sequence[Choice]:
        """The choices for this service; where there is none, those for all services."""
        choices = await self.choices(connection, happening.person)
        own = [choice for choice in choices if choice.service == happening.service]
        return own or [choice for choice in choices if choice.service == ""]

    async def _settle(self, connection: AsyncConnection, notice: str, lease: str, **values: Any) -> None:
        ours = (notices.c.notice_id == notice, notices.c.lease == lease)
        await connection.execute(update(notices).where(*ours).values(lease=None, leased_until=None, **values))

    def _due(self, row: Row[Any]) -> Due | None:
        try:
            target = self._vault.open(row.target, f"notice {row.notice_id}").decode()
        except BrokenVaultError:
            # One that no key opens must not keep the others waiting.
            log.error("notice.unreadable", channel=row.channel, application=row.application_id)
            return None
        return Due(_notice(row), row.person_id, target, row.attempts + 1)

    def _choice(self, row: Row[Any]) -> Choice | None:
        context = _context(row.person_id, row.service, row.channel)
        try:
            target = self._vault.open(row.target, context).decode()
        except BrokenVaultError:
            # What happens to an application is written down whether or not its owner can be told by this channel.
            log.error("notice_choice.unreadable", service=row.service, channel=row.channel)
            return None
        return Choice(row.service, row.channel, row.language, target)


def _context(person: str, service: str, channel: str) -> str:
    return f"notice choice {person} {service} {channel}"


def _notice(row: Row[Any]) -> Notice:
    at = _EPOCH + timedelta(microseconds=row.created_at)
    return Notice(row.notice_id, row.application_id, row.status, row.channel, row.language, at)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
