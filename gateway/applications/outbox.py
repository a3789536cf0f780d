"""The outbox: every message reaches its state, in order, once to the eye however often on the wire."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.exchange import Ask, Exchange
from gateway.applications.hooks import Attachments
from gateway.applications.kept import Application, Message
from gateway.applications.lanes import LaneLimits, Lanes
from gateway.applications.queue import UNREADABLE, Queue
from gateway.applications.settling import Backoff, Settling
from gateway.applications.store import Store
from gateway.errors import BackendRefused, BawabaError, Forbidden, SealingFailed, Unavailable
from gateway.flow import Carried
from gateway.schema.application import Progress
from gateway.schema.country import Country
from gateway.sdk.procedure import Action, Attachment, Order, Procedure
from gateway.storage.engine import Storage

log = structlog.get_logger()

SHARE_OF_LEASE = 0.75
"""What an exchange may take of its lease; the rest is for sealing and settling."""


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """``lease`` is how long a worker may hold a message, ``patience`` how long one is tried before it is parked."""

    lanes: LaneLimits
    backoff: Backoff
    lease: timedelta
    patience: timedelta


@dataclass(frozen=True, slots=True)
class Errand:
    """A message that was claimed, and the application that it is of."""

    message: Message
    application: Application


class Outbox:
    """Delivers messages. Killed at any point it loses nothing: what was not settled is delivered again when its lease
    has ended, under the same reference, by which the state knows it."""

    def __init__(
        self,
        storage: Storage,
        store: Store,
        queue: Queue,
        exchange: Exchange,
        attachments: Attachments,
        settling: Settling,
        limits: OutboxLimits,
        clock: Callable[[], datetime],
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        """``settled`` is called when an application should be asked about at once."""
        self._storage = storage
        self._store = store
        self._queue = queue
        self._exchange = exchange
        self._attachments = attachments
        self._settling = settling
        self._limits = limits
        self._clock = clock
        self._settled = settled
        self._lease = secrets.token_hex(8)
        self.lanes: Lanes[Errand] = Lanes("outbox", limits.lanes, clock, self._next_due, self._claim, self.deliver)

    async def _next_due(self) -> Mapping[Country, datetime]:
        async with self._storage.glancing() as connection:
            return await self._queue.next_due(connection)

    async def _claim(self, country: Country, most: int) -> Sequence[Errand]:
        now = self._clock()
        async with self._storage.writing() as connection:
            until = now + self._limits.lease
            messages = await self._queue.claim(connection, country, most, self._lease, now, until)
            found = await self._store.find_all(connection, [message.application for message in messages])
            for message in messages:
                if message.application not in found:
                    await self._queue.park(connection, message.id, now, UNREADABLE)
            return [Errand(each, found[each.application]) for each in messages if each.application in found]

    async def deliver(self, errand: Errand) -> None:
        """Hands one claimed message to its state and writes down what came of it."""
        message, application = errand.message, errand.application
        if application.status.final:
            # It ended while this waited, so there is nothing left to be said.
            await self._drop(errand)
            return
        seconds = self._limits.lease.total_seconds() * SHARE_OF_LEASE
        try:
            attachments = await self._attachments.of(message.id)
            carried = await self._exchange.carry(
                application, message.kind, seconds, _question(message, attachments), attachments
            )
        except SealingFailed as problem:
            await self._fail(errand, problem, None)
            return
        except Unavailable:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it was, it must come to an operator in the end
            log.error("outbox.stumbled", application=application.id, error=type(problem).__name__)
            await self._fail(errand, BawabaError(), None)
            return
        if carried.problem is not None:
            await self._fail(errand, carried.problem, carried.receipt.id)
        else:
            await self._succeed(errand, carried)

    async def _succeed(self, errand: Errand, carried: Carried[Progress]) -> None:
        message, soon = errand.message, errand.message.kind == "confirm_payment"
        async with self._storage.writing() as connection:
            application = await self._held(connection, errand)
            if application is None or carried.said is None:
                return
            await self._queue.remove(connection, message.id)
            await self._attachments.delivered(connection, message.id)
            now, entry = self._clock(), carried.receipt.id
            await self._settling.settle(connection, application, carried.said, now, entry, direct=True, soon=soon)
        if soon:
            self._settled()

    async def _fail(self, errand: Errand, problem: BawabaError, entry: str | None) -> None:
        message, now = errand.message, self._clock()
        due = now + self._limits.backoff.after(message.attempts)
        hopeless = isinstance(problem, BackendRefused | Forbidden)
        parked = hopeless or due > message.since + self._limits.patience
        async with self._storage.writing() as connection:
            application = await self._held(connection, errand)
            if application is None:
                return
            if not parked:
                await self._queue.put_off(connection, message.id, due, problem.code)
                return
            await self._queue.park(connection, message.id, now, problem.code)
            await self._store.record(connection, application, "gateway", "delay", now, entry=entry)
        log.error(
            "application.parked",
            application=application.id,
            service=application.service,
            country=application.country.value,
            agency=application.agency,
            kind=message.kind,
            attempts=message.attempts,
            code=problem.code,
        )

    async def _drop(self, errand: Errand) -> None:
        async with self._storage.writing() as connection:
            if await self._held(connection, errand):
                await self._queue.remove(connection, errand.message.id)
                await self._attachments.delivered(connection, errand.message.id)

    async def _held(self, connection: AsyncConnection, errand: Errand) -> Application | None:
        """The application, read for change, if the message is still ours: another may have it, or an operator."""
        application = await self._store.find(connection, errand.application.id, to_change=True)
        if application and await self._queue.is_held(connection, errand.message.id, self._lease):
            return application
        log.warning("outbox.overtaken", application=errand.application.id, kind=errand.message.kind)
        return None


def _question(message: Message, attachments: tuple[Attachment, ...]) -> Ask:
    kind = message.kind

    async def ask(procedure: Procedure[Any, Any], order: Order) -> Any:
        if kind == "submit":
            return await procedure.submit(order)
        return await procedure.act(order, Action(kind, message.id, message.supplied.values, attachments))

    return ask
