"""``Idempotency-Key``: what was done once is answered again, and not done again."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson
from aiohttp import web
from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import BadRequest, Conflict, InvalidInput
from gateway.identity.vault import Finder, Vault
from gateway.schema.base import Frozen
from gateway.storage.application_tables import idempotency_keys
from gateway.storage.engine import Storage
from gateway.storage.together import put
from gateway.web.body import as_json

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEPT_SECONDS: Final = 86_400
TIDIED_SECONDS: Final = 60
CODES: Final = (
    (400, "idempotency_key_missing"),
    (400, "idempotency_key_format"),
    (422, "idempotency_key_reused"),
)

# A structured-field string, or the same characters without the quotes, as most clients send it.
_KEY: Final = re.compile(r'"([!#-\[\]-~]{8,255})"|([!#-\[\]-~]{8,255})')


_OF_KEY: Final = select(idempotency_keys).where(idempotency_keys.c.key_hash == bindparam("key"))
_EXPIRED: Final = delete(idempotency_keys).where(idempotency_keys.c.expires_at <= bindparam("moment"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the HTTP status, the address of what was made, and the document."""

    status: int
    location: str
    document: bytes

    def response(self, *, replayed: bool) -> web.Response:
        """As it leaves; a replayed answer says that it is one."""
        headers = {"Location": self.location} if self.location else {}
        if replayed:
            headers[REPLAYED] = "true"
        return web.Response(status=self.status, body=self.document, content_type="application/json", headers=headers)


Remember = Callable[[AsyncConnection, Frozen], Awaitable[None]]
Work = Callable[[Remember], Awaitable[Frozen]]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request as it is remembered: whose key, of what request, and how its answer is made."""

    key_hash: str
    body_hash: str
    status: int
    location: Callable[[Frozen], str]


class _Tidied:
    """When this worker last forgot what was over."""

    def __init__(self) -> None:
        self._last = 0

    def due(self, moment: int) -> bool:
        """Whether it is time again; whoever hears so is to do it."""
        if moment < self._last + TIDIED_SECONDS * 1_000_000:
            return False
        self._last = moment
        return True


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Answers are kept for a day, sealed, in the transaction that does the work: both are durable, or neither."""

    storage: Storage
    vault: Vault
    finder: Finder
    clock: Callable[[], float] = time.time
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _tidied: _Tidied = field(default_factory=_Tidied)

    def ticket(
        self,
        request: web.Request,
        person: str,
        document: Mapping[str, Any],
        status: int,
        location: Callable[[Frozen], str] = lambda _: "",
        key: str = "",
    ) -> Ticket:
        """The request's ticket; raises ``BadRequest`` where it brings no key, several, or one that cannot be one.

        ``key`` is the one of a form, which sends no headers.
        """
        key = key or read_key(request)
        body = hashlib.sha256(as_json(document, orjson.OPT_SORT_KEYS)).hexdigest()
        return Ticket(
            self.finder.of("idempotency key", person, key),
            self.finder.of("idempotent body", request.method, request.path, body),
            status,
            location,
        )

    async def once(self, ticket: Ticket, work: Work) -> web.Response:
        """The answer of ``work``, or the kept one where it was done before.

        ``work`` is handed what it must run inside its transaction. Raises ``InvalidInput`` where the key was used for
        another request, and what ``work`` raises, after which the key is as good as new.
        """
        if self._tidied.due(self._now()):
            await self._forget()
        async with self._turn(ticket.key_hash):
            if kept := await self._kept(ticket):
                return kept.response(replayed=True)
            try:
                made = await work(lambda connection, view: self._remember(connection, ticket, view))
            except (IntegrityError, Conflict):
                # Another worker was quicker with the same key: everything of ours is undone, or not possible any more.
                if kept := await self._kept(ticket):
                    return kept.response(replayed=True)
                raise
            return self._answer(ticket, made).response(replayed=False)

    @asynccontextmanager
    async def _turn(self, key_hash: str) -> AsyncIterator[None]:
        """One request of a key at a time on this worker; the database sees to those of others."""
        lock = self._turns.setdefault(key_hash, asyncio.Lock())
        async with lock:
            yield

    async def _kept(self, ticket: Ticket) -> Answer | None:
        async with self.storage.glancing() as connection:
            row = (await connection.execute(_OF_KEY, {"key": ticket.key_hash})).one_or_none()
        if row is None:
            return None
        if row.expires_at <= self._now():
            await self._forget()
            return None
        if row.body_hash != ticket.body_hash:
            raise InvalidInput("idempotency_key_reused", field=HEADER)
        location, _, document = self.vault.open(row.sealed, _context(ticket)).partition(b"\n")
        return Answer(row.status, location.decode(), document)

    async def _remember(self, connection: AsyncConnection, ticket: Ticket, view: Frozen) -> None:
        answer = self._answer(ticket, view)
        row = {
            "key_hash": ticket.key_hash,
            "body_hash": ticket.body_hash,
            "status": answer.status,
            "sealed": self.vault.seal(answer.location.encode() + b"\n" + answer.document, _context(ticket)),
            "expires_at": self._now() + KEPT_SECONDS * 1_000_000,
        }
        await put(connection, idempotency_keys, row)

    async def _forget(self) -> None:
        """Forgets every answer whose day is over, in a transaction of its own: requests do not wait for each other."""
        async with self.storage.writing() as connection:
            await connection.execute(_EXPIRED, {"moment": self._now()})

    @staticmethod
    def _answer(ticket: Ticket, view: Frozen) -> Answer:
        return Answer(ticket.status, ticket.location(view), view.model_dump_json().encode())

    def _now(self) -> int:
        return int(self.clock() * 1_000_000)


def read_key(request: web.Request) -> str:
    """The key of the request; raises ``BadRequest``."""
    given = request.headers.getall(HEADER, [])
    if not given:
        raise BadRequest("idempotency_key_missing", field=HEADER)
    found = _KEY.fullmatch(given[0].strip())
    if len(given) > 1 or found is None:
        raise BadRequest("idempotency_key_format", field=HEADER)
    return found[1] or found[2]


def _context(ticket: Ticket) -> str:
    return f"idempotency {ticket.key_hash}"
