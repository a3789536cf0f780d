"""Adapters as the operators of their states see them: a page of many, one whole, and one that waits for a judgement."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Row, Select, and_, func, or_, select

from gateway.agencies.adapters import AdapterView, adapter_view
from gateway.agencies.approvals import Approvals, Verdict, Waiting
from gateway.agencies.diff import Say, VersionDiff, compare
from gateway.agencies.records import valid_mandates, version_row
from gateway.agencies.version_view import VersionView, version_view
from gateway.errors import InvalidInput
from gateway.outward.addresses import Outward
from gateway.registry.mandates import MandateTerms
from gateway.registry.search import asked, normalise
from gateway.registry.store import AdapterState, state_of
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters

PAGE: Final = 50
_STRICT: Final = Outward()
"""Judges addresses as production does, without an exception."""


@dataclass(frozen=True, slots=True)
class AdapterLine:
    """An adapter in a list, with what it calls itself."""

    state: AdapterState
    title: Text | None


@dataclass(frozen=True, slots=True)
class AdaptersPage:
    """A page of adapters in the order of their names; ``total`` counts those of all pages."""

    adapters: Sequence[AdapterLine]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that somebody needs who judges a version.

    ``live`` is the version that answers now and ``diff`` what is different from it. ``exceptions`` are the addresses
    that may be called only because an exception was made for them. ``mandates`` are those that its agency, where that
    is a private partner, holds today.
    """

    waiting: Waiting
    version: VersionView
    live: str | None
    diff: VersionDiff | None
    verdicts: Sequence[Verdict]
    exceptions: Sequence[str]
    mandates: Sequence[MandateTerms]


class AdaptersSeen:
    """Reads alone; who may see what is for the caller to ask."""

    def __init__(self, storage: Storage, approvals: Approvals) -> None:
        self._storage = storage
        self._approvals = approvals

    async def page(self, countries: Collection[Country] | None, words: str = "", number: int = 1) -> AdaptersPage:
        """The adapters of the states, ``None`` for all, in whose name or title each word begins a word.

        The whole id of an agency finds all of its adapters.
        """
        table = registry_adapters
        shown = _asked(select(table), countries, words).order_by(table.c.adapter_id)
        async with self._storage.reading() as connection:
            counted = _asked(select(func.count()).select_from(table), countries, words)
            total = int((await connection.execute(counted)).scalar_one())
            rows = (await connection.execute(shown.limit(PAGE).offset((number - 1) * PAGE))).all()
        return AdaptersPage([_line(row) for row in rows], number, total)

    async def find(self, adapter: str) -> AdapterView:
        """The adapter with its newest versions and events; raises ``NotFound``."""
        async with self._storage.reading() as connection:
            return await adapter_view(connection, adapter, operators=True)

    async def dossier(self, adapter: str, version: str, say: Say, now: float) -> Dossier:
        """Of a version that waits; raises ``NotFound``, and ``Conflict`` where it does not wait (any more)."""
        waiting = await self._approvals.find(adapter, version)
        verdicts = await self._approvals.verdicts(adapter, version)
        async with self._storage.reading() as connection:
            row = await version_row(connection, adapter, version)
            live = (await adapter_view(connection, adapter)).live
            before = await version_row(connection, adapter, live) if live else None
            mandates = await valid_mandates(connection, waiting.agency, int(now))
        view = version_view(row)
        return Dossier(
            waiting=waiting,
            version=view,
            live=live,
            diff=await asyncio.to_thread(compare, before, row, say) if before is not None else None,
            verdicts=verdicts,
            exceptions=_exceptions(view.plate),
            mandates=mandates,
        )


def _asked(wanted: Select[Any], countries: Collection[Country] | None, words: str) -> Select[Any]:
    table = registry_adapters
    if countries is not None:
        wanted = wanted.where(table.c.country.in_([each.value for each in countries]))
    found = [
        table.c.words.contains(f" {word}", autoescape=True) for word in asked(words) or tuple(normalise(words).split())
    ]
    # An agency's own id is looked for whole: its hyphens would make words of it.
    return wanted.where(or_(table.c.agency_id == words, and_(*found))) if found else wanted


def _line(row: Row[Any]) -> AdapterLine:
    return AdapterLine(state_of(row), Text(**orjson.loads(row.title)) if row.title else None)


def _exceptions(plate: dict[str, Any]) -> Sequence[str]:
    """The addresses on the plate that would be refused without an exception."""
    found = [url for addresses in plate.get("addresses", {}).values() for url in addresses.values()]
    return [url for url in dict.fromkeys(found) if not _is_public(url)]


def _is_public(url: str) -> bool:
    try:
        _STRICT.check(url, "")
    except InvalidInput:
        return False
    return True
