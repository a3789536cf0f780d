"""A stand-in of Kuwait Mobile ID: the SOAP operation and the callback, with a page in the telephone's place.

Its secrets hold more than the name plate asks for: the keys under ``stand_in_`` are the stand-in's own. Invented are
the error codes, the telephone's page, and that only who has a high level of assurance can be asked for one.
"""

import secrets as randomness
from base64 import b64encode
from collections.abc import Mapping
from typing import ClassVar

import aiohttp
from aiohttp import web
from lxml import etree

from gateway.errors import BackendGarbled
from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.certificates import rsa_key
from gateway.sandbox.providers.mobile_id_message import (
    ACCEPT,
    AUTHENTICATED,
    BENDS,
    DECLINE,
    DECLINED,
    FAILED,
    RESULT_LIES,
    Message,
    Signers,
    honest,
    make_secrets,
    signed,
    written,
)
from gateway.sandbox.providers.plain_page import choices_page, form
from gateway.schema.country import Country
from gateway.sdk.readers import read_xml
from gateway.sdk.sandbox import Persona

PATH = "/MIDAuthService.svc"
NAMESPACE = "http://tempuri.org/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
FIELDS = (
    "AssuranceLevel",
    "AuthenticationReasonAr",
    "AuthenticationReasonEn",
    "Challenge",
    "PersonCivilNo",
    "RefId",
    "RequestUserDetails",
    "SPCallbackURL",
    "ServiceDescriptionAR",
    "ServiceDescriptionEN",
)
"""A WCF data contract reads its members in this order and passes over one that stands elsewhere."""
UNKNOWN_PERSON, BAD_REQUEST = ("101", "No account"), ("102", "Missing field")
_SECONDS = aiohttp.ClientTimeout(total=5)


class StandIn(ProviderStandIn):
    """Mobile ID on loopback: ``requests`` wait until somebody approves or declines them."""

    provider: ClassVar[str] = "kw-mobile-id"

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.requests: dict[str, Mapping[str, str]] = {}
        self.sent: list[bytes] = []
        self.signers = Signers.of(secrets)
        self._numbers = {
            number: persona
            for persona in self.people.values()
            for country, number in persona.identifiers
            if country is Country.KW
        }

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """The client's name and password, the certificates, and the keys of the stand-in itself."""
        client = {
            "username": "bawaba",
            "password": randomness.token_urlsafe(24),
            "service_provider_id": "BAWABA-01",
        }
        return client | make_secrets()

    def endpoints(self) -> Mapping[str, str]:
        """The address of the SOAP service."""
        return {"main": f"{self.url}{PATH}"}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The SOAP service, and the telephone: ``/`` and ``/choose``."""
        router.add_post(PATH, self._initiate)
        router.add_get("/", self._telephone)
        router.add_post("/choose", self._choose)

    async def answer(self, request_id: str, *, approve: bool) -> int:
        """Calls back what the person chose; gives the status with which the callback was received."""
        request = self.requests.pop(request_id)
        return await self.deliver(request["SPCallbackURL"], self.body(request, approve=approve))

    async def deliver(self, url: str, body: bytes) -> int:
        """Posts a callback, and keeps it so that it can be posted again."""
        self.sent.append(body)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        async with (
            aiohttp.ClientSession(timeout=_SECONDS) as session,
            session.post(url, data=body, headers=headers) as received,
        ):
            return received.status

    def body(self, request: Mapping[str, str], *, approve: bool) -> bytes:
        """The callback's body, as honest as the stand-in was told to be."""
        if self.lie == "replay" and self.sent:
            return self.sent[-1]
        if self.lie == "not_json":
            return b"<html>"
        message = self._message(request, approve)
        if self.lie in BENDS:
            BENDS[self.lie](message, self.signers)
        if self.lie == "wrong_key":
            return written(signed(message, rsa_key()))
        if self.lie == "unsigned":
            return written(message)
        message = signed(message, self.signers.provider)
        if self.lie == "changed_after":
            message["ResultDetails"]["UserCivilNo"] = "279112346306"
        if self.lie == "duplicate":
            return written(message).replace(b'"ResultCode"', b'"ResultCode": "4", "ResultCode"')
        return written(message)

    def _message(self, request: Mapping[str, str], approve: bool) -> Message:
        persona = self._numbers[request["PersonCivilNo"]]
        result, action = (AUTHENTICATED, ACCEPT) if approve else (DECLINED, DECLINE)
        if approve and request["AssuranceLevel"] == "High" and persona.assurance != "high":
            result = FAILED
        result = RESULT_LIES.get(self.lie, result)
        return honest(request, self.secrets["service_provider_id"], result, action, self.signers)

    async def _initiate(self, request: web.Request) -> web.Response:
        credentials = f"{self.secrets['username']}:{self.secrets['password']}".encode()
        if request.headers.get("Authorization") != f"Basic {b64encode(credentials).decode()}":
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="stand-in"'})
        fields = _fields(await request.read())
        if fields is None or not request.headers.get("SOAPAction"):
            return web.Response(status=500, text="<fault/>", content_type="text/xml")
        if any(not fields.get(name) for name in FIELDS):
            return _result("", BAD_REQUEST)
        if self._person(fields) is None:
            return _result("", UNKNOWN_PERSON)
        request_id = str(randomness.randbelow(10**12)).zfill(12)
        self.requests[request_id] = fields | {"RequestID": request_id}
        return web.Response(text="<nonsense/>", content_type="text/xml") if self.lie == "soap" else _result(request_id)

    def _person(self, fields: Mapping[str, str]) -> Persona | None:
        return self._numbers.get(fields["PersonCivilNo"])

    async def _telephone(self, request: web.Request) -> web.Response:
        """Every waiting request, as it would stand on the person's telephone."""
        forms = [
            form(
                "/choose",
                {"request_id": request_id},
                (
                    ("decision", "approve", f"{self._numbers[fields['PersonCivilNo']].label[1]}: Approve"),
                    ("decision", "decline", f"{self._numbers[fields['PersonCivilNo']].label[1]}: Decline"),
                ),
            )
            for request_id, fields in self.requests.items()
        ]
        text = "Approve or decline a request to sign in." if forms else "No request is waiting."
        return choices_page("Kuwait Mobile ID", text, forms)

    async def _choose(self, request: web.Request) -> web.Response:
        """The person's decision on one request, named by its id, or on the newest of a persona."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        request_id = fields.get("request_id") or self._newest_of(fields.get("persona", ""))
        if request_id not in self.requests or fields.get("decision") not in ("approve", "decline"):
            raise web.HTTPBadRequest
        status = await self.answer(request_id, approve=fields["decision"] == "approve")
        return choices_page("Kuwait Mobile ID", f"The answer was sent, and received with status {status}.", ())

    def _newest_of(self, persona: str) -> str:
        waiting = [
            request_id
            for request_id, fields in self.requests.items()
            if self._numbers[fields["PersonCivilNo"]].id == persona
        ]
        return waiting[-1] if waiting else ""


def _fields(body: bytes) -> dict[str, str] | None:
    """The members of the request, those that stand out of order left out; ``None`` where it is no such call."""
    try:
        root = read_xml(body, max_depth=8, max_elements=64)
    except BackendGarbled:
        return None
    found = root.find(f"{{{SOAP}}}Body/{{{NAMESPACE}}}InitiateAuthRequestPN/{{{NAMESPACE}}}request")
    if found is None:
        return None
    fields: dict[str, str] = {}
    expected = iter(FIELDS)
    for element in found:
        name = etree.QName(element).localname
        if name in expected:
            fields[name] = element.text or ""
    return fields


def _result(reference: str, error: tuple[str, str] = ("0", "")) -> web.Response:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    response = etree.SubElement(
        etree.SubElement(root, f"{{{SOAP}}}Body"),
        f"{{{NAMESPACE}}}InitiateAuthRequestPNResponse",
        nsmap={None: NAMESPACE},
    )
    result = etree.SubElement(response, f"{{{NAMESPACE}}}InitiateAuthRequestPNResult")
    etree.SubElement(result, f"{{{NAMESPACE}}}Data").text = reference
    problem = etree.SubElement(result, f"{{{NAMESPACE}}}Error")
    for name, text in zip(("Code", "Message"), error, strict=True):
        etree.SubElement(problem, f"{{{NAMESPACE}}}{name}").text = text
    return web.Response(body=etree.tostring(root), content_type="text/xml")
