"""What a host does with a verified request: it asks its room, and says what the room says."""

import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any, Final

from gateway.adapter_host import protocol
from gateway.adapter_host.door import Call, Operation, Refused, Reply
from gateway.adapter_host.files import Files, FilesFull
from gateway.adapter_host.messages import digest_field
from gateway.adapter_host.problems import FILES_MISSING
from gateway.adapter_host.protocol import (
    MOST_BODY,
    MOST_DOCUMENT,
    PDF,
    About,
    Act,
    FileNote,
    Question,
    Stored,
    Submission,
    Tracking,
)
from gateway.adapter_host.signatures import SignatureRefused
from gateway.errors import BackendGarbled
from gateway.schema.country import Country
from gateway.schema.records import records_as_json
from gateway.schema.source import Source
from gateway.sdk.adapter import Ask, Lookup
from gateway.sdk.asking import records_of
from gateway.sdk.procedure import Action, Attachment, Download, Order, Procedure

_IN_MEMORY: Final = 1_048_576
_MEDIA_TYPES: Final = ("application/pdf", "image/jpeg", "image/png")

Exchange = Callable[[Procedure[Any, Any], Order], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Desk:
    """One room's lookups and procedures, by service. ``callback_url`` is where its national system may call back."""

    about: About
    lookups: Mapping[str, Lookup[Any, Any]]
    procedures: Mapping[str, Procedure[Any, Any]]
    files: Files
    callback_url: str = ""

    def operations(self) -> Sequence[Operation]:
        """Everything that the protocol has, but for health, which needs no signature."""
        applications = "/applications/{service}"
        return (
            Operation("about", "GET", "/about", self._about),
            Operation("lookup", "POST", "/lookups/{service}", self._lookup),
            Operation("file", "PUT", applications + "/files/{reference}/{digest}", self._file),
            Operation("submit", "POST", applications + "/submit", self._submit),
            Operation("track", "POST", applications + "/track", self._track),
            Operation("act", "POST", applications + "/act", self._act),
            Operation("document", "POST", applications + "/documents/{document}", self._document),
        )

    async def _about(self, call: Call) -> Reply:
        return Reply.of(self.about.model_dump_json().encode())

    async def _lookup(self, call: Call) -> Reply:
        lookup = self.lookups.get(call.named["service"])
        if lookup is None:
            raise _unknown_service()
        question, document = await call.body(Question)
        self._check(question.source)
        ask = Ask(
            service=call.named["service"],
            country=question.source.country,
            subject=question.subject,
            inputs=_inputs(document),
            purpose=question.purpose,
            language=question.language,
            reference=question.reference,
            deadline=call.deadline,
            source=question.source,
        )
        records = await records_of(lookup, ask)
        body = b'{"records":' + records_as_json(records) + b"}"
        if len(body) > MOST_BODY:
            raise BackendGarbled("backend_too_large")
        return Reply.of(body, outcome="ok" if records else "none")

    async def _file(self, call: Call) -> Reply:
        self._procedure(call)
        reference, digest = call.named["reference"], call.named["digest"]
        if call.request.headers["Content-Type"] not in _MEDIA_TYPES:
            raise Refused(415, "media_type", f"a file is one of {', '.join(_MEDIA_TYPES)}")
        try:
            size, seen = await self.files.receive(reference, digest, call.parts(protocol.MOST_FILE))
        except FilesFull as problem:
            raise Refused(503, "host_busy") from problem
        try:
            call.verified.check_digest(digest_field(bytes.fromhex(seen)))
        except SignatureRefused as problem:
            self.files.drop(reference, [digest])
            raise Refused(401, problem.code, str(problem)) from problem
        if seen != digest:
            self.files.drop(reference, [digest])
            raise Refused(422, "file_digest", "the digest in the path is not the file's")
        return Reply.of(Stored(digest=seen, size=size).model_dump_json().encode())

    async def _submit(self, call: Call) -> Reply:
        submission, document = await call.body(Submission)
        reference = submission.order.reference
        try:
            files = self._attachments(reference, submission.files)
            order = self._order(call, submission.order, document, files)
            return await self._exchange(call, order, lambda procedure, order: procedure.submit(order))
        finally:
            self.files.drop(reference, [each.digest for each in submission.files])

    async def _track(self, call: Call) -> Reply:
        tracking, document = await call.body(Tracking)
        order = self._order(call, tracking.order, document)
        return await self._exchange(call, order, lambda procedure, order: procedure.track(order))

    async def _act(self, call: Call) -> Reply:
        act, document = await call.body(Act)
        order = self._order(call, act.order, document)
        try:
            action = Action(act.kind, act.reference, act.values, self._attachments(order.reference, act.files))
            return await self._exchange(call, order, lambda procedure, order: procedure.act(order, action))
        finally:
            self.files.drop(order.reference, [each.digest for each in act.files])

    async def _document(self, call: Call) -> Reply:
        """The document, written down first: its digest is signed before its first byte leaves."""
        procedure = self._procedure(call)
        tracking, document = await call.body(Tracking)
        order = self._order(call, tracking.order, document)
        with ExitStack() as stack:
            file = stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self.files.folder)))
            async with procedure.open_document(order, call.named["document"]) as download:
                size, digest = await _written_down(download, file)
            file.seek(0)
            # From here on it is closed by whoever sends it.
            stack.pop_all()
            return Reply(200, PDF, b"", digest, file=file, size=size)

    async def _exchange(self, call: Call, order: Order, ask: Exchange) -> Reply:
        procedure = self._procedure(call)
        progress = procedure.normalise(await ask(procedure, order), order)
        return Reply.of(progress.model_dump_json().encode())

    def _procedure(self, call: Call) -> Procedure[Any, Any]:
        found = self.procedures.get(call.named["service"])
        if found is None:
            raise _unknown_service()
        return found

    def _order(
        self,
        call: Call,
        order: protocol.Order,
        document: Mapping[str, Any],
        files: tuple[Attachment, ...] = (),
    ) -> Order:
        self._check(order.source)
        return Order(
            service=call.named["service"],
            country=order.source.country,
            subject=order.subject,
            inputs=_inputs(document["order"]),
            purpose=order.purpose,
            language=order.language,
            reference=order.reference,
            call=order.call,
            callback_url=self.callback_url,
            deadline=call.deadline,
            source=order.source,
            national_reference=order.national_reference,
            attachments=files,
        )

    def _attachments(self, reference: str, notes: Sequence[FileNote]) -> tuple[Attachment, ...]:
        found = [self.files.attachment(reference, note.name, note.media_type, note.size, note.digest) for note in notes]
        if None in found:
            raise Refused(409, FILES_MISSING, "put every file before the application")
        return tuple(each for each in found if each is not None)

    def _check(self, source: Source) -> None:
        """A question to another state was sent to the wrong host."""
        if source.country != Country(self.about.country):
            raise Refused(422, "wrong_country", f"this host speaks for {self.about.country.value}")


async def _written_down(download: Download, file: IO[bytes]) -> tuple[int, str]:
    """Size and digest of the document, once it is in ``file``."""
    seen, size = sha256(), 0
    if download.media_type != PDF:
        raise BackendGarbled(reason="document_type")
    async for part in download.parts:
        size += len(part)
        if size > MOST_DOCUMENT:
            raise BackendGarbled("backend_too_large")
        seen.update(part)
        file.write(part)
    return size, digest_field(seen.digest())


def _inputs(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs with numbers as they were written, which the schema reads as binary floating point."""
    return dict(document["inputs"])


def _unknown_service() -> Refused:
    return Refused(404, "service_unknown", "this host does not give that service; GET /about lists those it gives")
