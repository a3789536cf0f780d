"""The desk of the stand-in's bus: requests are booked once, decided in time, and their files kept beside it."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from adapters.saudi_arabia.operations import ATTACHMENT, DOWNLOAD, ITEM, SUBMIT, UPDATE, UPLOAD
from adapters.saudi_arabia.sandbox_bus import Message, Refused
from adapters.saudi_arabia.sandbox_decisions import KINDS, Kind, decision, document_id, issued, payment_page
from adapters.saudi_arabia.sandbox_writing import code_of
from adapters.saudi_arabia.soap import element
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

TICKETS: Final = frozenset({UPLOAD, DOWNLOAD})
"""The operations that only open the store of files."""

_OURS: Final = frozenset(
    {"chargeCode", "userName", "password", "referenceNumber", "id", "nationality", "requesterReference", "requestType"}
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that may be brought once."""

    reference: str
    file: kit.File


class RequestDesk:
    """What ``Requests4Bawaba`` answers, from the books of the stand-in."""

    def __init__(self, sandbox: kit.Sandbox) -> None:
        self._sandbox = sandbox
        self._announced: dict[str, Announced] = {}
        self._stored: dict[tuple[str, str], kit.File] = {}
        self._to_fetch: dict[str, kit.Dossier] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The store of files, and the page where bills are paid."""
        router.add_put("/services/files/{ticket}", self._take)
        router.add_get("/services/files/{ticket}", self._give)
        router.add_get("/bills/{number}", self._show_bill)
        router.add_post("/bills/{number}", self._pay_bill)

    def content(self, message: Message, origin: str) -> str:
        """The elements of a request's result, which says where it stands; raises ``Refused``."""
        if message.operation is SUBMIT:
            dossier = self._submit(message)
        else:
            dossier = self._find(message.values)
            if message.operation is UPDATE:
                self._update(dossier, message)
        person = self._sandbox.person(dossier.identifier)
        if person is None:
            raise Refused("150")
        fines = self._sandbox.population.fines(dossier.identifier)
        return decision(dossier, person, fines, self._sandbox.clock(), f"{origin}/bills/{dossier.number}")

    def ticket(self, message: Message) -> str:
        """The elements of a ticket's result; raises ``Refused``."""
        ticket, asked = secrets.token_urlsafe(24), message.values
        if message.operation is UPLOAD:
            size, digest, name = asked.get("fileSize", ""), asked.get("fileDigest", ""), asked.get("attachmentName", "")
            if not (size.isdecimal() and len(digest) == 64 and name and asked.get("requesterReference")):
                raise Refused("400")
            file = kit.File(name, asked.get("mediaType", ""), int(size), digest)
            self._announced[ticket] = Announced(asked["requesterReference"], file)
            return element("ticket", ticket)
        dossier = self._find(asked)
        stage, _ = dossier.stage(self._sandbox.clock())
        if stage != "approved" or asked.get("documentId") != document_id(dossier):
            raise Refused("154")
        self._to_fetch[ticket] = dossier
        return element("ticket", ticket)

    # --- requests

    def _submit(self, message: Message) -> kit.Dossier:
        asked = message.values
        kind, reference = KINDS.get(asked.get("requestType", "")), asked.get("requesterReference", "")
        if kind is None or not reference or any(not asked.get(name) for name in kind.needed):
            raise Refused("400")
        identifier = self._applicant(asked)
        fields = {name: value for name, value in asked.items() if name not in _OURS}
        known = self._sandbox.desk.find(reference)
        if known and (known.service, known.identifier, known.fields) != (kind.service, identifier, fields):
            raise Refused("153")
        files = self._files(reference, message.rows.get(ATTACHMENT, ()))
        return self._booked(kind, reference, identifier, fields, files)

    def _booked(
        self, kind: Kind, reference: str, identifier: str, fields: Mapping[str, str], files: Sequence[kit.File]
    ) -> kit.Dossier:
        dossier = self._sandbox.desk.submit(reference, kind.service, identifier, fields)
        for file in files:
            self._sandbox.desk.attach(dossier, file)
        return dossier

    def _update(self, dossier: kit.Dossier, message: Message) -> None:
        desk, action = self._sandbox.desk, message.values.get("actionReference", "")
        if not action:
            raise Refused("400")
        match message.values.get("actionCode"):
            case "COMPLETE":
                for file in self._files(dossier.reference, message.rows.get(ATTACHMENT, ())):
                    desk.attach(dossier, file)
                items = message.rows.get(ITEM, ())
                desk.supply(dossier, action, {item["requirementCode"]: item["value"] for item in items})
            case "CANCEL":
                desk.withdraw(dossier, action)
            case "CONFIRM_PAYMENT":
                # Whether a bill is paid is known here already; saying so changes nothing.
                dossier.actions.add(action)
            case _:
                raise Refused("400")

    def _find(self, asked: Mapping[str, str]) -> kit.Dossier:
        """The request that is meant, if it is that applicant's."""
        reference = asked.get("requesterReference", "")
        dossier = self._sandbox.desk.find(asked.get("requestNumber") or reference)
        if dossier is None or (dossier.reference, dossier.identifier) != (reference, self._applicant(asked)):
            raise Refused("151")
        return dossier

    def _applicant(self, asked: Mapping[str, str]) -> str:
        """The number of somebody who is known here in the way that the request says."""
        person = self._sandbox.population.person(asked.get("id", ""))
        if person is None:
            raise Refused("150")
        state = "" if person.home is Country.SA else code_of(person.home)
        if asked.get("nationality", "") != state:
            raise Refused("150")
        return person.identifier

    def _files(self, reference: str, rows: Sequence[Mapping[str, str]]) -> Sequence[kit.File]:
        """The files that a request refers to, each of which must have been brought as it says."""
        files = [self._stored.get((reference, row.get("attachmentName", ""))) for row in rows]
        brought = [file for file in files if file is not None]
        if [file.digest for file in brought] != [row.get("fileDigest") for row in rows]:
            raise Refused("152")
        return brought

    # --- the store of files

    async def _take(self, request: web.Request) -> web.Response:
        announced = self._announced.pop(request.match_info["ticket"], None)
        if announced is None:
            return web.Response(status=404)
        digest, size, file = hashlib.sha256(), 0, announced.file
        async for part in request.content.iter_chunked(65_536):
            digest.update(part)
            size += len(part)
        if (size, digest.hexdigest(), request.content_type) != (file.size, file.digest, file.media_type):
            return web.Response(status=422)
        self._stored[announced.reference, file.name] = file
        return web.Response(status=201)

    async def _give(self, request: web.Request) -> web.Response:
        dossier = self._to_fetch.pop(request.match_info["ticket"], None)
        if dossier is None:
            return web.Response(status=404)
        key, certificate = (self._sandbox.secrets[name] for name in ("documents_key", "documents_certificate"))
        title, lines = issued(dossier, self._sandbox.clock())
        body = dossier.issue(lambda: kit.signed_paper(title, lines, key, certificate))
        return web.Response(body=body, content_type="application/pdf")

    # --- the page where bills are paid, which anybody may open who knows its number

    async def _show_bill(self, request: web.Request) -> web.Response:
        dossier = self._sandbox.desk.find(request.match_info["number"])
        if dossier is None:
            return web.Response(status=404)
        return web.Response(text=payment_page(dossier, self._sandbox.clock()), content_type="text/html")

    async def _pay_bill(self, request: web.Request) -> web.Response:
        dossier = self._sandbox.desk.find(request.match_info["number"])
        if dossier is None:
            return web.Response(status=404)
        self._sandbox.desk.pay(dossier)
        return await self._show_bill(request)
