"""One lookup, asked and read: whoever asks a room, at home or from afar, asks it like this."""

from typing import Any

import structlog

from gateway.errors import BackendGarbled, BackendLate, BawabaError
from gateway.schema.records import AnyRecord
from gateway.sdk.adapter import Ask, Lookup
from gateway.sdk.select import select

log = structlog.get_logger()


async def records_of(lookup: Lookup[Any, Any], ask: Ask) -> tuple[AnyRecord, ...]:
    """The records that answer ``ask``, within its deadline; what the adapter trips over is a garbled answer.

    Raises ``BackendError``, or another ``BawabaError`` where the adapter means one.
    """
    try:
        with ask.deadline.limit():
            answer = await lookup.fetch(ask)
        return select(lookup.normalise(answer, ask), ask)
    except TimeoutError as problem:
        raise BackendLate from problem
    except BawabaError:
        raise
    except Exception as problem:
        # A national system may send anything at all. Only the kind of the failure is logged: its words may be personal.
        log.warning("adapter.failed", adapter=ask.source.adapter, service=ask.service, error=type(problem).__name__)
        raise BackendGarbled from problem
