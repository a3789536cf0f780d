"""Wathq's register of companies as it speaks: JSON over HTTP, an ``apiKey`` header, 404 for what it does not know."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import quote

from adapters.saudi_arabia.values import nationality_code
from gateway.sdk import (
    Ask,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Country,
    Gate,
    IdentifierKind,
    NationalIdentifier,
    Response,
    read_json,
)

MOST_COMPANIES: Final = 24
"""How many companies of one person are shown; a longer list is noted in every record."""

AT_ONCE: Final = 6
"""How many companies of one person are asked for at the same time."""

_NUMBER: Final = re.compile(r"[0-9]{10}")
_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,15}")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})

Json = Mapping[str, Any]
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Register:
    """Companies as Wathq tells them, and whether they are all of those that were asked for."""

    companies: tuple[Json, ...] = ()
    complete: bool = True


class Wathq:
    """The client of Wathq's commercial registration service."""

    def __init__(self, gate: Gate, api_key: str) -> None:
        self._gate = gate
        self._headers = {"apiKey": api_key, "Accept": "application/json"}

    async def of_number(self, number: str, ask: Ask) -> Register:
        """The company of that number; what cannot be a Saudi number, ten digits, is none and not asked for."""
        if not _NUMBER.fullmatch(number):
            return Register()
        company = await self._company(number, ask)
        return Register((company,) if company else ())

    async def of_person(self, ask: Ask) -> Register:
        """The companies that the subject owns or manages, each in full, asked for side by side."""
        numbers = await self._related(ask)
        wanted, turn = numbers[:MOST_COMPANIES], asyncio.Semaphore(AT_ONCE)

        async def in_full(number: str) -> Json:
            async with turn:
                company = await self._company(number, ask)
            if company is None or not names(company, ask.subject):
                raise BackendGarbled("backend_wrong_subject")
            return company

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(in_full(number)) for number in wanted]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return Register(tuple(task.result() for task in tasks), complete=len(wanted) == len(numbers))

    async def _company(self, number: str, ask: Ask) -> Json | None:
        def read(document: Json) -> Json:
            if number not in (document["crNumber"], document["crNationalNumber"]):
                raise BackendGarbled("backend_wrong_subject")
            return document

        return await self._get(f"/commercial-registration/fullinfo/{number}?language={ask.language}", ask, read)

    async def _related(self, ask: Ask) -> list[str]:
        """The numbers of the companies that the subject has to do with."""
        subject, kind = ask.subject, identity_kind(ask.subject)

        def read(document: Json) -> list[str]:
            if part(document, "identity")["id"] != subject.value:
                raise BackendGarbled("backend_wrong_subject")
            return list(dict.fromkeys(_number(row["crNumber"]) for row in rows(document, "related")))

        path = f"/commercial-registration/related/{quote(subject.value, safe='')}/{kind}?language={ask.language}"
        if subject.country is not Country.SA:
            path += f"&nationality={nationality_code(subject.country)}"
        return await self._get(path, ask, read) or []

    async def _get(self, path: str, ask: Ask, read: Callable[[Json], ResultT]) -> ResultT | None:
        def judged(response: Response) -> ResultT | None:
            document = _document(response)
            return None if document is None else read(document)

        return await self._gate.send("GET", path, deadline=ask.deadline, headers=self._headers, read=judged)


def identity_kind(subject: NationalIdentifier) -> str:
    """How Wathq calls the kind of identity; all but the first are made up after its pattern."""
    if subject.country is not Country.SA:
        return "GCC_ID"
    return "Resident_ID" if subject.kind is IdentifierKind.resident_id else "National_ID"


def names(company: Json, subject: NationalIdentifier) -> bool:
    """Whether the company names the subject among its parties or managers."""
    people = (*rows(company, "parties"), *rows(part(company, "management"), "managers"))
    return any(part(person, "identity").get("id") == subject.value for person in people)


def part(of: Json, name: str) -> Json:
    """The object of that name, empty where there is none; raises ``ValueError`` where it is no object."""
    found = of.get(name)
    if found is None:
        return _NOTHING
    if not isinstance(found, dict):
        raise ValueError(f"{name} is not an object")
    return found


def rows(of: Json, name: str) -> Sequence[Json]:
    """The list of objects of that name, empty where there is none; raises ``ValueError`` where it is no such list."""
    found = of.get(name)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError(f"{name} is not a list of objects")
    return found


def _number(value: object) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise BackendGarbled
    return value


def _document(response: Response) -> Json | None:
    """The object that was answered, ``None`` where there is no such thing; runs inside the gate's guards."""
    if response.status >= 500:
        raise BackendDown
    if not response.headers.get("content-type", "").startswith("application/json"):
        raise BackendGarbled
    document = read_json(response.body)
    if not isinstance(document, dict):
        raise BackendGarbled
    if response.status == 200:
        return document
    code = document.get("code")
    if not (400 <= response.status < 500 and isinstance(code, str) and _CODE.fullmatch(code)):
        raise BackendGarbled
    if response.status == 404:
        return None
    raise BackendRefused(reason=code)
