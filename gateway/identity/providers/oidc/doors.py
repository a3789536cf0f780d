"""The doors to one provider: one for each origin that its metadata names, and each of them guarded."""

import ssl
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TypeVar

import structlog

from gateway.errors import BackendDown, ConfigurationError, ProviderDown
from gateway.identity.providers.door import NO_HEADERS, ProviderDoor, lied
from gateway.identity.providers.oidc.addresses import is_loopback, may_connect, origin_and_path
from gateway.identity.providers.plate import ProviderPlate
from gateway.sdk.gate import Response

log = structlog.get_logger()
ResultT = TypeVar("ResultT")


class Doors:
    """Sends requests to addresses that were checked; the address that a name leads to is checked when it is reached."""

    def __init__(self, plate: ProviderPlate, issuer: str, tls: ssl.SSLContext | None) -> None:
        self._plate = plate
        self._issuer = issuer
        self._tls = tls
        self._doors: dict[str, ProviderDoor] = {}

    async def send(
        self,
        method: str,
        url: str,
        read: Callable[[Response], ResultT],
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
        safe: bool = False,
    ) -> ResultT:
        """What ``read`` makes of the answer; raises ``ProviderError``."""
        origin, path = origin_and_path(url)
        try:
            return await self._door(origin).send(method, path, read, headers=headers, body=body, safe=safe)
        except ProviderDown as problem:
            self._tell(problem)
            raise

    async def keep_only(self, urls: Collection[str]) -> None:
        """Closes the doors that lead nowhere any more, so that a provider that moves about leaves nothing behind."""
        wanted = {origin_and_path(url)[0] for url in urls}
        for origin in self._doors.keys() - wanted:
            await self._doors.pop(origin).close()

    async def close(self) -> None:
        """Ends every connection."""
        await self.keep_only(())

    def _door(self, origin: str) -> ProviderDoor:
        if origin not in self._doors:
            loopback = is_loopback(self._issuer)
            check = partial(_may_connect, loopback)
            tls = self._tls if origin.startswith("https:") else None
            try:
                self._doors[origin] = ProviderDoor(self._plate, origin, tls, check)
            except ConfigurationError as problem:
                raise lied(self._plate, "address_form") from problem
        return self._doors[origin]

    def _tell(self, problem: ProviderDown) -> None:
        """An expired, unknown or wrongly named certificate is an attack or an oversight; neither mends itself."""
        cause = problem.__cause__
        reason = cause.facts.get("reason") if isinstance(cause, BackendDown) else None
        if reason in ("tls", "address_refused"):
            log.error("provider.not_trusted", provider=self._plate.id, reason=reason)


def _may_connect(loopback: bool, address: str, _port: int) -> bool:
    return may_connect(address, loopback=loopback)
