"""Refresh tokens: each is good once and gives way to the next, so that one that comes back tells of a theft."""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, Final

import structlog
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import OAuthError
from gateway.identity.vault import Finder, digest
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_refresh_tokens

log = structlog.get_logger()

LIFE: Final = 30 * 86_400
"""Seconds: a program that does not come for a month has to ask the person again."""

GRACE: Final = 10
"""Seconds in which one that was just used may come again, since its answer may have been lost on the way.

Only from somebody who proved the same key: a confidential program by its authentication, a public one by the key or
certificate that the token is bound to. A thief of the token alone proves neither, and a program that crashed between
asking and writing down the answer need not send the person through a sign-in again.
"""

_TAG: Final = 32


class RefreshTokens:
    """Rotates them for all workers together.

    A token is ``grant.secret.tag``; the tag is a keyed hash. So one of ours is known for ever, although of a grant's
    tokens only the newest are kept, and a stranger who knows a grant's id cannot end it with a made-up one.
    """

    def __init__(self, storage: Storage, finder: Finder, grants: Grants, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._finder = finder
        self._grants = grants
        self._clock = clock

    async def issue(self, grant: AuthorizationGrant, client: Client, confirmation: Confirmation | None) -> str:
        """The first of a grant; one of a public program is bound to ``confirmation`` (RFC 9449, 5)."""
        async with self._storage.writing() as connection:
            expired = oauth_refresh_tokens.c.expires_at < int(self._clock())
            await connection.execute(delete(oauth_refresh_tokens).where(expired))
            return await self._insert(connection, grant, _bound_to(client, confirmation))

    async def rotate(
        self, unverified_token: str, client: Client, confirmation: Confirmation | None
    ) -> tuple[AuthorizationGrant, str]:
        """The grant and the next token; raises ``OAuthError`` (``invalid_grant``), whatever is wrong.

        One of the program's that was used before ends its grant, and with it whatever a thief holds of it.
        """
        grant = await self.find(unverified_token, client)
        binding = _bound_to(client, confirmation)
        async with self._storage.writing() as connection:
            row = await self._row(connection, unverified_token)
            if row is not None and self._is_good(row, client, binding):
                await self._spend(connection, row, grant)
                return grant, await self._insert(connection, grant, binding)
        if row is None or row.used_at is not None:
            log.warning("refresh_token.reused", client=client.client_id)
            await self._grants.revoke(grant.id)
        raise OAuthError("invalid_grant")

    async def find(self, unverified_token: str, client: Client) -> AuthorizationGrant:
        """The program's living grant that the token is of; raises ``OAuthError`` (``invalid_grant``)."""
        grant_id = self._grant_of(unverified_token)
        if grant_id is None:
            raise OAuthError("invalid_grant")
        grant = await self._grants.find(grant_id)
        if grant.client_id != client.client_id:
            log.warning("refresh_token.refused", client=client.client_id, reason="client")
            raise OAuthError("invalid_grant")
        return grant

    async def is_live(self, unverified_token: str) -> int | None:
        """When it expires, in seconds since 1970, if it was not used yet; nothing otherwise."""
        async with self._storage.reading() as connection:
            row = await self._row(connection, unverified_token, held=False)
        if row is None or row.used_at is not None or row.expires_at <= self._clock():
            return None
        return int(row.expires_at)

    def owns(self, unverified_token: str) -> bool:
        """Whether it is a refresh token that we made, good or not."""
        return self._grant_of(unverified_token) is not None

    def _grant_of(self, unverified_token: str) -> str | None:
        """The grant that is named in a token of ours; nothing where we did not make it."""
        grant_id, _, rest = unverified_token.partition(".")
        secret, _, tag = rest.partition(".")
        expected = self._tag(grant_id, secret)
        return grant_id if hmac.compare_digest(tag.encode(), expected.encode()) else None

    def _tag(self, grant_id: str, secret: str) -> str:
        return self._finder.of("refresh token", grant_id, secret)[:_TAG]

    def _is_good(self, row: Row[Any], client: Client, binding: str) -> bool:
        now = int(self._clock())
        if row.expires_at <= now or not hmac.compare_digest(row.confirmation.encode(), binding.encode()):
            return False
        return row.used_at is None or (now - row.used_at <= GRACE and (client.confidential or binding != ""))

    async def _row(self, connection: AsyncConnection, token: str, *, held: bool = True) -> Row[Any] | None:
        wanted = select(oauth_refresh_tokens).where(oauth_refresh_tokens.c.token_hash == digest(token))
        # Held to the end of the transaction, so that two workers do not both find it unused.
        return (await connection.execute(wanted.with_for_update() if held else wanted)).one_or_none()

    async def _spend(self, connection: AsyncConnection, row: Row[Any], grant: AuthorizationGrant) -> None:
        """Marks the token as used, and drops those of before: what is not kept and is ours was used."""
        now, table = int(self._clock()), oauth_refresh_tokens
        if row.used_at is None:
            await connection.execute(update(table).where(table.c.token_hash == row.token_hash).values(used_at=now))
        await connection.execute(delete(table).where(table.c.grant_id == grant.id, table.c.used_at < now - GRACE))

    async def _insert(self, connection: AsyncConnection, grant: AuthorizationGrant, binding: str) -> str:
        secret, now = secrets.token_urlsafe(32), int(self._clock())
        token = f"{grant.id}.{secret}.{self._tag(grant.id, secret)}"
        row = {
            "token_hash": digest(token),
            "grant_id": grant.id,
            "confirmation": binding,
            "created_at": now,
            "expires_at": min(now + LIFE, grant.expires_at),
        }
        await connection.execute(insert(oauth_refresh_tokens).values(row))
        return token


def _bound_to(client: Client, confirmation: Confirmation | None) -> str:
    """What the token must be brought with; a confidential program proves itself at each turn, by whatever key."""
    if client.confidential or confirmation is None:
        return ""
    return f"{confirmation.kind} {confirmation.value}"
