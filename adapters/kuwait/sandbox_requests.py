"""The stand-in's desk for applications: it takes them by SOAP, decides them with time, and tells of every change."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp
from aiohttp import web

from adapters.kuwait import sandbox_matters as matters
from adapters.kuwait.contracts import Fields, read_envelope
from adapters.kuwait.requests import (
    CONFIRM,
    REFERENCE_HEADER,
    STATUS,
    SUPPLY,
    WITHDRAW,
    Kind,
    action,
)
from adapters.kuwait.sandbox_files import Files
from adapters.kuwait.sandbox_soap import Contract, fault, notice, result
from adapters.kuwait.sandbox_standing import KIND_OF, STATES, Standings, exact
from adapters.kuwait.signing import HEADER, sign
from adapters.kuwait.values import item_code
from gateway.sdk import BackendGarbled
from gateway.sdk import sandbox as kit

INVALID = ("1000", "The request is not valid.")
NOT_FOUND = ("1001", "No request was found.")
UNKNOWN_FILE = ("2101", "A file that the request names has not been received.")
OTHER_REQUEST = ("2102", "The RefId belongs to another request.")
_FOLLOWING = (STATUS, SUPPLY, WITHDRAW, CONFIRM)


@dataclass(frozen=True, slots=True)
class Told:
    """One change as it is told: what stands so since when, and the number of the message."""

    stage: kit.Stage
    at: datetime
    number: str


class Refusal(Exception):
    """The request is understood and not accepted; ``code`` and ``message`` say why."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(code)


class RequestDesk:
    """What is answered at ``/GulfRequests.svc`` of every agency; the books are the sandbox's own desk."""

    def __init__(self, sandbox: kit.Sandbox, files: Files, may_call_back: Callable[[str], bool]) -> None:
        self._sandbox, self._files, self._may_call_back = sandbox, files, may_call_back
        self._standings = Standings(sandbox, files)

    async def answer(self, request: web.Request, kind: Kind) -> web.Response:
        """The answer to a request whose sender is known."""
        self._standings.origin = str(request.url.origin())
        asked = request.headers.get("SOAPAction", "")
        operation = next((each for each in (kind.submit, *_FOLLOWING) if action(each) == asked), None)
        if operation is None:
            return fault("a:ActionNotSupported").response()
        try:
            fields = read_envelope(await request.read(), operation, "request")
            dossier = (
                self._submitted(kind, fields) if operation == kind.submit else self._acted(kind, operation, fields)
            )
        except BackendGarbled:
            return fault("s:Client").response()
        except Refusal as problem:
            error = {"Code": problem.code, "Message": problem.message}
            return self._sandbox.answer(result(operation, 200, {"Data": None, "Error": error})).response()
        stage, at = dossier.stage(self._sandbox.clock())
        contract = {"Data": dossier.number, "Error": None, "RequestStatus": self._standings.status(dossier, stage, at)}
        status = 202 if operation == kind.submit else 200
        return self._sandbox.answer(result(operation, status, contract)).response()

    # --- what is done

    def _done(self, kind: Kind, operation: str, fields: Fields) -> kit.Dossier:
        return self._submitted(kind, fields) if operation == kind.submit else self._acted(kind, operation, fields)

    def _submitted(self, kind: Kind, fields: Fields) -> kit.Dossier:
        flat = _flat(fields)
        reference, url, details = flat["RefId"], flat["SPCallbackURL"], fields.part("Details")
        who = flat["PersonCivilNo"] or flat["GccCivilNo"]
        if not (reference and details and who and self._may_call_back(url)):
            raise Refusal(*INVALID)
        if not flat["PersonCivilNo"] and flat["GccNationality"] not in STATES:
            raise Refusal(*INVALID)
        files = self._named(fields, reference)
        told = {name: details.text(name) or "" for name in details.names()}
        desk, known = self._sandbox.desk, self._sandbox.desk.find(reference)
        # Where we are to be told may change between two tries, what is asked for may not.
        said = {**{name: value for name, value in flat.items() if name != "SPCallbackURL"}, **told}
        if known is not None and (known.service, known.fields) != (kind.service, said):
            raise Refusal(*OTHER_REQUEST)
        dossier = desk.submit(reference, kind.service, who, said, url)
        if known is None:
            for file in files:
                desk.attach(dossier, file)
            if wrong := matters.merits(kind, dossier.fields, self._sandbox.population):
                self._standings.faults[dossier.number] = wrong
                dossier.orders = replace(dossier.orders, course="refuse")
            self._sandbox.later(self._tell(dossier))
        return dossier

    def _acted(self, kind: Kind, operation: str, fields: Fields) -> kit.Dossier:
        flat, desk = _flat(fields), self._sandbox.desk
        dossier = desk.find(flat["RefId"])
        if dossier is None or dossier.service != kind.service or flat["RequestID"] not in ("", dossier.number):
            raise Refusal(*NOT_FOUND)
        if operation != STATUS and not flat.get("ActionRef"):
            raise Refusal(*INVALID)
        if operation == SUPPLY:
            self._supplied(kind, dossier, flat["ActionRef"], fields)
        elif operation == WITHDRAW:
            desk.withdraw(dossier, flat["ActionRef"])
        return dossier

    def _supplied(self, kind: Kind, dossier: kit.Dossier, reference: str, fields: Fields) -> None:
        """Goes on only with what was asked for; anything else leaves the request incomplete."""
        files = self._named(fields, dossier.reference)
        values = {each.need("ItemCode"): each.text("Value") or "" for each in fields.each("Items", "Item")}
        if matters.MATTERS[kind].item.code in {*values, *(item_code(file.name) for file in files)}:
            for file in files:
                self._sandbox.desk.attach(dossier, file)
            self._sandbox.desk.supply(dossier, reference, values)

    def _named(self, fields: Fields, reference: str) -> list[kit.File]:
        """The files that a request names, each received before for the same application."""
        files = []
        for each in fields.each("Attachments", "Attachment"):
            file = self._files.received(each.text("FileID") or "", reference)
            if file is None or (item_code(file.name), file.digest) != (each.text("ItemCode"), each.text("Sha256")):
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
            told = Told(stage, at, f"NTF{secrets.randbelow(10**15):015d}")
            if telling == "late":
                kept.append(told)
                continue
            for _ in range(2 if telling == "twice" else 1):
                await self._post(dossier, told)
        for told in reversed(kept):
            await self._post(dossier, told)

    async def _post(self, dossier: kit.Dossier, told: Told) -> None:
        headers = {REFERENCE_HEADER: dossier.reference}

        def compose() -> kit.Reply:
            reply = notice(self._notice(dossier, told))
            headers[HEADER] = sign(self._sandbox.secrets["callback_key"].encode(), dossier.reference, reply.body)
            return reply

        # Whoever applied may be gone; asking how it stands tells the same.
        with suppress(aiohttp.ClientError):
            await self._sandbox.call_back(dossier.callback_url, compose, headers)

    def _notice(self, dossier: kit.Dossier, told: Told) -> Contract:
        return {
            "RequestDetails": {
                "NotificationID": told.number,
                "RefId": dossier.reference,
                "RequestID": dossier.number,
                "RequestType": KIND_OF[dossier.service].request_type,
                "ServiceProviderId": self._sandbox.secrets["username"],
            },
            "ResultDetails": {"ResultCode": "1", "TransactionDate": exact(self._sandbox.clock())},
            "RequestStatus": self._standings.status(dossier, told.stage, told.at),
        }


def _flat(fields: Fields) -> Mapping[str, str]:
    """The plain members of a request; what was left out is empty."""
    plain = ("RefId", "RequestID", "SPCallbackURL", "PersonCivilNo", "GccCivilNo", "GccNationality", "ActionRef")
    return {name: fields.text(name) or "" for name in plain}
