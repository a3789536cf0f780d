"""The stand-in's desk for applications: it takes them in XML, decides them with time, and tells of every change."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp
from aiohttp import web

from adapters.qatar import sandbox_matters as matters
from adapters.qatar.answers import FOUND, NOT_FOUND
from adapters.qatar.application_messages import EVENT, PAYLOAD, Kind, item
from adapters.qatar.messages import Fields, read_message
from adapters.qatar.operations import REFERENCE
from adapters.qatar.sandbox_files import Files
from adapters.qatar.sandbox_standing import STATES, Standings
from adapters.qatar.sandbox_xml import Record, reply
from adapters.qatar.sandbox_xml import told as written
from adapters.qatar.signing import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign_event
from gateway.sdk import BackendGarbled, read_xml
from gateway.sdk import sandbox as kit

UNREADABLE = ("1000", "The request cannot be read.")
UNKNOWN_FILE = ("1005", "A file that the application names has not been received.")
OTHER_APPLICATION = ("1006", "The reference belongs to another application.")
NOBODY = (NOT_FOUND, "No application was found.")


@dataclass(frozen=True, slots=True)
class Told:
    """One change as it is told: what stands so since when, and the number of the event."""

    stage: kit.Stage
    at: datetime
    delivery: str


class Refusal(Exception):
    """The request is understood and not accepted; ``code`` and ``words`` say why."""

    def __init__(self, code: str, words: str) -> None:
        self.code, self.words = code, words
        super().__init__(code)


class ApplicationDesk:
    """What is answered at the paths of every kind of application; the books are the sandbox's own desk."""

    def __init__(self, sandbox: kit.Sandbox, files: Files, may_call_back: Callable[[str], bool]) -> None:
        self._sandbox, self._files, self._may_call_back = sandbox, files, may_call_back
        self._standings = Standings(sandbox, files)

    def answer(self, request: web.Request, kind: Kind, body: bytes) -> web.Response:
        """The answer to a request whose sender is known."""
        self._standings.origin = str(request.url.origin())
        reference = request.query.get(REFERENCE, "")
        try:
            dossier = self._done(request, kind, body)
        except (BackendGarbled, KeyError):
            return self._sandbox.answer(reply(*UNREADABLE, reference, http=400)).response()
        except Refusal as problem:
            refusal = reply(problem.code, problem.words, reference, {"transaction": _transaction(kind)})
            return self._sandbox.answer(refusal).response()
        stage, at = dossier.stage(self._sandbox.clock())
        payload: Record = {"transaction": _transaction(kind), PAYLOAD: self._standings.record(dossier, stage, at)}
        return self._sandbox.answer(reply(FOUND, "Success", reference, payload)).response()

    # --- what is done

    def _done(self, request: web.Request, kind: Kind, body: bytes) -> kit.Dossier:
        if request.method == "GET":
            return self._known(kind, request.query.get("application", ""), request.query.get("number", ""))
        if request.path == kind.actions:
            return self._acted(kind, read_message(body, "action"), body)
        return self._submitted(kind, read_message(body, PAYLOAD), body)

    def _submitted(self, kind: Kind, fields: Fields, body: bytes) -> kit.Dossier:
        reference, url = fields.need_attribute("ref"), fields.need("callback")
        who, nationality = _applicant(fields.need_part("applicant"))
        if not self._may_call_back(url) or not (nationality in STATES or nationality == ""):
            raise Refusal(*UNREADABLE)
        files = self._named(fields, reference)
        desk, known = self._sandbox.desk, self._sandbox.desk.find(reference)
        told = {"nationality": nationality, **_details(body)}
        if known is not None and (known.service, known.identifier, known.fields) != (kind.service, who, told):
            raise Refusal(*OTHER_APPLICATION)
        dossier = desk.submit(reference, kind.service, who, told, url)
        if known is None:
            for file in files:
                desk.attach(dossier, file)
            if wrong := matters.merits(kind, who, told, self._sandbox.population):
                self._standings.faults[dossier.number] = wrong
                dossier.orders = replace(dossier.orders, course="refuse")
            self._sandbox.later(self._tell(dossier))
        return dossier

    def _acted(self, kind: Kind, fields: Fields, body: bytes) -> kit.Dossier:
        dossier = self._known(kind, fields.need("application"), fields.text("number") or "")
        reference, what = fields.need_attribute("ref"), fields.need_attribute("kind")
        if what == "COMPLETE":
            self._completed(kind, dossier, reference, self._named(fields, dossier.reference), _items(body))
        elif what == "WITHDRAW":
            self._sandbox.desk.withdraw(dossier, reference)
        elif what != "PAID":
            raise Refusal(*UNREADABLE)
        return dossier

    def _known(self, kind: Kind, reference: str, number: str) -> kit.Dossier:
        dossier = self._sandbox.desk.find(reference)
        if dossier is None or dossier.service != kind.service or number not in ("", dossier.number):
            raise Refusal(*NOBODY)
        return dossier

    def _completed(
        self, kind: Kind, dossier: kit.Dossier, reference: str, files: Sequence[kit.File], items: Mapping[str, str]
    ) -> None:
        """Goes on only with what was asked for; anything else leaves the application incomplete."""
        if matters.MATTERS[kind].item[0] in {*items, *(item(file.name) for file in files)}:
            for file in files:
                self._sandbox.desk.attach(dossier, file)
            self._sandbox.desk.supply(dossier, reference, items)

    def _named(self, fields: Fields, reference: str) -> list[kit.File]:
        """The files that a request names, each received before for the same application."""
        files = []
        for each in fields.each("attachments", "attachment"):
            file = self._files.received(each.need_attribute("file"), reference)
            if file is None or (item(file.name), file.digest) != (each.attribute("name"), each.attribute("sha256")):
                raise Refusal(*UNKNOWN_FILE)
            files.append(file)
        return files

    # --- what is told

    async def _tell(self, dossier: kit.Dossier) -> None:
        """Posts every change to the callback address, as often and as late as the desk was told to."""
        telling, kept = dossier.orders.telling, list[Told]()
        if telling == "never":
            return
        async for stage, at in self._sandbox.desk.changes(dossier):
            told = Told(stage, at, f"EVT-{secrets.token_hex(8)}")
            if telling == "late":
                kept.append(told)
                continue
            for _ in range(2 if telling == "twice" else 1):
                await self._post(dossier, told)
        for told in reversed(kept):
            await self._post(dossier, told)

    async def _post(self, dossier: kit.Dossier, told: Told) -> None:
        timestamp = str(int(self._sandbox.clock().timestamp() * 1000))
        headers = {DELIVERY_HEADER: told.delivery, TIMESTAMP_HEADER: timestamp}

        def compose() -> kit.Reply:
            record = self._standings.record(dossier, told.stage, told.at)
            event = written(EVENT, {"delivery": told.delivery, PAYLOAD: record})
            key = self._sandbox.secrets["callback_secret"].encode()
            headers[SIGNATURE_HEADER] = sign_event(key, told.delivery, timestamp, event.body)
            return event

        # Whoever applied may be gone; asking how it stands tells the same.
        with suppress(aiohttp.ClientError):
            await self._sandbox.call_back(dossier.callback_url, compose, headers)


def _applicant(fields: Fields) -> tuple[str, str]:
    """A QID, or a number and nationality of another Gulf state."""
    visitor = fields.part("gcc")
    return (fields.need("qid"), "") if visitor is None else (visitor.need("number"), visitor.need("nationality"))


def _details(body: bytes) -> Mapping[str, str]:
    """The details by name; ``name@attribute`` for what stands in an attribute."""
    flat: dict[str, str] = {}
    for element in read_xml(body).iterfind("details/*"):
        tag = str(element.tag)
        flat |= {tag: element.text or "", **{f"{tag}@{name}": str(value) for name, value in element.items()}}
    return flat


def _items(body: bytes) -> Mapping[str, str]:
    """The texts that complete an application, by name."""
    return {element.get("name", ""): element.text or "" for element in read_xml(body).iterfind("items/item")}


def _transaction(kind: Kind) -> str:
    return f"{kind.endpoint.upper()}-{secrets.randbelow(10**12):012d}"
