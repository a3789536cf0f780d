"""The stand-in's files: what is handed in with applications, what is issued, and the page where a violation is paid."""

import asyncio
import secrets
from collections.abc import Sequence
from html import escape
from typing import Final

from aiohttp import web

from adapters.qatar import sandbox_matters as matters
from adapters.qatar.answers import FOUND, NOT_FOUND
from adapters.qatar.application_messages import FILE, KINDS
from adapters.qatar.operations import REFERENCE
from adapters.qatar.sandbox_answers import arabic
from adapters.qatar.sandbox_xml import Record, reply
from adapters.qatar.values import is_item, item_name
from gateway.sdk import sandbox as kit
from gateway.sdk.sandbox.papers import signed_paper

PAY: Final = "/payments"
MOST: Final = 20 * 1024 * 1024
_KIND_OF = {kind.service: kind for kind in KINDS}
_PAGE: Final = """<!doctype html>
<html lang="ar" dir="rtl"><meta charset="utf-8"><title>صفحة دفع مُختلَقة</title>
<h1>صفحة دفع مُختلَقة للتجربة</h1><p lang="en" dir="ltr">An invented payment page: no money is taken.</p>
<p>الطلب <bdi>{number}</bdi>: <bdi>{amount} ر.ق</bdi></p>{rest}</html>"""
_FORM: Final = '<form method="post"><button>ادفع <span lang="en">Pay</span></button></form>'
_PAID: Final = '<p>تم الدفع. <span lang="en">Paid.</span></p>'


class Files:
    """What came in, by the number it was given, and for which application; only its digest is kept."""

    def __init__(self, sandbox: kit.Sandbox) -> None:
        self._sandbox = sandbox
        self._numbers: dict[tuple[str, str, str], str] = {}
        self._received: dict[str, tuple[str, kit.File]] = {}
        self._tokens: dict[str, str] = {}

    def received(self, number: str, reference: str) -> kit.File | None:
        """The file of that number, if it was handed in for that application."""
        owner, file = self._received.get(number, ("", None))
        return file if owner == reference else None

    def payment_page(self, origin: str, dossier: kit.Dossier) -> str:
        """The address at which the application is paid for; the same one each time."""
        token = self._tokens.setdefault(dossier.number, secrets.token_urlsafe(16))
        return f"{origin}{PAY}?application={dossier.number}&token={token}"

    def take(self, request: web.Request, digest: str, size: int) -> web.Response:
        """The answer to a file that has come in whole and is signed for; the same one again has the same number."""
        reference, owner, name, told = (
            request.query.get(key, "") for key in (REFERENCE, "application", "name", "sha256")
        )
        if not (owner and is_item(name) and size) or size > MOST:
            return reply("1000", "The file cannot be taken.", reference, http=400).response()
        if digest != told:
            return reply("1004", "The file is not what it is said to be.", reference, http=400).response()
        number = self._numbers.setdefault((owner, name, told), f"F-{secrets.randbelow(10**12):012d}")
        self._received[number] = (owner, kit.File(item_name(name), request.content_type, size, told))
        answer: Record = {
            "transaction": f"F-{secrets.randbelow(10**12):012d}",
            FILE: {"@id": number, "@sha256": digest},
        }
        return reply(FOUND, "Success", reference, answer).response()

    async def give(self, request: web.Request) -> web.Response:
        """A document that was issued, signed by the state, to whoever applied."""
        dossier = self._sandbox.desk.find(request.query.get("number", ""))
        document, owner = request.query.get("document"), request.query.get("application")
        if dossier is None or dossier.reference != owner or document != f"DOC-{dossier.number}":
            return self._nothing(request)
        stage, at = dossier.stage(self._sandbox.clock())
        if stage != "approved":
            return self._nothing(request)
        _, title = matters.MATTERS[_KIND_OF[dossier.service]].document
        lines = [f"Application {dossier.number}", f"Number {dossier.identifier}", f"{at:%d-%b-%Y}"]
        issued = kit.Reply(200, "application/pdf", await self._signed(dossier, title, lines))
        return self._sandbox.answer(issued).response()

    async def pay(self, request: web.Request) -> web.Response:
        """The payment page, and the payment: whoever has its address may pay."""
        dossier = self._sandbox.desk.find(request.query.get("application", ""))
        token = self._tokens.get(dossier.number, "") if dossier else ""
        if dossier is None or not token or not secrets.compare_digest(token, request.query.get("token", "")):
            return web.Response(status=404)
        if request.method == "POST":
            self._sandbox.desk.pay(dossier)
        amount = arabic(f"{matters.due(dossier, self._sandbox.population):,.2f}")
        rest = _FORM if dossier.paid_at is None else _PAID
        page = _PAGE.format(number=escape(dossier.number), amount=amount, rest=rest)
        return web.Response(text=page, content_type="text/html")

    async def _signed(self, dossier: kit.Dossier, title: str, lines: Sequence[str]) -> bytes:
        key, certificate = self._sandbox.secrets["documents_key"], self._sandbox.secrets["documents_certificate"]
        return await asyncio.to_thread(dossier.issue, lambda: signed_paper(title, lines, key, certificate))

    @staticmethod
    def _nothing(request: web.Request) -> web.Response:
        reference = request.query.get(REFERENCE, "")
        return reply(NOT_FOUND, "No such document.", reference, {"transaction": "D-0"}).response()
