"""Documents on their way from the state to the person: the one that was recorded, whole, or none."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog

from gateway.applications.exchange import call_about
from gateway.applications.issued import Issued, IssuedDocuments
from gateway.applications.kept import Application
from gateway.applications.owned import find_owned
from gateway.applications.store import Store
from gateway.errors import BackendGarbled, CallerError, NotFound, TooManyRequests, Unavailable
from gateway.flow import Errand, Flow
from gateway.identity.principal import Principal
from gateway.policy.permit import Policy
from gateway.registry.route import Dossier
from gateway.schema.base import Frozen
from gateway.sdk.procedure import Download, Order, Procedure
from gateway.storage.engine import Storage

log = structlog.get_logger()

GIVING_SECONDS: Final = 120.0
MOST_AT_ONCE: Final = 2
"""Documents of one person under way at once, in each worker: each holds a place at the state's back gate."""
_SOON: Final = 3.0


class DocumentNotTrusted(BackendGarbled):
    """The document does not bear the signature that its state promises."""

    code = "document_not_trusted"


class DocumentChanged(BackendGarbled):
    """What the state sends now is not what was recorded when it was issued."""

    code = "document_changed"


class _Commitment(Frozen):
    """What the record commits to before anything leaves."""

    document: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Given:
    """A document on its way. ``parts`` ends with ``DocumentChanged`` instead of the last part of another document."""

    file_name: str
    size: int
    parts: AsyncIterator[bytes] = field(repr=False)


class Giving:
    """Gives people the documents that were issued to them."""

    def __init__(
        self,
        storage: Storage,
        store: Store,
        issued: IssuedDocuments,
        policy: Policy,
        flow: Flow,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._store = store
        self._issued = issued
        self._policy = policy
        self._flow = flow
        self._clock = clock
        self._under_way: Counter[str] = Counter()

    @property
    def under_way(self) -> int:
        """How many documents this worker is giving now."""
        return self._under_way.total()

    @asynccontextmanager
    async def open(
        self, principal: Principal, application: str, document: str, request_id: str
    ) -> AsyncIterator[Given]:
        """The person's own document while the context lasts; that it was given is sealed before its first byte.

        Raises ``NotFound``, ``Unavailable`` with ``document_not_ready`` until it was fetched and checked,
        ``DocumentNotTrusted``, ``TooManyRequests``, what policy raises, ``BackendError`` and ``SealingFailed``.
        """
        async with self._storage.reading() as connection:
            found = await find_owned(connection, self._store, principal, application)
        with self._place(principal):
            known = await self._known(principal, found, document, request_id)
            async with AsyncExitStack() as stack:
                download = await self._fetch(principal, known, found, request_id, stack)
                parts = _verified(download.parts, known, found)
                yield Given(f"{found.service}-{document}.pdf", known.size, parts)

    @contextmanager
    def _place(self, principal: Principal) -> Iterator[None]:
        if self._under_way[principal.subject] >= MOST_AT_ONCE:
            raise TooManyRequests(retry_after=_SOON)
        self._under_way[principal.subject] += 1
        try:
            yield
        finally:
            self._under_way[principal.subject] -= 1
            if not self._under_way[principal.subject]:
                del self._under_way[principal.subject]

    async def _known(self, principal: Principal, found: Application, document: str, request_id: str) -> Issued:
        """What was recorded of the document; a refusal is sealed before it is raised."""
        try:
            self._policy.admit(principal, found.service, found.particulars.purpose, "applications")
            known = await self._find(found, document)
            if known.signature == "invalid":
                raise DocumentNotTrusted(country=found.country.value)
        except (CallerError, DocumentNotTrusted) as problem:
            await self._flow.refuse(principal, found.service, request_id, problem)
            raise
        return known

    async def _find(self, found: Application, document: str) -> Issued:
        progress = found.standing.progress
        if document not in {each.id for each in (progress.documents if progress else ())}:
            raise NotFound
        async with self._storage.writing() as connection:
            await self._store.find(connection, found.id, to_change=True)
            # A state may add a document to what it has approved long ago.
            await self._issued.expect(connection, found.id, document, found.country, self._clock())
            known = await self._issued.find(connection, found.id, document)
        if known is None or known.signature == "waiting":
            raise Unavailable("document_not_ready", retry_after=_SOON)
        return known

    async def _fetch(
        self, principal: Principal, known: Issued, found: Application, request_id: str, stack: AsyncExitStack
    ) -> Download:
        """The document from the state, open for as long as the stack; sealed."""
        opened: list[Download] = []

        async def begin(procedure: Procedure[Any, Any], order: Order) -> _Commitment:
            opened.append(await stack.enter_async_context(procedure.open_document(order, known.document)))
            return _Commitment(document=known.document, size=known.size, digest=known.digest)

        call = call_about(found, request_id, GIVING_SECONDS)
        dossier = Dossier(found.reference, "", found.national_reference, seconds=GIVING_SECONDS)
        carried = await self._flow.carry(principal, call, Errand(found.id, "give_document", dossier, begin))
        if carried.problem:
            carried.problem.facts.setdefault("country", found.country.value)
            raise carried.problem
        return opened[0]


async def _verified(parts: AsyncIterator[bytes], known: Issued, found: Application) -> AsyncIterator[bytes]:
    """The parts, the last of them held back until all are known to be those of the recorded document."""
    digest, size, last = hashlib.sha256(), 0, b""
    async for part in parts:
        size += len(part)
        if size > known.size:
            break
        digest.update(part)
        if last:
            yield last
        last = part
    if (size, digest.hexdigest()) != (known.size, known.digest):
        log.error("document.changed", application=found.id, service=found.service, country=found.country.value)
        raise DocumentChanged(country=found.country.value)
    yield last
