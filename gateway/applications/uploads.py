"""The way in for a file: judged, scanned and sealed while it arrives, refused as soon as it is known to be wrong."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.attachments import PART_BYTES, Arriving, AttachmentStore
from gateway.applications.exchange import call_about
from gateway.applications.file_types import MEDIA_TYPES, Inspector
from gateway.applications.kept import Application
from gateway.applications.life import possible_actions
from gateway.applications.owned import find_owned
from gateway.applications.queue import Queue
from gateway.applications.scanner import Scanner
from gateway.applications.store import Store
from gateway.errors import BawabaError, BodyTooLarge, Conflict, InvalidInput, UnsupportedMediaType
from gateway.flow import Errand, Flow
from gateway.identity.principal import Principal
from gateway.policy.permit import Policy
from gateway.registry.route import Dossier
from gateway.registry.services import Services
from gateway.schema.base import Frozen
from gateway.sdk.procedure import Order, Procedure
from gateway.storage.engine import Storage

MOST_ATTACHMENTS: Final = 20
"""Of one application, those already sent included."""
ASKED_BYTES: Final = 10_485_760
"""The most that a state's later wish may be answered with; what a service asks for from the start has its own rule."""

_SEALING_SECONDS: Final = 5.0
# Parts that are written together: one transaction of 256 KiB costs little more than one of 64.
_BATCH: Final = 4


class Attached(Frozen):
    """A file that has arrived and is kept until the state has it. `digest` is SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size: int
    digest: str
    receipt: str


class _Commitment(Frozen):
    """What the record commits to."""

    name: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A file on its way: what it is called and declared to be, its length where it was told, its bytes as they come."""

    name: str
    media_type: str
    size: int | None
    parts: AsyncIterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Rule:
    media_types: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """Takes files for drafts and for what a state asked for. Nothing of a refused one is kept."""

    services: Services
    policy: Policy
    flow: Flow
    storage: Storage
    store: Store
    queue: Queue
    attachments: AttachmentStore
    scanner: Scanner
    clock: Callable[[], datetime]

    async def take(self, principal: Principal, application: str, offer: Offer, request_id: str) -> Attached:
        """Takes the file in; it counts, in the place of one of the same name, once this returns.

        Raises ``NotFound``, ``Conflict`` where nothing is to be attached now or too much is, ``InvalidInput`` with
        ``attachment_unknown``, ``attachment_content`` or ``attachment_infected``, ``UnsupportedMediaType``,
        ``BodyTooLarge``, ``ScannerUnavailable``, ``SealingFailed`` and ``StorageDown``, and whatever reading the
        parts raises.
        """
        async with self.storage.reading() as connection:
            found = await find_owned(connection, self.store, principal, application)
        try:
            return await self._take(principal, found, offer, request_id)
        except BawabaError as problem:
            if problem.status < 500:
                await self.flow.refuse(principal, found.service, request_id, problem)
            raise

    async def _take(self, principal: Principal, found: Application, offer: Offer, request_id: str) -> Attached:
        self.policy.admit(principal, found.service, found.particulars.purpose, "applications")
        async with self.storage.writing() as connection:
            rule = await self._rule(connection, principal, found.id, offer.name)
            _check(offer, rule)
            if await self.attachments.count(connection, found.id) >= MOST_ATTACHMENTS:
                raise Conflict("too_many_attachments", limit=MOST_ATTACHMENTS)
            now = self.clock()
            arriving = await self.attachments.begin(connection, found.id, offer.name, offer.media_type, now)
        kept = False
        try:
            size, digest = await self._receive(arriving, offer, rule.most)
            said = _Commitment(name=offer.name, media_type=offer.media_type, size=size, digest=digest)
            receipt = await self._seal(principal, found, said, request_id)
            async with self.storage.writing() as connection:
                await self._rule(connection, principal, found.id, offer.name)
                await self.attachments.finish(connection, arriving, size, digest)
                await self.store.touch(connection, found.id, self.clock())
            kept = True
        finally:
            if not kept:
                await self.attachments.abandon(arriving)
        return Attached(**said.model_dump(), receipt=receipt)

    async def _rule(self, connection: AsyncConnection, principal: Principal, application: str, name: str) -> _Rule:
        """What the file may be; the application is held to the end of the transaction."""
        found = await find_owned(connection, self.store, principal, application, to_change=True)
        waiting = (await self.queue.waiting(connection, [found.id])).get(found.id, set())
        possible = possible_actions(found.status, waiting)
        if "submit" in possible:
            rules = self.services.find(found.service, "procedure").attachments
            known = {rule.name: _Rule(rule.media_types, rule.max_bytes) for rule in rules}
        elif "supply" in possible:
            progress = found.standing.progress
            wanted = progress.wanted if progress else ()
            known = {each.name: _Rule(MEDIA_TYPES, ASKED_BYTES) for each in wanted if each.kind == "document"}
        else:
            raise Conflict("attachment_not_wanted")
        if name not in known:
            raise InvalidInput("attachment_unknown", field="/name")
        return known[name]

    async def _receive(self, arriving: Arriving, offer: Offer, most: int) -> tuple[int, str]:
        """Size and digest of what has arrived, all of it kept; never more of it in memory than a few parts."""
        inspector, digest, size, number = Inspector(offer.media_type), hashlib.sha256(), 0, 0
        batch: list[bytes] = []
        async with self.scanner.scan() as scan:
            async for piece in _regrouped(offer.parts):
                size += len(piece)
                if size > most:
                    raise BodyTooLarge(limit=most)
                inspector.feed(piece)
                digest.update(piece)
                await scan.feed(piece)
                batch.append(piece)
                if len(batch) == _BATCH:
                    await self.attachments.add(arriving, number, batch)
                    number, batch = number + len(batch), []
            inspector.finish()
            if batch:
                await self.attachments.add(arriving, number, batch)
            await scan.finish()
        return size, digest.hexdigest()

    async def _seal(self, principal: Principal, found: Application, said: _Commitment, request_id: str) -> str:
        """The ledger entry that holds the digest; raises why the person may not attach it there any more."""

        async def commit(procedure: Procedure[Any, Any], order: Order) -> _Commitment:
            return said

        call = call_about(found, request_id, _SEALING_SECONDS)
        errand = Errand(found.id, "attach", Dossier(reference=found.reference, callback_url=""), commit)
        carried = await self.flow.carry(principal, call, errand)
        if carried.problem:
            raise carried.problem
        return carried.receipt.id


def _check(offer: Offer, rule: _Rule) -> None:
    if offer.media_type not in rule.media_types:
        raise UnsupportedMediaType(expected=", ".join(rule.media_types))
    if offer.size is not None and offer.size > rule.most:
        raise BodyTooLarge(limit=rule.most)


async def _regrouped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in parts of 64 KiB, the last one shorter."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    if held:
        yield bytes(held)
