"""The stand-in's files: what is handed in with applications, what is issued, and the page where a violation is paid."""

import hashlib
import secrets
from html import escape
from typing import Final

from aiohttp import web
from lxml import etree

from adapters.kuwait import sandbox_matters as matters
from adapters.kuwait.operations import DATA
from adapters.kuwait.requests import KINDS, RECEIPT
from gateway.sdk import sandbox as kit
from gateway.sdk.sandbox.papers import paper

PAY: Final = "/GulfPay.aspx"
MOST: Final = 20 * 1024 * 1024
_PIECE: Final = 65_536
_KIND_OF = {kind.service: kind for kind in KINDS}
_PAGE: Final = """<!doctype html>
<html lang="ar" dir="rtl"><meta charset="utf-8"><title>صفحة دفع مُختلَقة</title>
<h1>صفحة دفع مُختلَقة للتجربة</h1><p lang="en" dir="ltr">An invented payment page: no money is taken.</p>
<p>الطلب <bdi>{number}</bdi>: <bdi>{amount} KWD</bdi></p>{rest}</html>"""
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
        return f"{origin}{PAY}?RequestID={dossier.number}&Token={token}"

    async def take(self, request: web.Request) -> web.Response:
        """Receives one file in pieces; the same one again has the same number."""
        reference, name, told = (request.query.get(key, "") for key in ("RefId", "Name", "Sha256"))
        digest, size = hashlib.sha256(), 0
        async for piece in request.content.iter_chunked(_PIECE):
            digest.update(piece)
            size += len(piece)
            if size > MOST:
                return _receipt(None, told, ("2103", "The file is too large."))
        if not (reference and name and size):
            return _receipt(None, told, ("1000", "The request is not valid."))
        if digest.hexdigest() != told:
            return _receipt(None, told, ("2104", "The file is not what it is said to be."))
        number = self._numbers.setdefault((reference, name, told), f"FILE{secrets.randbelow(10**12):012d}")
        self._received[number] = (reference, kit.File(name, request.content_type, size, told))
        return _receipt(number, told)

    async def give(self, request: web.Request) -> web.Response:
        """A document that was issued, to whoever applied."""
        dossier = self._sandbox.desk.find(request.query.get("RequestID", ""))
        if dossier is None or dossier.reference != request.query.get("RefId"):
            return web.Response(status=404)
        stage, at = dossier.stage(self._sandbox.clock())
        if stage != "approved" or request.query.get("DocumentID") != f"DOC-{dossier.number}":
            return web.Response(status=404)
        _, title = matters.MATTERS[_KIND_OF[dossier.service]].document
        lines = [f"Request {dossier.number}", f"Civil number {dossier.identifier}", f"{at:%d/%m/%Y}"]
        return self._sandbox.answer(kit.Reply(200, "application/pdf", paper(title, lines))).response()

    async def pay(self, request: web.Request) -> web.Response:
        """The payment page, and the payment: whoever has its address may pay."""
        dossier = self._sandbox.desk.find(request.query.get("RequestID", ""))
        token = self._tokens.get(dossier.number, "") if dossier else ""
        if dossier is None or not token or not secrets.compare_digest(token, request.query.get("Token", "")):
            return web.Response(status=404)
        if request.method == "POST":
            self._sandbox.desk.pay(dossier)
        paid = dossier.paid_at is not None
        amount = f"{matters.due(dossier, self._sandbox.population):.3f}"
        page = _PAGE.format(number=escape(dossier.number), amount=amount, rest=_PAID if paid else _FORM)
        return web.Response(text=page, content_type="text/html")


def _receipt(number: str | None, digest: str, error: tuple[str, str] | None = None) -> web.Response:
    receipt = etree.Element(f"{{{DATA}}}{RECEIPT}", nsmap={None: DATA})
    if error:
        said = etree.SubElement(receipt, f"{{{DATA}}}Error")
        for name, value in zip(("Code", "Message"), error, strict=True):
            etree.SubElement(said, f"{{{DATA}}}{name}").text = value
    if number:
        etree.SubElement(receipt, f"{{{DATA}}}FileID").text = number
        etree.SubElement(receipt, f"{{{DATA}}}Sha256").text = digest
    return web.Response(body=etree.tostring(receipt, encoding="utf-8"), content_type="text/xml")
