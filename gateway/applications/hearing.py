"""What national systems tell by themselves: proved, fresh, once, and about an application of ours."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.exchange import Exchange
from gateway.applications.kept import Application, to_micros
from gateway.applications.settling import Settling
from gateway.applications.store import Store
from gateway.errors import BawabaError, CallbackRefused, NotFound
from gateway.registry.registry import Registry
from gateway.sdk.inbox import Callback, Heard
from gateway.sdk.procedure import Order, Procedure
from gateway.storage.application_tables import application_callbacks as callbacks
from gateway.storage.engine import Storage

log = structlog.get_logger()

FRESH: Final = timedelta(minutes=5)
"""How far the sender's signed moment may lie from ours, either way."""
READING_SECONDS: Final = 5.0
LONGEST_NAME: Final = 200


class Hearing:
    """Takes callbacks in. ``hear`` returns once what was told is durable, or was so before."""

    def __init__(
        self,
        storage: Storage,
        store: Store,
        registry: Registry,
        exchange: Exchange,
        settling: Settling,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._store = store
        self._registry = registry
        self._exchange = exchange
        self._settling = settling
        self._clock = clock

    async def hear(self, room: str, callback: Callback) -> None:
        """Believes what the room's national system says of one application.

        Raises ``CallbackRefused`` where the sender is not proved or the word is stale, ``NotFound`` where there is no
        such room or application, ``BackendGarbled`` where it cannot be read, ``SealingFailed`` and ``StorageDown``.
        A repetition changes nothing, and neither does what was overtaken by newer word.
        """
        heard = self._believed(room, callback)
        async with self._storage.reading() as connection:
            application = await self._about(connection, room, heard)
            if await self._was_heard(connection, room, heard):
                return

        async def given(procedure: Procedure[Any, Any], order: Order) -> Any:
            return heard.answer

        carried = await self._exchange.carry(application, "callback", READING_SECONDS, given)
        if carried.said is None:
            log.warning("callback.unreadable", room=room, code=carried.problem.code if carried.problem else None)
            raise carried.problem or NotFound()
        async with self._storage.writing() as connection:
            # Whoever hears of the same application waits here, so what came twice at once is seen by the second.
            found = await self._store.find(connection, application.id, to_change=True)
            if found is None or await self._was_heard(connection, room, heard):
                return
            await self._remember(connection, room, heard)
            now, entry = self._clock(), carried.receipt.id
            await self._settling.settle(connection, found, carried.said, now, entry, direct=False)

    def _believed(self, room: str, callback: Callback) -> Heard:
        system = self._registry.system(room)
        if system is None:
            raise NotFound
        try:
            heard = system.read_callback(callback)
            well_formed = all(_is_name(each) for each in (heard.reference, heard.delivery))
            if not well_formed or abs(self._clock() - heard.sent_at) > FRESH:
                raise CallbackRefused
        except CallbackRefused:
            log.warning("callback.refused", room=room)
            raise
        except BawabaError as problem:
            log.warning("callback.refused", room=room, code=problem.code)
            raise CallbackRefused from problem
        except Exception as problem:
            # Anybody may send anything; only the kind of the failure is logged.
            log.warning("callback.refused", room=room, error=type(problem).__name__)
            raise CallbackRefused from problem
        return heard

    async def _about(self, connection: AsyncConnection, room: str, heard: Heard) -> Application:
        speaker = self._registry.room_named(room)
        if speaker is None:
            raise NotFound
        plate = speaker.plate
        application = await self._store.by_reference(connection, heard.reference, plate.country)
        offer = plate.services.get(application.service) if application else None
        if application is None or offer is None or offer.agency != application.agency:
            # What another agency's system was asked for is not there for this one.
            log.warning("callback.unknown", room=room)
            raise NotFound
        return application

    async def _was_heard(self, connection: AsyncConnection, room: str, heard: Heard) -> bool:
        same = callbacks.c.room == room, callbacks.c.delivery_id == heard.delivery
        return (await connection.execute(select(callbacks.c.room).where(*same))).first() is not None

    async def _remember(self, connection: AsyncConnection, room: str, heard: Heard) -> None:
        """Writes the delivery down, and forgets those that would be refused as stale by now."""
        now = to_micros(self._clock())
        await connection.execute(delete(callbacks).where(callbacks.c.expires_at < now))
        expires = to_micros(heard.sent_at + 2 * FRESH)
        await connection.execute(insert(callbacks).values(room=room, delivery_id=heard.delivery, expires_at=expires))


def _is_name(value: object) -> bool:
    """Whether a room found a name there, and not just anything that a signed document may hold."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_NAME
