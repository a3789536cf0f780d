"""Break-glass: a higher role for an hour at most, with a reason, that everybody sees until another has looked."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy import insert as put

from gateway.errors import Conflict, Forbidden, InvalidInput
from gateway.identity.operators.operator import HIGHER, Operator, Post, Posts, Role
from gateway.identity.vault import Vault
from gateway.storage.engine import Storage
from gateway.storage.operator_tables import operator_breaks

log = structlog.get_logger()

LONGEST_MINUTES: Final = 60
REASON_LEAST, REASON_MOST = 20, 500
"""Characters: a reason is a sentence, and a dot is none."""


@dataclass(frozen=True, slots=True)
class Break:
    """Glass that was broken, and whether somebody else has seen it."""

    id: str
    operator: str
    role: Role
    reason: str
    begun_at: int
    ends_at: int


class Breaks:
    """Kept in the database, so that the alarm stands on every worker's console."""

    def __init__(self, storage: Storage, vault: Vault, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock

    async def begin(self, operator: Operator, role: Role, reason: str, minutes: int) -> Break:
        """Takes the next higher role in this session; raises ``InvalidInput``, ``Forbidden`` or ``Conflict``."""
        text = " ".join(reason.split())
        if not REASON_LEAST <= len(text) <= REASON_MOST:
            raise InvalidInput("reason_needed", field="reason")
        if not 1 <= minutes <= LONGEST_MINUTES:
            raise InvalidInput("field_choice", field="minutes")
        if not raised_posts(operator.posts, role):
            raise Forbidden("operator_role_missing")
        if operator.raised is not None:
            raise Conflict
        begun, now = secrets.token_urlsafe(16), int(self._clock())
        row = {
            "break_id": begun,
            "operator_id": operator.id,
            "session_id": operator.session,
            "role": role.value,
            "sealed": self._vault.seal(text.encode(), f"operator break {begun}"),
            "begun_at": now,
            "ends_at": now + minutes * 60,
        }
        async with self._storage.writing() as connection:
            await connection.execute(put(operator_breaks).values(row))
        log.error("operator.break_glass", operator=operator.id, role=role.value, minutes=minutes)
        return Break(begun, operator.id, role, text, now, now + minutes * 60)

    async def raised(self, session: str) -> Role | None:
        """The higher role that the session has now."""
        columns = operator_breaks.c
        wanted = select(columns.role).where(columns.session_id == session, columns.ends_at > int(self._clock()))
        async with self._storage.reading() as connection:
            roles = [Role(row.role) for row in await connection.execute(wanted)]
        return roles[0] if roles else None

    async def alarms(self) -> Sequence[Break]:
        """What nobody else has acknowledged yet, the newest first."""
        wanted = select(operator_breaks).where(operator_breaks.c.acknowledged_at.is_(None))
        async with self._storage.reading() as connection:
            rows = await connection.execute(wanted.order_by(operator_breaks.c.begun_at.desc()))
            return [self._break(row) for row in rows]

    async def acknowledge(self, alarm: str, operator: Operator) -> None:
        """Takes the alarm away; raises ``Conflict`` where it is the operator's own, or is acknowledged already."""
        columns = operator_breaks.c
        others = update(operator_breaks).where(
            columns.break_id == alarm, columns.acknowledged_at.is_(None), columns.operator_id != operator.id
        )
        values = {"acknowledged_by": operator.id, "acknowledged_at": int(self._clock())}
        async with self._storage.writing() as connection:
            if (await connection.execute(others.values(values))).rowcount == 0:
                raise Conflict

    def _break(self, row: Row[Any]) -> Break:
        reason = self._vault.open(row.sealed, f"operator break {row.break_id}").decode()
        return Break(row.break_id, row.operator_id, Role(row.role), reason, row.begun_at, row.ends_at)


def raised_posts(posts: Posts, role: Role | None) -> Posts:
    """The posts of the higher role, in the same states in which the one below it is held."""
    return frozenset(Post(role, held.country) for held in posts if role is not None and HIGHER.get(held.role) == role)
