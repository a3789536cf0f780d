"""A stand-in of the example's national system, answering for the synthetic people of Oman."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import aiohttp
import orjson
from aiohttp import web

from gateway.sdk import Country
from gateway.sdk import sandbox as kit

# The words of the invented system for the stages of the kit's desk.
_WORDS: Mapping[kit.Stage, str] = {
    "received": "RECEIVED",
    "review": "IN_REVIEW",
    "asks": "INFO_NEEDED",
    "approved": "ISSUED",
    "rejected": "REJECTED",
    "withdrawn": "WITHDRAWN",
    "strange": "WITH_THE_ELDERS",
}
_WANTED = {"name": "tenancy_number", "ar": "رقم عقد الإيجار", "en": "Number of the tenancy contract"}
_REASON = {"code": "R-04", "ar": "لا يوجد عنوان مسجّل باسمك.", "en": "No address is registered in your name."}
_TITLE = {"ar": "شهادة إقامة", "en": "Residence certificate"}


class Sandbox(kit.Sandbox):
    """Lists fines by person and takes applications; a wrong key is refused."""

    name: ClassVar[str] = "example"
    country: ClassVar[Country] = Country.OM

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        return {"api_key": secrets.token_urlsafe(24), "callback_key": secrets.token_urlsafe(24)}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/persons/{identifier}/fines", self._fines)
        router.add_post("/applications", self._submit)
        router.add_get("/applications/{number}", self._track)
        router.add_post("/applications/{number}/actions", self._act)
        router.add_get("/applications/{number}/documents/{document}", self._document)

    async def _fines(self, request: web.Request) -> web.Response:
        self._check_key(request)
        identifier = request.match_info["identifier"]
        if self.person(identifier) is None:
            return web.json_response({"error": "unknown"}, status=404)
        fines = {"fines": [_fine(fine) for fine in self.fines(identifier)]}
        return self.answer(kit.Reply(200, "application/json", orjson.dumps(fines))).response()

    async def _submit(self, request: web.Request) -> web.Response:
        self._check_key(request)
        wanted = await request.json()
        if self.person(wanted["person"]) is None:
            return web.json_response({"error": "unknown"}, status=422)
        fields = {name: wanted[name] for name in ("use", "certificate_language")}
        known = self.desk.find(wanted["reference"])
        if known and (known.fields, known.callback_url) != (fields, wanted["callback_url"]):
            return web.json_response({"error": "another application of that reference"}, status=422)
        dossier = self.desk.submit(
            wanted["reference"], wanted["service"], wanted["person"], fields, wanted["callback_url"]
        )
        if known is None:
            self.later(self._tell(dossier))
        return self._answer_about(dossier)

    async def _track(self, request: web.Request) -> web.Response:
        self._check_key(request)
        return self._answer_about(self._dossier(request))

    async def _act(self, request: web.Request) -> web.Response:
        self._check_key(request)
        dossier, act = self._dossier(request), await request.json()
        if act["action"] == "withdraw":
            self.desk.withdraw(dossier, act["reference"])
        else:
            self.desk.supply(dossier, act["reference"], act["values"])
        return self._answer_about(dossier)

    async def _document(self, request: web.Request) -> web.Response:
        self._check_key(request)
        dossier = self._dossier(request)
        if dossier.stage(self.clock())[0] != "approved" or request.match_info["document"] != "certificate":
            raise web.HTTPNotFound
        return web.Response(body=_paper(dossier), content_type="application/pdf")

    async def _tell(self, dossier: kit.Dossier) -> None:
        """Tells of every stage by itself: once, twice, never, or all in the opposite order when it is over."""
        telling, kept = dossier.orders.telling, []
        async for stage, at in self.desk.changes(dossier):
            if telling == "late":
                kept.append((stage, at))
            for _ in range({"once": 1, "twice": 2}.get(telling, 0)):
                await self._post(dossier, stage, at)
        for stage, at in reversed(kept):
            await self._post(dossier, stage, at)

    async def _post(self, dossier: kit.Dossier, stage: kit.Stage, at: datetime) -> None:
        delivery = f"{dossier.number}-{stage}-{at.timestamp()}"
        told = {**self._standing(dossier, stage, at), "reference": dossier.reference, "delivery": delivery}
        body, stamp = json.dumps(told).encode(), str(int(self.clock().timestamp()))
        key = self.secrets["callback_key"].encode()
        signature = hmac.digest(key, stamp.encode() + b"." + body, hashlib.sha256).hex()
        headers = {"X-Timestamp": stamp, "X-Signature": signature}
        try:
            await self.call_back(
                dossier.callback_url, lambda: kit.Reply(200, "application/json", body), headers=headers
            )
        except aiohttp.ClientError:
            # Nobody listens; whoever wants to know can still ask.
            return

    def _answer_about(self, dossier: kit.Dossier) -> web.Response:
        stage, at = dossier.stage(self.clock())
        body = orjson.dumps(self._standing(dossier, stage, at))
        return self.answer(kit.Reply(200, "application/json", body)).response()

    def _standing(self, dossier: kit.Dossier, stage: kit.Stage, at: datetime) -> dict[str, Any]:
        return {
            "number": dossier.number,
            "status": _WORDS[stage],
            "since": at.isoformat(),
            "reasons": [_REASON] if stage == "rejected" else [],
            "wanted": [_WANTED] if stage == "asks" else [],
            "documents": [{"id": "certificate", **_TITLE}] if stage == "approved" else [],
        }

    def _dossier(self, request: web.Request) -> kit.Dossier:
        dossier = self.desk.find(request.match_info["number"])
        if dossier is None:
            raise web.HTTPNotFound
        return dossier

    def _check_key(self, request: web.Request) -> None:
        if request.headers.get("X-Api-Key") != self.secrets["api_key"]:
            raise web.HTTPForbidden(text='{"error": "key"}', content_type="application/json")


def _fine(fine: kit.SyntheticFine) -> dict[str, Any]:
    return {
        "id": fine.reference,
        "person": fine.identifier,
        "violation": {"code": fine.violation_code, "ar": fine.violation_ar, "en": fine.violation_en},
        "occurred_at": fine.occurred_at.isoformat(),
        "amount": str(fine.amount),
        "paid": fine.status == "paid",
    }


def _paper(dossier: kit.Dossier) -> bytes:
    """The smallest PDF there is, with one line on it."""
    line = f"BT /F1 14 Tf 60 760 Td (Residence certificate {dossier.number}, invented) Tj ET".encode()
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 %s>>>>>>" % font,
        b"<</Length %d>>stream\n%s\nendstream" % (len(line), line),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )
