"""A stand-in of Oman's batch system: it takes signed rows and has their result files ready a moment later."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest, digest
from typing import ClassVar

from aiohttp import web

from adapters.oman import sandbox_files as files
from adapters.oman.sandbox_applications import IntakeFolder
from gateway.sdk import BackendGarbled, Country, read_csv
from gateway.sdk import sandbox as kit

CSV = "text/csv; charset=utf-8"
READY_AFTER = 0.03
"""Seconds from a dropped row to its file."""

KEPT = 1000
_MORE_THAN_A_DAY = timedelta(hours=30)


@dataclass
class Batch:
    """A row that was dropped; ``file`` is its result, once somebody has asked for it."""

    service: str
    civil_number: str
    nationality: str
    registration: str
    ready_at: float
    body: bytes
    file: kit.Reply | None = None


class Sandbox(kit.Sandbox):
    """Answers to whom it knows by key and signature; a batch is the same however often it is dropped or fetched."""

    name: ClassVar[str] = "oman"
    country: ClassVar[Country] = Country.OM

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        return {"client_key": secrets.token_urlsafe(12), "signing_secret": secrets.token_urlsafe(32)}

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        return {"batches": url}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        self.ready_after = READY_AFTER
        self.batches: dict[str, Batch] = {}
        self.references: dict[str, str] = {}
        self._services: Mapping[str, tuple[str, Callable[[Batch, files.Pen], files.Rows | None]]] = {
            "CS-PERSON": ("ROP-CS", self._person),
            "TR-FINES": ("ROP-TR", self._fines),
            "CR-ENTRIES": ("MOCIIP", self._entries),
            "PF-MONTHS": ("SPF", self._months),
        }
        router.add_post("/batches", self._drop)
        router.add_get("/batches/{batch}", self._fetch)
        self.intake = IntakeFolder(self, self._is_signed, READY_AFTER)
        self.intake.add_routes(router)

    async def _drop(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._is_signed(request, body):
            return web.Response(status=401)
        try:
            ((reference, service, *fields),) = read_csv(body)
            civil_number, nationality, registration = fields
        except (BackendGarbled, ValueError):
            return web.Response(status=400)
        if service not in self._services or not reference:
            return web.Response(status=400)
        batch = self.references.get(reference)
        if batch is None:
            ready_at = time.monotonic() + self.ready_after
            batch = self.keep(reference, Batch(service, civil_number, nationality, registration, ready_at, body))
        elif self.batches[batch].body != body:
            return web.Response(status=409)
        return web.Response(status=202, headers={"Location": f"/batches/{batch}"})

    async def _fetch(self, request: web.Request) -> web.Response:
        if not self._is_signed(request, request.path.encode()):
            return web.Response(status=401)
        batch = self.batches.get(request.match_info["batch"])
        if batch is None:
            return web.Response(status=404)
        if time.monotonic() < batch.ready_at:
            return web.Response(status=202)
        if batch.file is None:
            batch.file = files.stamped(self.answer(kit.Reply(200, CSV, self._compose(batch))), self.clock())
        return batch.file.response()

    def _is_signed(self, request: web.Request, signed: bytes) -> bool:
        key, signature = (request.headers.get(name, "").encode() for name in ("X-Client-Key", "X-Signature"))
        expected = digest(self.secrets["signing_secret"].encode(), signed, "sha256").hex().encode()
        known = compare_digest(key, self.secrets["client_key"].encode())
        return compare_digest(signature, expected) and known

    def keep(self, reference: str, batch: Batch) -> str:
        """Remembers the batch under a new name, and forgets the oldest ones."""
        name = secrets.token_urlsafe(16)
        self.batches[name], self.references[reference] = batch, name
        while len(self.references) > KEPT:
            self.batches.pop(self.references.pop(next(iter(self.references))))
        return name

    def _compose(self, batch: Batch) -> bytes:
        agency, find = self._services[batch.service]
        pen = files.Pen(batch.registration or batch.civil_number)
        rows, as_of = find(batch, pen), self._as_of(batch)
        if rows is None:
            return files.error(agency, as_of, "NF001", "لا توجد بيانات مطابقة")
        return files.file(agency, as_of, rows, pen)

    def _as_of(self, batch: Batch) -> datetime:
        """A few minutes ago; of one resident in five the copy is older than a day."""
        someone = self.population.person(batch.civil_number)
        old = someone is not None and someone.standing == "resident" and int(someone.identifier) % 5 == 0
        return self.clock() - (_MORE_THAN_A_DAY if old else files.FEW_MINUTES)

    def _known(self, batch: Batch) -> bool:
        """Whether the person is known here in the way that the row says: by civil number, or as a Gulf citizen."""
        someone = self.population.person(batch.civil_number)
        if someone is None:
            return False
        home = someone.home
        return batch.nationality == ("" if home is Country.OM else home.facts.numeric)

    def _person(self, batch: Batch, pen: files.Pen) -> files.Rows | None:
        someone = self.person(batch.civil_number)
        return files.person(someone, pen) if someone and self._known(batch) else None

    def _fines(self, batch: Batch, pen: files.Pen) -> files.Rows | None:
        found = self.fines(batch.civil_number)
        return files.fines(found, self.population, pen) if self._known(batch) else None

    def _entries(self, batch: Batch, pen: files.Pen) -> files.Rows | None:
        if batch.registration:
            company = self.company(batch.registration)
            return files.entries([company], self.population, pen) if company else None
        found = self.companies(batch.civil_number)
        return files.entries(found, self.population, pen) if self._known(batch) else None

    def _months(self, batch: Batch, pen: files.Pen) -> files.Rows | None:
        found = self.contributions(batch.civil_number)
        return files.months(found, self.population, pen) if self._known(batch) else None
