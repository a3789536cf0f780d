"""How the items of one ask are fetched: the request that fits it, page by page, and details of each item."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from gateway.errors import BackendGarbled
from gateway.field_map.authentication import Authenticator
from gateway.field_map.checks import Checks
from gateway.field_map.judging import Judge
from gateway.field_map.kinds import Step
from gateway.field_map.model import Paging
from gateway.field_map.paths import Reader, Rows
from gateway.field_map.requests import Compiled
from gateway.field_map.scope import MOST_ITEMS, Fuel, Scope
from gateway.field_map.terms import Asked, Nothing
from gateway.sdk import Ask, Connection, Country, Response

LONGEST_CURSOR: Final = 512
LONGEST_VALUE: Final = 200

Item = dict[str, Any]
ReadT = TypeVar("ReadT")


@dataclass(frozen=True, slots=True)
class Fetched:
    """The items of an answer as they came, and whether they are all."""

    items: tuple[Item, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list goes on; ``read`` gives what says so, and ``says`` whether the answer has that member at all."""

    paging: Paging
    read: Reader
    says: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class MoreOfEach:
    """What is asked about each item."""

    value: Step
    request: Compiled
    about: Checks
    most: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One request of a map with what is to be done with its answer."""

    request: Compiled
    about: Checks
    items_about: Checks
    rows: Rows | None
    optional: bool
    pages: Pages | None
    details: MoreOfEach | None


@dataclass(frozen=True, slots=True)
class Part:
    """One document of an answer: its items, and where the rest begins."""

    items: Sequence[Item]
    following: str | int | None = None


class Fetcher:
    """Fetches by the plans of one map, the first of which fits an ask counting."""

    def __init__(
        self,
        plans: Sequence[Plan],
        judge: Judge,
        authenticator: Authenticator,
        connection: Connection,
        country: Country,
    ) -> None:
        self._plans = tuple(plans)
        self._judge = judge
        self._authenticator = authenticator
        self._connection = connection
        self._country = country

    async def fetch(self, ask: Ask) -> Fetched:
        """All that is found; nothing is sent for what the system could not know. Raises ``BackendError``."""
        asked = Asked(ask, self._country)
        try:
            plan = next((plan for plan in self._plans if plan.request.usable(asked)), None)
            if plan is None:
                return Fetched()
            items = await self._listed(plan, asked)
        except Nothing:
            return Fetched()
        return Fetched(tuple(items)) if plan.details is None else await self._in_full(plan.details, items, asked)

    async def _listed(self, plan: Plan, asked: Asked) -> list[Item]:
        items, seen, more = list[Item](), set[str | int](), dict[str, str]()
        paging = plan.pages.paging if plan.pages else None
        if paging is not None and paging.by == "page":
            more[paging.parameter] = str(paging.first)
        for number in range(1, (paging.most if paging else 1) + 1):
            part = await self._send(plan.request, asked, more, _reader_of(plan, asked, number))
            if part is None:
                # A list that had begun cannot suddenly not be there.
                if items:
                    raise BackendGarbled(reason="list_ended")
                return []
            items += part.items
            if len(items) > MOST_ITEMS:
                raise BackendGarbled(reason="too_many_items")
            if paging is None or part.following is None:
                return items
            if part.following in seen:
                raise BackendGarbled(reason="cursor_repeats")
            seen.add(part.following)
            more[paging.parameter] = str(part.following)
        raise BackendGarbled(reason="too_many_pages")

    async def _in_full(self, details: MoreOfEach, items: Sequence[Item], asked: Asked) -> Fetched:
        """The details of each item in its place, asked for side by side."""
        values = list(dict.fromkeys(_value(details.value, item, asked.ask) for item in items))
        wanted, turn = values[: details.most], asyncio.Semaphore(details.at_once)

        async def in_full(value: str) -> Item:
            about = Asked(asked.ask, self._country, value)
            async with turn:
                found = await self._send(details.request, about, {}, _details_reader(details, about))
            if found is None:
                raise BackendGarbled("backend_wrong_subject")
            return found

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(in_full(value)) for value in wanted]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return Fetched(tuple(task.result() for task in tasks), complete=len(wanted) == len(values))

    async def _send(
        self, request: Compiled, asked: Asked, more: dict[str, str], read: Callable[[Any], ReadT]
    ) -> ReadT | None:
        target, headers = request.target(asked, more), request.head(asked, self._judge.accept)
        gate, body = self._connection.gate(request.endpoint), request.content(asked)

        def judged(response: Response) -> ReadT | None:
            document = self._judge.document(response)
            return None if document is None else read(document)

        async def send(proof: Any) -> ReadT | None:
            return await gate.send(
                request.method,
                target,
                deadline=asked.ask.deadline,
                headers={**headers, **proof},
                body=body,
                read=judged,
            )

        return await self._authenticator.ask(asked.ask.deadline, send)


def _reader_of(plan: Plan, asked: Asked, number: int) -> Callable[[Any], Part]:
    """Reads one document of the plan's answer, inside the gate's guards; ``number`` counts its pages from one."""

    def read(document: Any) -> Part:
        scope = Scope(asked.ask, document, set(), Fuel())
        plan.about.hold(document, scope, asked)
        items = [document] if plan.rows is None else plan.rows(document, scope)
        if items is None:
            if not plan.optional:
                raise BackendGarbled(reason="no_list")
            items = []
        if len(items) > MOST_ITEMS or not all(type(item) is dict for item in items):
            raise BackendGarbled(reason="no_items")
        for item in items:
            plan.items_about.hold(item, Scope(asked.ask, item, set(), scope.fuel), asked)
        return Part(items, _following(plan.pages, document, number) if plan.pages else None)

    return read


def _details_reader(details: MoreOfEach, asked: Asked) -> Callable[[Any], Item]:
    def read(document: Any) -> Item:
        if type(document) is not dict:
            raise BackendGarbled(reason="no_items")
        details.about.hold(document, Scope(asked.ask, document, set(), Fuel()), asked)
        return document

    return read


def _following(pages: Pages, document: Any, number: int) -> str | int | None:
    """Where the next page begins, ``None`` after the last; a page that does not say so may have been cut short."""
    value = pages.read(document)
    if pages.paging.by == "page":
        if type(value) is not int or value < 0:
            raise BackendGarbled(reason="no_number_of_pages")
        return pages.paging.first + number if number < value else None
    if value is None and pages.says(document):
        return None
    if type(value) is int:
        return value
    if type(value) is not str or not 0 < len(value) <= LONGEST_CURSOR:
        raise BackendGarbled(reason="no_cursor")
    return value


def _value(step: Step, item: Item, ask: Ask) -> str:
    value = step(item, Scope(ask, item, set(), Fuel()))
    if type(value) is int:
        value = str(value)
    if type(value) is not str or not 0 < len(value) <= LONGEST_VALUE:
        raise BackendGarbled(reason="no_value")
    return value
