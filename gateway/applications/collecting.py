"""Fetches each document once when it was issued, to know it again: its digest, its size, whose signature it bears."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, cast

import structlog

from gateway.applications.exchange import call_about
from gateway.applications.file_types import Inspector
from gateway.applications.hooks import Watch
from gateway.applications.issued import Issued, IssuedDocuments, Signature
from gateway.applications.kept import Application
from gateway.applications.lanes import LaneLimits, Lanes
from gateway.applications.settling import Backoff
from gateway.applications.store import Store
from gateway.errors import BackendGarbled, InvalidInput, SealingFailed
from gateway.flow import Carried, Errand, Flow
from gateway.registry.registry import Registry
from gateway.registry.route import Dossier
from gateway.schema.application import ResultDocument
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.sdk.procedure import Download, Order, Procedure
from gateway.storage.engine import Storage

log = structlog.get_logger()

LARGEST_DOCUMENT: Final = 20_971_520
FETCH_SECONDS: Final = 60.0
_LEASE: Final = timedelta(seconds=2 * FETCH_SECONDS)


class Collected(Frozen):
    """What the record commits to, once the document was seen."""

    document: str
    size: int
    digest: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class Collection:
    """A document that was claimed, and the application that it is of."""

    issued: Issued
    application: Application


class Collector:
    """Looks at every document once. What cannot be fetched is tried again, ever more slowly, until it can be."""

    def __init__(
        self,
        storage: Storage,
        store: Store,
        issued: IssuedDocuments,
        flow: Flow,
        registry: Registry,
        watch: Watch,
        lanes: LaneLimits,
        backoff: Backoff,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._store = store
        self._issued = issued
        self._flow = flow
        self._registry = registry
        self._watch = watch
        self._backoff = backoff
        self._clock = clock
        self.lanes: Lanes[Collection] = Lanes("documents", lanes, clock, self._next_due, self._claim, self.collect)

    async def _next_due(self) -> Mapping[Country, datetime]:
        async with self._storage.reading() as connection:
            return await self._issued.next_due(connection)

    async def _claim(self, country: Country, most: int) -> Sequence[Collection]:
        async with self._storage.writing() as connection:
            found = await self._issued.claim(connection, country, most, self._clock(), _LEASE)
            applications = await self._store.find_all(connection, [each.application for each in found])
            # What cannot be read comes again when its lease has ended, and keeps no other waiting.
            return [Collection(each, owner) for each in found if (owner := applications.get(each.application))]

    async def collect(self, collection: Collection) -> None:
        """Fetches one document and writes down what was found."""
        issued, application = collection.issued, collection.application
        progress = application.standing.progress
        document = next((each for each in progress.documents if each.id == issued.document), None) if progress else None
        if document is None:
            await self._put_off(collection, "document_gone")
            return
        try:
            carried = await self._carry(application, document)
        except SealingFailed as problem:
            await self._put_off(collection, problem.code)
            return
        if carried.said is None:
            await self._put_off(collection, carried.problem.code if carried.problem else "unknown")
            return
        await self._settle(collection, carried.said, carried.receipt.id)

    async def _carry(self, application: Application, document: ResultDocument) -> Carried[Collected]:
        room = self._registry.room_of(application.service, application.country)
        certificates = room.system.documents_certificate if room else None

        async def look(procedure: Procedure[Any, Any], order: Order) -> Collected:
            if document.signed and not certificates:
                # An operator's omission, which more tries do not mend, but the operator may between two of them.
                raise BackendGarbled("document_not_trusted")
            async with procedure.open_document(order, document.id) as download:
                with cast("BinaryIO", TemporaryFile()) as file:
                    size, digest = await _receive(download, file)
                    signature = await self._judge(file, document, certificates or "")
            return Collected(document=document.id, size=size, digest=digest, signature=signature)

        call = call_about(application, f"document-{secrets.token_hex(8)}", FETCH_SECONDS)
        dossier = Dossier(application.reference, "", application.national_reference, seconds=FETCH_SECONDS)
        errand = Errand(application.id, "document", dossier, look)
        return await self._flow.carry(application.particulars.applicant.principal(), call, errand)

    async def _judge(self, file: BinaryIO, document: ResultDocument, certificates: str) -> Signature:
        if not document.signed:
            return "unsigned"
        file.seek(0)
        # The library of signatures takes nine megabytes, which a worker that checks none can do without.
        from gateway.applications.signatures import is_signed

        return "valid" if await is_signed(file, certificates, self._clock()) else "invalid"

    async def _settle(self, collection: Collection, found: Collected, entry: str) -> None:
        async with self._storage.writing() as connection:
            await self._issued.settle(
                connection, collection.issued, found.size, found.digest, found.signature, self._clock(), entry
            )
        if found.signature == "invalid":
            application = collection.application
            self._watch.document_refused(application.service, application.country)
            log.error("document.not_trusted", **_facts(collection))

    async def _put_off(self, collection: Collection, code: str) -> None:
        due = self._clock() + self._backoff.after(collection.issued.attempts + 1)
        async with self._storage.writing() as connection:
            await self._issued.put_off(connection, collection.issued, due)
        log.warning("document.not_fetched", code=code, **_facts(collection))


async def _receive(download: Download, file: BinaryIO) -> tuple[int, str]:
    """Size and digest of the document, which is in the file; raises ``BackendGarbled`` where it is none."""
    if download.media_type != "application/pdf":
        raise BackendGarbled(reason="media_type")
    inspector, digest, size = Inspector("application/pdf"), hashlib.sha256(), 0
    try:
        async for part in download.parts:
            size += len(part)
            if size > LARGEST_DOCUMENT:
                raise BackendGarbled("backend_too_large")
            inspector.feed(part)
            digest.update(part)
            file.write(part)
        inspector.finish()
    except InvalidInput as problem:
        raise BackendGarbled(reason="not_a_pdf") from problem
    if download.size not in (None, size):
        raise BackendGarbled("backend_cut_off")
    return size, digest.hexdigest()


def _facts(collection: Collection) -> Mapping[str, str]:
    application = collection.application
    return {
        "application": application.id,
        "service": application.service,
        "country": application.country.value,
        "agency": application.agency,
    }
