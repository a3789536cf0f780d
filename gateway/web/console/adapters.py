"""Adapters of the operator's states: what answers and how well, and the buttons that stop one at once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.adapters import AdapterView
from gateway.agencies.adapters_seen import AdaptersPage, AdaptersSeen
from gateway.errors import Conflict, NotFound
from gateway.policy.operators import OperatorAct, OperatorGrant, OperatorPolicy
from gateway.registry.routing import Adapter
from gateway.registry.store import RegistryStore
from gateway.registry.version import Tally
from gateway.storage.engine import Storage
from gateway.web.console.desk import moment
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.console.paging import page_of, words_of
from gateway.web.pages.problem import PAGE

ACTS = (OperatorAct.PAUSE_ADAPTER, OperatorAct.RESUME_ADAPTER, OperatorAct.WITHDRAW_ADAPTER)
Change = Callable[[AsyncConnection, AdapterView, str], Awaitable[None]]


class Routed(Protocol):
    """What this worker knows of the adapters that it routes to."""

    def adapter(self, name: str) -> Adapter | None: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """How the newest calls of a version went in this worker; ``failed`` of a hundred, ``slow`` in milliseconds."""

    calls: int
    failed: int
    slow: int | None

    @classmethod
    def of(cls, tally: Tally) -> "Measured":
        """Of a version's tally."""
        slow = tally.slowest_tenth()
        failed = round(100 * tally.failures / tally.calls) if tally.calls else 0
        return cls(tally.calls, failed, None if slow is None else round(slow * 1000))


@dataclass(frozen=True, slots=True)
class AdapterPages:
    """The list, a page of each, and its buttons."""

    guard: Guard
    seen: AdaptersSeen
    storage: Storage
    store: RegistryStore
    routed: Routed
    policy: OperatorPolicy

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/adapters", self.guard.page(self.listed), name=f"{PAGE}console-adapters")
        router.add_get("/adapters/{adapter}", self.guard.page(self.one), name=f"{PAGE}console-adapter")
        for path, act, change in (
            ("pause", OperatorAct.PAUSE_ADAPTER, self._pause),
            ("resume", OperatorAct.RESUME_ADAPTER, self._resume),
            ("withdraw", OperatorAct.WITHDRAW_ADAPTER, self._withdraw),
        ):
            handler = self.guard.post(self._doing(act, change))
            router.add_post(f"/adapters/{{adapter}}/{path}", handler, name=f"{PAGE}console-{act.value}")

    async def listed(self, visit: Visit) -> web.Response:
        """A page of adapters, all or those that the words are found in."""
        words, number = words_of(visit.request), page_of(visit.request)

        async def look(grant: OperatorGrant) -> AdaptersPage:
            return await self.seen.page(grant.countries, words, number)

        page = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_ADAPTERS, visit.id, look)
        measured = {each.state.name: self._measured(each.state.name) for each in page.adapters}
        return await self.guard.show(visit, "console/adapters.html", page=page, words=words, measured=measured)

    async def one(self, visit: Visit) -> web.Response:
        """An adapter with its versions and what happened to it."""
        name = visit.request.match_info["adapter"]

        async def look(grant: OperatorGrant) -> AdapterView:
            return _within(grant, await self.seen.find(name))

        about = {"adapter_name": name}
        found = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_ADAPTERS, visit.id, look, about=about)
        language = self.guard.pages.language(visit.request)
        return await self.guard.show(
            visit,
            "console/adapter.html",
            adapter=found,
            measured=self._measured(name),
            may=[act for act in ACTS if self.policy.allows(visit.operator, act, found.country)],
            times={each.number: moment(each.at.timestamp(), language) for each in found.events},
            made={each.version: moment(each.made_at.timestamp(), language) for each in found.versions},
            ends=moment(found.retires_at.timestamp(), language) if found.retires_at else "",
        )

    def _measured(self, name: str) -> Mapping[str, Measured]:
        """By version, as far as this worker has asked it."""
        adapter = self.routed.adapter(name)
        if adapter is None:
            return {}
        return {each.label.partition("@")[2]: Measured.of(each.tally) for each in adapter.versions}

    def _doing(self, act: OperatorAct, change: Change) -> Callable[[Visit, Fields], Awaitable[web.StreamResponse]]:
        async def do(visit: Visit, _fields: Fields) -> web.StreamResponse:
            found = await self.seen.find(visit.request.match_info["adapter"])
            actor = f"operator:{visit.operator.id}"

            async def work(grant: OperatorGrant) -> None:
                _within(grant, found)
                async with self.storage.writing() as connection:
                    await change(connection, found, actor)

            about = {"adapter_name": found.name}
            if version := found.canary if act is OperatorAct.WITHDRAW_ADAPTER else found.live:
                about["adapter"] = f"{found.name}@{version}"
            await self.guard.acts.perform(visit.operator, act, visit.id, work, country=found.country, about=about)
            return see(f"/console/adapters/{found.name}")

        return do

    async def _pause(self, connection: AsyncConnection, adapter: AdapterView, actor: str) -> None:
        await self.store.pause(connection, adapter.name, actor)

    async def _resume(self, connection: AsyncConnection, adapter: AdapterView, actor: str) -> None:
        await self.store.resume(connection, adapter.name, actor)

    async def _withdraw(self, connection: AsyncConnection, adapter: AdapterView, actor: str) -> None:
        if adapter.canary is None or not await self.store.withdraw(connection, adapter.name, adapter.canary, actor):
            raise Conflict("adapter_no_canary")


def _within(grant: OperatorGrant, found: AdapterView) -> AdapterView:
    """What is of another state is not there."""
    if not grant.holds_in(found.country):
        raise NotFound
    return found
