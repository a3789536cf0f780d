"""The intake folder of the stand-in: applications are booked once from their files, and told of in result files."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from adapters.oman import sandbox_files as files
from adapters.oman.intake import ACTION, ACTIONS, APPLICATION, ATTACHMENT, ITEM
from adapters.oman.intake_file import SENDER, VERSION
from adapters.oman.sandbox_decisions import KINDS, agency_of, decision, document_id, issued, payment_page
from gateway.sdk import BackendGarbled, Country, read_csv
from gateway.sdk import sandbox as kit

CSV: Final = "text/csv; charset=utf-8"
Rows = Sequence[Mapping[str, str]]

_COMMON: Final = frozenset({"نوع_السطر", "المرجع", "رمز_الخدمة", "الرقم_المدني", "الجنسية", "الرمز", "البصمة"})
_KINDS_OF_ACTION: Final = {words: kind for kind, words in ACTIONS.items()}


class Unfit(Exception):
    """A file that is not taken, with the status that says so."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


@dataclass(frozen=True, slots=True)
class Put:
    """A file of rows as it was put, for the application of that reference."""

    agency: str
    rows: Rows


class IntakeFolder:
    """Takes files whose path and content are signed; ``ready_after`` is how many seconds a result takes."""

    def __init__(self, sandbox: kit.Sandbox, signed: Callable[[web.Request, bytes], bool], ready_after: float) -> None:
        self._sandbox = sandbox
        self._signed = signed
        self.ready_after = ready_after
        self._ready_at: dict[str, float] = {}
        self._agencies: dict[str, str] = {}
        self._brought: dict[tuple[str, str], kit.File] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The folder, the results, the documents, and the page where fees are paid."""
        router.add_put("/intake/{reference}/application.csv", self._apply)
        router.add_put("/intake/{reference}/actions/{action}.csv", self._act)
        router.add_put("/intake/{reference}/files/{name}", self._take_file)
        router.add_get("/results/{reference}.csv", self._result)
        router.add_get("/documents/{reference}/{document}.pdf", self._document)
        router.add_get("/pay/{number}", self._show_page)
        router.add_post("/pay/{number}", self._pay)

    # --- what is put

    async def _apply(self, request: web.Request) -> web.Response:
        reference = request.match_info["reference"]
        try:
            put = await self._read(request, APPLICATION)
            self._book(reference, put)
        except Unfit as problem:
            return web.Response(status=problem.status)
        return self._taken(reference, put.agency)

    async def _act(self, request: web.Request) -> web.Response:
        reference, action = request.match_info["reference"], request.match_info["action"]
        dossier = self._sandbox.desk.find(reference)
        try:
            put = await self._read(request, ACTION)
            if dossier is None or dossier.identifier != put.rows[0].get("الرقم_المدني"):
                raise Unfit(400)
            self._do(dossier, action, put)
        except Unfit as problem:
            return web.Response(status=problem.status)
        return self._taken(reference, put.agency)

    def _taken(self, reference: str, agency: str) -> web.Response:
        self._agencies[reference] = agency
        self._ready_at[reference] = time.monotonic() + self.ready_after
        return web.Response(status=202)

    async def _read(self, request: web.Request, kind: str) -> Put:
        """The rows of a signed file that is whole and of one reference, the first of them of that kind."""
        body = await request.read()
        if not self._proved(request, hashlib.sha256(body).hexdigest()):
            raise Unfit(401)
        try:
            heading, columns, *rows, end = read_csv(body)
            _, sender, agency, version = heading
            content = [dict(zip(columns[1:], row[1:], strict=True)) for row in rows]
        except (BackendGarbled, ValueError) as problem:
            raise Unfit(400) from problem
        whole = heading[0] == "HDR" and end == ["END", str(len(rows))] and columns[0] == "COL"
        of_one = {row.get("المرجع") for row in content} == {request.match_info["reference"]}
        if not (whole and of_one and (sender, version) == (SENDER, VERSION) and content[0]["نوع_السطر"] == kind):
            raise Unfit(400)
        return Put(agency, content)

    def _book(self, reference: str, put: Put) -> None:
        """Books the application of somebody who is known; of anybody else the result will say that he is not."""
        line, *rest = put.rows
        kind = KINDS.get(line.get("رمز_الخدمة", ""))
        if kind is None or kind.agency != put.agency or any(not line.get(column) for column in kind.needed):
            raise Unfit(400)
        brought = self._files(reference, rest)
        identifier = line.get("الرقم_المدني", "")
        if not self._knows(identifier, line.get("الجنسية", "")):
            return
        fields = {name: value for name, value in line.items() if name not in _COMMON}
        known = self._sandbox.desk.find(reference)
        if known and (known.service, known.identifier, known.fields) != (kind.service, identifier, fields):
            raise Unfit(409)
        dossier = self._sandbox.desk.submit(reference, kind.service, identifier, fields)
        for file in brought:
            self._sandbox.desk.attach(dossier, file)

    def _do(self, dossier: kit.Dossier, action: str, put: Put) -> None:
        line, *rest = put.rows
        desk = self._sandbox.desk
        match _KINDS_OF_ACTION.get(line.get("الإجراء", "")):
            case "supply":
                for file in self._files(dossier.reference, rest):
                    desk.attach(dossier, file)
                items = [row for row in rest if row["نوع_السطر"] == ITEM]
                desk.supply(dossier, action, {row["الرمز"]: row["القيمة"] for row in items})
            case "withdraw":
                desk.withdraw(dossier, action)
            case "confirm_payment":
                # Whether it is paid is known here already; saying so changes nothing.
                dossier.actions.add(action)
            case _:
                raise Unfit(400)

    def _files(self, reference: str, rows: Rows) -> Sequence[kit.File]:
        """The files that the rows refer to, each of which must have been brought as they say."""
        named = [row for row in rows if row["نوع_السطر"] == ATTACHMENT]
        files = [self._brought.get((reference, row["الرمز"])) for row in named]
        brought = [file for file in files if file is not None]
        if [file.digest for file in brought] != [row["البصمة"] for row in named]:
            raise Unfit(422)
        return brought

    async def _take_file(self, request: web.Request) -> web.Response:
        digest, size = hashlib.sha256(), 0
        async for part in request.content.iter_chunked(65_536):
            digest.update(part)
            size += len(part)
        if not self._proved(request, digest.hexdigest()):
            return web.Response(status=401)
        reference, name = request.match_info["reference"], request.match_info["name"]
        self._brought[reference, name] = kit.File(name, request.content_type, size, digest.hexdigest())
        return web.Response(status=201)

    def _proved(self, request: web.Request, digest: str) -> bool:
        """Whether path and content are signed, and the content is what its digest says."""
        told = request.headers.get("X-Content-SHA256", "")
        return told == digest and self._signed(request, f"{request.raw_path}\n{told}".encode())

    def _knows(self, identifier: str, nationality: str) -> bool:
        person = self._sandbox.population.person(identifier)
        if person is None:
            return False
        return nationality == ("" if person.home is Country.OM else person.home.facts.numeric)

    # --- what is fetched

    async def _result(self, request: web.Request) -> web.Response:
        if not self._signed(request, request.raw_path.encode()):
            return web.Response(status=401)
        reference = request.match_info["reference"]
        if time.monotonic() < self._ready_at.get(reference, 0):
            return web.Response(status=202)
        reply = self._sandbox.answer(kit.Reply(200, CSV, self._compose(reference, str(request.url.origin()))))
        return files.stamped(reply, self._sandbox.clock()).response()

    def _compose(self, reference: str, origin: str) -> bytes:
        dossier, now = self._sandbox.desk.find(reference), self._sandbox.clock()
        # Somebody else, where the stand-in is told to be wrong.
        person = self._sandbox.person(dossier.identifier) if dossier else None
        if dossier is None or person is None:
            agency = self._agencies.get(reference, "")
            return files.error(agency, now, "NF001", "لا يوجد طلب بهذا المرجع أو لا يُعرف صاحبه")
        pen = files.Pen(dossier.number)
        fines = self._sandbox.population.fines(dossier.identifier)
        rows = decision(dossier, person, fines, now, f"{origin}/pay/{dossier.number}", pen)
        return files.file(agency_of(dossier), now, rows, pen)

    async def _document(self, request: web.Request) -> web.Response:
        if not self._signed(request, request.raw_path.encode()):
            return web.Response(status=401)
        dossier, now = self._sandbox.desk.find(request.match_info["reference"]), self._sandbox.clock()
        if dossier is None or dossier.stage(now)[0] != "approved":
            return web.Response(status=404)
        if request.match_info["document"] != document_id(dossier):
            return web.Response(status=404)
        return web.Response(body=kit.paper(*issued(dossier, now)), content_type="application/pdf")

    # --- the page where fees are paid, which anybody may open who knows its number

    async def _show_page(self, request: web.Request) -> web.Response:
        dossier = self._sandbox.desk.find(request.match_info["number"])
        if dossier is None:
            return web.Response(status=404)
        return web.Response(text=payment_page(dossier, self._sandbox.clock()), content_type="text/html")

    async def _pay(self, request: web.Request) -> web.Response:
        if dossier := self._sandbox.desk.find(request.match_info["number"]):
            self._sandbox.desk.pay(dossier)
        return await self._show_page(request)
