"""The stand-in's counters for applications: files to the store, applications to an authority, signed documents back."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from aiohttp import web

from adapters.uae import sandbox_progress as words
from adapters.uae.sandbox_webhook import Herald
from gateway.sdk import sandbox as kit
from gateway.sdk.sandbox.papers import signed_paper

SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "GPSSA-EXT": ("gpssa", "pension-extension"),
    "NER-BRANCH": ("ner", "branch-registration"),
    "MOHESR-EQV": ("mohesr", "certificate-equivalence"),
    "MOI-PAY": ("moi", "fine-settlement"),
    "ICP-RES": ("icp", "residence-certificate"),
}
"""Which authority takes what, by the code of the service."""

MOST_FILE: Final = 20 * 1024 * 1024
_BEGINNINGS: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
_APPLICATIONS: Final = "/{authority:gpssa|ner|mohesr|moi|icp}/v1/applications"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Counters:
    """All five authorities' counters, and the document store before them."""

    def __init__(self, sandbox: kit.Sandbox) -> None:
        self._sandbox = sandbox
        self._files: dict[str, kit.File] = {}

    def add_routes(self, router: web.UrlDispatcher, guard: Callable[[Handler], Handler]) -> None:
        """Adds the routes; ``guard`` lets through those who bring a token."""
        router.add_post("/dms/v1/files", guard(self._take_file))
        router.add_post(_APPLICATIONS, guard(self._take))
        router.add_get(f"{_APPLICATIONS}/{{number}}", guard(self._tell))
        router.add_post(f"{_APPLICATIONS}/{{number}}/actions", guard(self._act))
        router.add_get(f"{_APPLICATIONS}/{{number}}/documents/{{document}}", guard(self._issue))
        router.add_get("/pay/{number}", self._show_payment)
        router.add_post("/pay/{number}", self._pay)

    # --- files

    async def _take_file(self, request: web.Request) -> web.Response:
        digest, size, beginning = hashlib.sha256(), 0, b""
        async for part in request.content.iter_chunked(65_536):
            digest.update(part)
            size += len(part)
            beginning = (beginning + part)[:8] if len(beginning) < 8 else beginning
            if size > MOST_FILE:
                return problem(413, "FILE-TOO-LARGE").response()
        if digest.hexdigest() != request.headers.get("X-Content-SHA256"):
            return problem(422, "DIGEST-MISMATCH").response()
        if not beginning.startswith(_BEGINNINGS.get(request.content_type, b"\0")):
            return problem(415, "TYPE-NOT-ACCEPTED").response()
        # A file that comes again gets the id that it had, so that nothing is kept twice.
        file_id = f"DMS-{digest.hexdigest()[:24].upper()}"
        self._files[file_id] = kit.File("", request.content_type, size, digest.hexdigest())
        return document({"fileId": file_id, "size": size}, 201).response()

    def _listed(self, rows: Any) -> list[kit.File] | None:
        """The files that are referred to, each by what it is for; ``None`` where one was never sent."""
        found = []
        for row in rows:
            file = self._files.get(row["fileId"])
            if file is None or file.digest != row["sha256"]:
                return None
            found.append(replace(file, name=row["requirement"].lower().replace("-", "_")))
        return found

    # --- applications

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            asked = words.read_application(orjson.loads(body))
            authority, service = SERVICES[asked.code]
            files = self._listed(asked.files)
        except (ValueError, LookupError, TypeError):
            return problem(422, "MEMBER-INVALID").response()
        if authority != request.match_info["authority"]:
            return problem(422, "SERVICE-ELSEWHERE").response()
        if request.headers.get("Idempotency-Key") != asked.reference:
            return problem(400, "KEY-MISSING").response()
        if files is None:
            return problem(422, "FILE-UNKNOWN").response()
        digest, desk = hashlib.sha256(body).hexdigest(), self._sandbox.desk
        known = desk.find(asked.reference)
        if known is not None and known.fields["digest"] != digest:
            return problem(409, "KEY-REUSED").response()
        fields = {**asked.fields, "digest": digest, "authority": authority, "site": str(request.url.origin())}
        dossier = desk.submit(asked.reference, service, asked.number, fields, asked.webhook)
        if dossier.submissions == 1:
            words.judge(dossier, self._sandbox.population)
            self._sandbox.later(Herald(self._sandbox).follow(dossier))
        for file in files:
            desk.attach(dossier, file)
        return self._answer(dossier, 201 if dossier.submissions == 1 else 200)

    async def _tell(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        return self._answer(dossier) if dossier else self._sandbox.answer(ABSENT).response()

    async def _act(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        if dossier is None:
            return self._sandbox.answer(ABSENT).response()
        key = request.headers.get("Idempotency-Key", "")
        try:
            asked = orjson.loads(await request.read())
            action = asked["action"]
            answers = {row["requirement"]: str(row["text"]) for row in asked["answers"]}
            named = {row["requirement"]: row["sha256"] for row in asked["files"]}
            files = self._listed(asked["files"])
        except (ValueError, LookupError, TypeError):
            return problem(422, "MEMBER-INVALID").response()
        if files is None or not key:
            return problem(422, "FILE-UNKNOWN" if key else "KEY-MISSING").response()
        if refused := self._done(dossier, action, key, answers | named, files):
            return refused.response()
        return self._answer(dossier)

    def _done(
        self, dossier: kit.Dossier, action: str, key: str, supplied: Mapping[str, str], files: list[kit.File]
    ) -> kit.Reply | None:
        """Does what the applicant wants, or says why not."""
        desk = self._sandbox.desk
        match action:
            case "CANCEL":
                desk.withdraw(dossier, key)
            case "RESUBMIT":
                if not words.missing(dossier.service) <= set(supplied):
                    return problem(422, "REQUIREMENT-OPEN")
                for file in files:
                    desk.attach(dossier, file)
                desk.supply(dossier, key, supplied)
            case "CHECK-PAYMENT":
                # Whether it was paid is known at the payment page only; this asks to look again.
                pass
            case _:
                return problem(422, "ACTION-UNKNOWN")
        return None

    async def _issue(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        if (
            dossier is None
            or dossier.stage(self._sandbox.clock())[0] != "approved"
            or request.match_info["document"] != words.document_id(dossier)
        ):
            return self._sandbox.answer(ABSENT).response()
        keys = self._sandbox.secrets
        signer = keys["documents_private_key"], keys["documents_certificate"]
        body = dossier.issue(lambda: signed_paper(*words.content(dossier), *signer))
        return self._sandbox.answer(kit.Reply(200, "application/pdf", body)).response()

    # --- payment

    async def _show_payment(self, request: web.Request) -> web.Response:
        dossier = self._sandbox.desk.find(request.match_info["number"])
        if dossier is None:
            return web.Response(status=404, text="404")
        due = dossier.stage(self._sandbox.clock())[0] == "unpaid"
        return web.Response(text=words.payment_page(dossier, due=due), content_type="text/html", charset="utf-8")

    async def _pay(self, request: web.Request) -> web.Response:
        dossier = self._sandbox.desk.find(request.match_info["number"])
        if dossier is None:
            return web.Response(status=404, text="404")
        self._sandbox.desk.pay(dossier)
        return web.Response(text=words.payment_page(dossier, due=False), content_type="text/html", charset="utf-8")

    # --- what they share

    def _found(self, request: web.Request) -> kit.Dossier | None:
        """The application of that number at that authority."""
        dossier = self._sandbox.desk.find(request.match_info["number"])
        return dossier if dossier and dossier.fields["authority"] == request.match_info["authority"] else None

    def _answer(self, dossier: kit.Dossier, status: int = 200) -> web.Response:
        told = words.application(dossier, *dossier.stage(self._sandbox.clock()))
        if self._sandbox.wrong and (other := self._sandbox.person(dossier.identifier)):
            told |= words.number(other.identifier, other.home.facts.alpha3)
        return self._sandbox.answer(document(told, status)).response()


def document(content: Mapping[str, Any], status: int = 200) -> kit.Reply:
    """A business answer."""
    return kit.Reply(status, "application/json", orjson.dumps(content))


def problem(status: int, code: str) -> kit.Reply:
    """A problem as JSON, with the bus's own code."""
    body = orjson.dumps({"title": code.capitalize().replace("-", " "), "status": status, "errorCode": code})
    return kit.Reply(status, "application/problem+json", body)


ABSENT: Final = problem(404, "NOT-FOUND")
