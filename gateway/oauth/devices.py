"""Devices that wait to be let in by a person elsewhere: a kiosk, a counter of a service centre (RFC 8628)."""

import secrets
from collections.abc import Callable
from typing import Any, Final, Literal

import structlog
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotYet, OAuthError, Unavailable
from gateway.identity.vault import Finder, Vault, digest
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.user_codes import new_user_code
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_devices

log = structlog.get_logger()

LIFE: Final = 600
"""Seconds in which a person can sign in with their card, read and decide."""

INTERVAL: Final = 5
"""Seconds that a device waits between two questions."""

REMEMBERED: Final = 3600
"""Seconds that a code is known after its end, so that a device is told why, and a second use is noticed."""

_TRIES: Final = 5
_NOT_YET: Final = ("authorization_pending", "slow_down")
Decision = Literal["approved", "denied"]


class DeviceRequest(Frozen):
    """What a device asks for. ``place`` is where it stands by its program's word, ``network`` by its address."""

    client_id: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    place: str
    network: str


class DeviceCodes(Frozen):
    """What the device keeps to itself, and what it shows."""

    device_code: str
    user_code: str


class Devices:
    """Every worker knows them; a device code is good once, and comes back a second time only from a thief."""

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        finder: Finder,
        grants: Grants,
        clock: Callable[[], float],
        new_code: Callable[[], str] = new_user_code,
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._finder = finder
        self._grants = grants
        self._clock = clock
        self._new_code = new_code

    async def begin(self, request: DeviceRequest) -> DeviceCodes:
        """Codes for a device; those that are long over are swept away."""
        device_code, now = secrets.token_urlsafe(32), int(self._clock())
        device_hash = digest(device_code)
        row = {
            "device_hash": device_hash,
            "client_id": request.client_id,
            "sealed": self._vault.seal(request.model_dump_json().encode(), _context(device_hash)),
            "standing": "waiting",
            "polled_at": now,
            "expires_at": now + LIFE,
        }
        for _ in range(_TRIES):
            user_code = self._new_code()
            row["user_code_hash"] = self._name(user_code)
            try:
                async with self._storage.writing() as connection:
                    await connection.execute(delete(oauth_devices).where(oauth_devices.c.expires_at < now - REMEMBERED))
                    await connection.execute(insert(oauth_devices).values(row))
            except IntegrityError:
                # Two devices would show the same code.
                continue
            return DeviceCodes(device_code=device_code, user_code=user_code)
        raise Unavailable

    async def find(self, user_code: str) -> DeviceRequest:
        """What the device that shows the code asks for; raises ``OAuthError`` unless it waits."""
        wanted = select(oauth_devices).where(*self._waiting(user_code))
        async with self._storage.reading() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise OAuthError("user_code_unknown", field="user_code")
        return DeviceRequest.model_validate_json(self._vault.open(row.sealed, _context(row.device_hash)))

    async def approve(self, user_code: str, grant: AuthorizationGrant) -> None:
        """Lets the device in with ``grant``; raises ``OAuthError`` where it waits no more."""
        await self._grants.create(grant)
        if not await self._decide(user_code, "approved", grant.id):
            await self._grants.revoke(grant.id)
            raise OAuthError("user_code_unknown", field="user_code")

    async def deny(self, user_code: str) -> None:
        """Turns the device away; raises ``OAuthError`` where it waits no more."""
        if not await self._decide(user_code, "denied", None):
            raise OAuthError("user_code_unknown", field="user_code")

    async def poll(self, device_code: str, client_id: str) -> str:
        """The id of the grant, once.

        Raises ``NotYet``: ``authorization_pending``, ``slow_down``; ``OAuthError``: ``expired_token``,
        ``access_denied``, and ``invalid_grant`` for a code that is no device's of the program, or that was used: then
        what it gave is over.
        """
        device_hash, now = digest(device_code), int(self._clock())
        async with self._storage.writing() as connection:
            row = await self._held(connection, device_hash, client_id)
            problem = _problem(row, now)
            if row is not None:
                standing = row.standing if problem else "used"
                seen = update(oauth_devices).where(oauth_devices.c.device_hash == device_hash)
                await connection.execute(seen.values(polled_at=now, standing=standing))
        if row is not None and row.standing == "used":
            log.warning("device_code.reused", client=client_id)
            await self._grants.revoke(row.grant_id)
        if problem in _NOT_YET:
            raise NotYet(problem)
        if row is None or problem:
            raise OAuthError(problem or "invalid_grant")
        return str(row.grant_id)

    async def _held(self, connection: AsyncConnection, device_hash: str, client_id: str) -> Row[Any] | None:
        own = (oauth_devices.c.device_hash == device_hash, oauth_devices.c.client_id == client_id)
        # Held to the end of the transaction, so that two workers do not both give tokens for it.
        return (await connection.execute(select(oauth_devices).where(*own).with_for_update())).one_or_none()

    async def _decide(self, user_code: str, decision: Decision, grant_id: str | None) -> bool:
        decided = update(oauth_devices).where(*self._waiting(user_code)).values(standing=decision, grant_id=grant_id)
        async with self._storage.writing() as connection:
            return (await connection.execute(decided)).rowcount == 1

    def _waiting(self, user_code: str) -> tuple[Any, ...]:
        return (
            oauth_devices.c.user_code_hash == self._name(user_code),
            oauth_devices.c.standing == "waiting",
            oauth_devices.c.expires_at > int(self._clock()),
        )

    def _name(self, user_code: str) -> str:
        """Keyed: what has so few letters could be guessed from a plain hash."""
        return self._finder.of("user code", user_code)


def _problem(row: Row[Any] | None, now: int) -> str | None:
    """Why the device gets nothing now (RFC 8628, 3.5); ``None`` where it does."""
    if row is None or row.standing == "used":
        return "invalid_grant"
    if row.expires_at <= now:
        return "expired_token"
    if now - row.polled_at < INTERVAL:
        return "slow_down"
    return {"waiting": "authorization_pending", "denied": "access_denied"}.get(row.standing)


def _context(device_hash: str) -> str:
    return f"device {device_hash}"
