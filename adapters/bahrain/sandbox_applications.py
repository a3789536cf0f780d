"""The stand-in's counters for applications: they take files and applications, decide, and issue documents."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from aiohttp import web

from adapters.bahrain import sandbox_progress as words
from adapters.bahrain.sandbox_replies import NO_APPLICATION, document, problem
from gateway.sdk import sandbox as kit
from gateway.sdk.sandbox.papers import paper

SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "SIO-EXT": ("sio", "pension-extension"),
    "MOIC-BRANCH": ("moic", "branch-registration"),
    "MOE-EQUIV": ("moe", "certificate-equivalence"),
    "TRF-SETTLE": ("traffic", "fine-settlement"),
    "IGA-RESIDENCE": ("iga", "residence-certificate"),
}
"""Which agency takes what, by the code of the service."""

MOST_FILE: Final = 20 * 1024 * 1024
_BEGINNINGS: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
_AGENCY: Final = "/{agency:sio|moic|moe|traffic|iga}"
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Counters:
    """All five agencies' counters; ``guard`` lets through those who bring a token."""

    def __init__(self, sandbox: kit.Sandbox) -> None:
        self._sandbox = sandbox
        self._files: dict[str, kit.File] = {}

    def add_routes(self, router: web.UrlDispatcher, guard: Callable[[Handler], Handler]) -> None:
        router.add_put(f"{_AGENCY}/v1/files/{{digest}}", guard(self._take_file))
        router.add_put(f"{_AGENCY}/v1/applications/{{reference}}", guard(self._take))
        router.add_get(f"{_AGENCY}/v1/applications/{{number}}", guard(self._tell))
        router.add_post(f"{_AGENCY}/v1/applications/{{number}}/actions", guard(self._act))
        router.add_get(f"{_AGENCY}/v1/applications/{{number}}/documents/{{document}}", guard(self._issue))
        router.add_get(f"{_AGENCY}/pay/{{number}}", self._show_payment)
        router.add_post(f"{_AGENCY}/pay/{{number}}", self._pay)

    # --- files

    async def _take_file(self, request: web.Request) -> web.Response:
        """A file under its own digest: the same file a second time is the same file."""
        digest, size, beginning = hashlib.sha256(), 0, b""
        async for part in request.content.iter_chunked(65_536):
            digest.update(part)
            size += len(part)
            beginning = (beginning + part)[:8] if len(beginning) < 8 else beginning
            if size > MOST_FILE:
                return problem(413, "FILE_TOO_LARGE", "The file is too large.").response()
        if digest.hexdigest() != request.match_info["digest"]:
            return problem(422, "DIGEST_DIFFERS", "The file is not the one that its address names.").response()
        if not beginning.startswith(_BEGINNINGS.get(request.content_type, b"\0")):
            return problem(415, "TYPE_NOT_ACCEPTED", "The file is not of the type that it says.").response()
        file_id = f"F-{digest.hexdigest()[:20].upper()}"
        self._files[file_id] = kit.File("", request.content_type, size, digest.hexdigest())
        return document({"file_id": file_id, "size_bytes": size}).response()

    def _listed(self, rows: Any) -> list[tuple[str, kit.File]] | None:
        """The files that an application refers to by item, id and digest, ``None`` where one was never sent."""
        found = []
        for row in rows:
            file = self._files.get(row["file_id"])
            if file is None or file.digest != row["sha256"]:
                return None
            found.append((row["item"], replace(file, name=row["item"].lower())))
        return found

    # --- applications

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            asked = words.read_application(orjson.loads(body))
            agency, service = SERVICES[asked.code]
            files = self._listed(asked.files)
        except (ValueError, LookupError, TypeError):
            return problem(422, "FIELD_INVALID", "A field is missing or cannot be read.").response()
        if agency != request.match_info["agency"]:
            return problem(422, "SERVICE_ELSEWHERE", "Another agency takes this application.").response()
        if files is None:
            return problem(422, "FILE_UNKNOWN", "A file was not sent before.").response()
        reference, digest = request.match_info["reference"], hashlib.sha256(body).hexdigest()
        known = self._sandbox.desk.find(reference)
        if known is not None and known.fields["digest"] != digest:
            return problem(409, "REFERENCE_REUSED", "Another application has this reference.").response()
        fields = {**asked.fields, "digest": digest, "agency": agency, "site": str(request.url.origin())}
        dossier = self._sandbox.desk.submit(reference, service, asked.number, fields)
        if dossier.submissions == 1:
            words.judge(dossier, self._sandbox.population)
        for _, file in files:
            self._sandbox.desk.attach(dossier, file)
        return self._answer(dossier, 201 if dossier.submissions == 1 else 200)

    async def _tell(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        return self._answer(dossier) if dossier else self._sandbox.answer(NO_APPLICATION).response()

    async def _act(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        if dossier is None:
            return self._sandbox.answer(NO_APPLICATION).response()
        try:
            asked = orjson.loads(await request.read())
            action, reference = asked["action"], str(asked["action_ref"])
            texts = {row["item"]: str(row["text"]) for row in asked["items"] if "text" in row}
            files = self._listed([row for row in asked["items"] if "text" not in row])
        except (ValueError, LookupError, TypeError):
            return problem(422, "FIELD_INVALID", "A field is missing or cannot be read.").response()
        if files is None:
            return problem(422, "FILE_UNKNOWN", "A file was not sent before.").response()
        desk = self._sandbox.desk
        match action:
            case "WITHDRAW":
                desk.withdraw(dossier, reference)
            case "SUPPLY":
                supplied = texts | {item: file.digest for item, file in files}
                if not words.missing_items(dossier.service) <= set(supplied):
                    return problem(422, "ITEM_MISSING", "What was asked for is not all there.").response()
                for _, file in files:
                    desk.attach(dossier, file)
                desk.supply(dossier, reference, supplied)
            case "PAYMENT_MADE":
                # Whether it was paid is known at the payment page only; this asks to look again.
                pass
            case _:
                return problem(422, "ACTION_UNKNOWN", "There is no such action.").response()
        return self._answer(dossier)

    async def _issue(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        issued = words.documents(dossier, self._sandbox.clock()) if dossier else []
        name = request.match_info["document"]
        if dossier is None or name not in [each["document_id"] for each in issued]:
            return self._sandbox.answer(NO_APPLICATION).response()
        return self._sandbox.answer(kit.Reply(200, "application/pdf", paper(*words.content(dossier)))).response()

    # --- payment

    async def _show_payment(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        if dossier is None:
            return web.Response(status=404, text="404")
        stage, _ = dossier.stage(self._sandbox.clock())
        return _page(words.payment_page(dossier, due=stage == "unpaid"))

    async def _pay(self, request: web.Request) -> web.Response:
        dossier = self._found(request)
        if dossier is None:
            return web.Response(status=404, text="404")
        self._sandbox.desk.pay(dossier)
        return _page(words.payment_page(dossier, due=False))

    # --- what they share

    def _found(self, request: web.Request) -> kit.Dossier | None:
        """The application of that number at that agency."""
        dossier = self._sandbox.desk.find(request.match_info["number"])
        return dossier if dossier and dossier.fields["agency"] == request.match_info["agency"] else None

    def _answer(self, dossier: kit.Dossier, status: int = 200) -> web.Response:
        told = words.application(dossier, self._sandbox.clock())
        if self._sandbox.wrong and (other := self._sandbox.person(dossier.identifier)):
            told |= words.number(other.identifier, other.home.facts.alpha3)
        return self._sandbox.answer(replace(document(told), status=status)).response()


def _page(body: str) -> web.Response:
    return web.Response(text=body, content_type="text/html", charset="utf-8")
