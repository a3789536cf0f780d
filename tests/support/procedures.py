"""A room's counter, for the rooms of this checkout."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from gateway.kit.counter import ENDS, PIECE, START, Clock, Counter, Fetched, attachment
from gateway.kit.counter import counter as counter_of
from gateway.registry.manifest import Manifest
from tests.support.house import ROOT

__all__ = ["ADAPTERS", "ENDS", "PIECE", "START", "Clock", "Counter", "Fetched", "attachment", "counter"]

ADAPTERS = ROOT / "adapters"


@asynccontextmanager
async def counter(
    name: str, *, secrets: Mapping[str, str] | None = None, forget: Iterable[str] = ()
) -> AsyncIterator[Counter]:
    """Opens the room ``name`` beside a new stand-in.

    ``secrets`` replace some of the room's own, so that the two do not agree; ``forget`` are secrets that the room
    is given empty.
    """
    folder = ADAPTERS / name
    changed = dict(secrets or {}) | dict.fromkeys(forget, "")
    async with counter_of(folder, Manifest.load(folder), secrets=changed) as here:
        yield here
