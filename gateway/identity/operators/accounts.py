"""Who may be an operator: invited by an address that is good once, and suspended for everybody at once."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog
from sqlalchemy import Row, and_, case, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFound, SignInRejected, TooManyRequests
from gateway.identity.operators.operator import Posts, read_posts, write_posts
from gateway.identity.vault import Finder, Vault, digest
from gateway.storage.engine import Storage
from gateway.storage.operator_tables import operator_invitations, operator_sessions, operators

log = structlog.get_logger()

INVITATION_SECONDS: Final = 24 * 3600
MOST_TRIES: Final = 5
TRIES_SECONDS: Final = 900
"""So many second factors may be tried in so many seconds, right or wrong, on all workers together."""


@dataclass(frozen=True, slots=True)
class Account:
    """One operator. ``posts`` is the most that the provider's claim may give them; empty is all of it."""

    id: str
    name: str
    standing: Literal["active", "suspended"]
    posts: Posts
    created_at: int
    seen_at: int


class Accounts:
    """Operators are found by the provider's own name for them; their names are kept sealed, to be read by people."""

    def __init__(self, storage: Storage, vault: Vault, finder: Finder, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._finder = finder
        self._clock = clock

    async def invite(self, name: str, posts: Posts) -> str:
        """The secret of an invitation for one person, good once and for 24 hours."""
        secret, now = secrets.token_urlsafe(32), int(self._clock())
        found = digest(secret)
        row = {
            "invitation_hash": found,
            "sealed": self._vault.seal(name.encode(), f"operator invitation {found}"),
            "posts": write_posts(posts),
            "expires_at": now + INVITATION_SECONDS,
        }
        async with self._storage.writing() as connection:
            await connection.execute(delete(operator_invitations).where(operator_invitations.c.expires_at < now))
            await connection.execute(insert(operator_invitations).values(row))
        return secret

    async def admit(self, issuer: str, subject: str, invitation: str) -> Account:
        """The active operator of that account; with an invitation, which is used up, also one who was none before.

        Raises ``SignInRejected``: nobody learns whether they are unknown or suspended.
        """
        account, now = self._finder.of("operator account", issuer, subject), int(self._clock())
        async with self._storage.writing() as connection:
            row = (await connection.execute(select(operators).where(operators.c.account_hash == account))).one_or_none()
            if row is not None and row.standing != "active":
                raise SignInRejected("operator_unknown")
            if invitation:
                await self._accept(connection, account, row, digest(invitation), now)
            elif row is None:
                raise SignInRejected("operator_unknown")
            seen = update(operators).where(operators.c.account_hash == account).values(seen_at=now)
            return self._account((await connection.execute(seen.returning(operators))).one())

    async def all(self) -> Sequence[Account]:
        """Every operator, the oldest first."""
        wanted = select(operators).order_by(operators.c.created_at, operators.c.operator_id)
        async with self._storage.reading() as connection:
            return [self._account(row) for row in await connection.execute(wanted)]

    async def find(self, operator: str) -> Account:
        """The operator of that id; raises ``NotFound``."""
        wanted = select(operators).where(operators.c.operator_id == operator)
        async with self._storage.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound
        return self._account(row)

    async def suspend(self, operator: str) -> None:
        """Ends every session of the operator and lets them begin no other; raises ``NotFound``."""
        async with self._storage.writing() as connection:
            await self._stand(connection, operator, "suspended")
            await connection.execute(delete(operator_sessions).where(operator_sessions.c.operator_id == operator))
        log.info("operator.suspended", operator=operator)

    async def resume(self, operator: str) -> None:
        """Lets the operator sign in again; raises ``NotFound``."""
        async with self._storage.writing() as connection:
            await self._stand(connection, operator, "active")
        log.info("operator.resumed", operator=operator)

    async def spend_try(self, operator: str) -> None:
        """Counts a try before it is judged, so that guessing on many workers at once gains nothing.

        Raises ``TooManyRequests`` with when to come back.
        """
        now, columns = int(self._clock()), operators.c
        over = columns.tries_since <= now - TRIES_SECONDS
        counted = (
            update(operators)
            .where(columns.operator_id == operator, or_(columns.tries < MOST_TRIES, over))
            .values(
                tries=case((over, 1), else_=columns.tries + 1),
                tries_since=case((over, now), else_=columns.tries_since),
            )
        )
        async with self._storage.writing() as connection:
            if (await connection.execute(counted)).rowcount:
                return
            since = await connection.scalar(select(columns.tries_since).where(columns.operator_id == operator))
        log.warning("operator.tries_used_up", operator=operator)
        raise TooManyRequests(retry_after=max(1, (since or now) + TRIES_SECONDS - now))

    async def forgive(self, operator: str) -> None:
        """Forgets the tries before a right one."""
        async with self._storage.writing() as connection:
            await connection.execute(update(operators).where(operators.c.operator_id == operator).values(tries=0))

    async def _accept(
        self, connection: AsyncConnection, account: str, row: Row[Any] | None, invitation: str, now: int
    ) -> None:
        """Uses the invitation up: a new operator, or other posts and a new second factor for one who is there."""
        columns = operator_invitations.c
        unused = and_(columns.invitation_hash == invitation, columns.used_at.is_(None), columns.expires_at > now)
        taken = update(operator_invitations).where(unused).values(used_at=now).returning(operator_invitations)
        found = (await connection.execute(taken)).one_or_none()
        if found is None:
            raise SignInRejected("invitation_spent")
        name = self._vault.open(found.sealed, f"operator invitation {invitation}")
        operator = row.operator_id if row is not None else f"operator-{secrets.token_hex(12)}"
        changed = {"posts": found.posts, "sealed": self._vault.seal(name, f"operator {operator}")}
        if row is not None:
            await connection.execute(update(operators).where(operators.c.operator_id == operator).values(changed))
            return
        fresh = {"operator_id": operator, "account_hash": account, "standing": "active", "created_at": now}
        counters = {"tries": 0, "tries_since": 0, "seen_at": now}
        await connection.execute(insert(operators).values({**fresh, **counters, **changed}))
        log.info("operator.admitted", operator=operator)

    async def _stand(self, connection: AsyncConnection, operator: str, standing: str) -> None:
        changed = update(operators).where(operators.c.operator_id == operator).values(standing=standing)
        if (await connection.execute(changed)).rowcount == 0:
            raise NotFound

    def _account(self, row: Row[Any]) -> Account:
        return Account(
            id=row.operator_id,
            name=self._vault.open(row.sealed, f"operator {row.operator_id}").decode(),
            standing=row.standing,
            posts=read_posts(row.posts),
            created_at=row.created_at,
            seen_at=row.seen_at,
        )
