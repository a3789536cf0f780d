"""Requests under way: pushed by a program for a minute, or before a person who decides; each good for one answer."""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, Final, Literal

from sqlalchemy import delete, insert, select

from gateway.errors import OAuthError
from gateway.identity.vault import BrokenVaultError, Vault, digest
from gateway.oauth.request import AuthorizationRequest
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_requests

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
PUSHED_SECONDS: Final = 90
DECIDING_SECONDS: Final = 1_800
"""A sign-in may take ten minutes of it; the rest is for reading."""

_SECRET_BYTES: Final = 32
_LONGEST: Final = 200
Kind = Literal["pushed", "consent"]


class UnderWay(Frozen):
    """A request before a person: which browser brought it, and when, in seconds since 1970.

    ``session`` is the id of the session that the browser had by then, so that a later sign-in can be told from it.
    """

    request: AuthorizationRequest
    browser_hash: str
    session: str | None
    begun_at: int


class Requests:
    """Kept sealed under unguessable handles, of which the database knows only the hash."""

    def __init__(self, storage: Storage, vault: Vault, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock

    async def push(self, request: AuthorizationRequest) -> str:
        """The ``request_uri`` of a pushed request (RFC 9126)."""
        body = request.model_dump_json().encode()
        return PREFIX + await self._keep("pushed", request.client_id, body, PUSHED_SECONDS)

    async def pull(self, request_uri: str, client_id: str) -> AuthorizationRequest:
        """The request that the program pushed, which is over with this; another program's attempt leaves it alone.

        Raises ``OAuthError`` with ``invalid_request_uri``.
        """
        handle = request_uri.removeprefix(PREFIX)
        if handle == request_uri:
            raise OAuthError("invalid_request_uri", field="request_uri")
        body = await self._take("pushed", handle, client_id)
        if body is None:
            raise OAuthError("invalid_request_uri", field="request_uri")
        return AuthorizationRequest.model_validate_json(body)

    async def begin(self, request: AuthorizationRequest, browser: str, session: str | None = None) -> str:
        """The handle under which the person in front of that browser, signed in or not, decides."""
        under_way = UnderWay(
            request=request, browser_hash=digest(browser), session=session, begun_at=int(self._clock())
        )
        return await self._keep("consent", request.client_id, under_way.model_dump_json().encode(), DECIDING_SECONDS)

    async def find(self, handle: str, browser: str) -> UnderWay:
        """The request, which stays; raises ``OAuthError`` where there is none of that browser."""
        wanted = select(oauth_requests.c.sealed).where(*self._of("consent", handle))
        async with self._storage.reading() as connection:
            sealed = (await connection.execute(wanted)).scalar_one_or_none()
        body = self._opened("consent", handle, sealed)
        if body is None:
            raise OAuthError("authorization_over")
        under_way = UnderWay.model_validate_json(body)
        if not hmac.compare_digest(under_way.browser_hash, digest(browser)):
            raise OAuthError("authorization_over")
        return under_way

    async def take(self, handle: str, browser: str) -> UnderWay:
        """The request, which is over with this: of two answers one counts. Raises ``OAuthError``."""
        under_way = await self.find(handle, browser)
        if await self._take("consent", handle, under_way.request.client_id) is None:
            raise OAuthError("authorization_over")
        return under_way

    async def _keep(self, kind: Kind, client_id: str, body: bytes, seconds: int) -> str:
        handle, now = secrets.token_urlsafe(_SECRET_BYTES), int(self._clock())
        row = {
            "request_hash": digest(handle),
            "kind": kind,
            "client_id": client_id,
            "sealed": self._vault.seal(body, _context(kind, handle)),
            "expires_at": now + seconds,
        }
        async with self._storage.writing() as connection:
            await connection.execute(delete(oauth_requests).where(oauth_requests.c.expires_at < now))
            await connection.execute(insert(oauth_requests).values(row))
        return handle

    async def _take(self, kind: Kind, handle: str, client_id: str) -> bytes | None:
        taken = (
            delete(oauth_requests)
            .where(*self._of(kind, handle), oauth_requests.c.client_id == client_id)
            .returning(oauth_requests.c.sealed)
        )
        async with self._storage.writing() as connection:
            sealed = (await connection.execute(taken)).scalar_one_or_none()
        return self._opened(kind, handle, sealed)

    def _of(self, kind: Kind, handle: str) -> tuple[Any, ...]:
        return (
            oauth_requests.c.request_hash == digest(handle[:_LONGEST]),
            oauth_requests.c.kind == kind,
            oauth_requests.c.expires_at > int(self._clock()),
        )

    def _opened(self, kind: Kind, handle: str, sealed: bytes | None) -> bytes | None:
        if sealed is None:
            return None
        try:
            return self._vault.open(sealed, _context(kind, handle))
        except BrokenVaultError:
            return None


def _context(kind: Kind, handle: str) -> str:
    return f"oauth {kind} {digest(handle)}"
