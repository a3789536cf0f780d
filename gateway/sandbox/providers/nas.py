"""A stand-in of Qatar's NAS: a SAML 2.0 provider by the POST binding, with a page on which one chooses whom to be.

Its secrets hold more than the name plate asks for: ``stand_in_idp_key`` is the stand-in's own. Invented are the
issuer, the class of context that asks for the higher level, and the accounts.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.certificates import certificate_pem, key_of, key_pem, own_certificate, rsa_key
from gateway.sandbox.providers.nas_assertion import (
    ASSERTION,
    ISSUER,
    PROTOCOL,
    Facts,
    IdpKeys,
    assertion_of,
    response_of,
    signed,
)
from gateway.sandbox.providers.nas_lies import BENDS, SIGNINGS, SPOILS, UNSURE
from gateway.sandbox.providers.nas_wrapping import SIGNED_WHOLE, WRAPPINGS
from gateway.sandbox.providers.plain_page import Choice, choices_page, form
from gateway.schema.country import Country
from gateway.sdk.sandbox import Persona, SyntheticName, population

PATH = "/idp/sso"
ENTITY_ID = "https://bawaba.example/saml"
ENHANCED = f"{ISSUER}/MFALevel/enhanced"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came with a good signature, and waits for the person."""

    id: str
    answer_to: str
    relay_state: str
    enhanced: bool
    force: bool


class StandIn(ProviderStandIn):
    """NAS on loopback."""

    provider: ClassVar[str] = "qa-nas"

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        key = key_of(secrets["stand_in_idp_key"])
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the key must be RSA")
        self.keys = IdpKeys(key, x509.load_pem_x509_certificate(secrets["idp_certificate"].encode()))
        self.requests: dict[str, Asked] = {}
        self.sent: list[bytes] = []
        self._client = x509.load_pem_x509_certificate(secrets["signing_certificate"].encode())
        self._population = population(Country.QA)

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """Our name, key and certificate, the provider's certificate, and the key that only the stand-in reads."""
        now, ours, theirs = datetime.now(UTC), rsa_key(), rsa_key()
        return {
            "entity_id": ENTITY_ID,
            "signing_key": key_pem(ours),
            "signing_certificate": certificate_pem(own_certificate(ours, "Bawaba", now)),
            "idp_certificate": certificate_pem(own_certificate(theirs, "Stand-in of NAS", now)),
            "stand_in_idp_key": key_pem(theirs),
        }

    def endpoints(self) -> Mapping[str, str]:
        """Where the browser posts the request."""
        return {"sso": f"{self.url}{PATH}"}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The single sign-on service, and ``/choose`` of its page."""
        router.add_post(PATH, self._single_sign_on)
        router.add_post("/choose", self._choose)

    def accept(self, form_value: str, relay_state: str) -> Asked:
        """The request, once its signature is found good; raises ``ValueError``."""
        root = etree.fromstring(b64decode(form_value, validate=True))
        config = SignatureConfiguration(location="./")
        try:
            result = XMLVerifier().verify(root, x509_cert=self._client, id_attribute="ID", expect_config=config)
        except SignXMLException as problem:
            raise ValueError("the signature is not good") from problem
        request = None if isinstance(result, list) else result.signed_xml
        if request is None or request.tag != f"{PROTOCOL}AuthnRequest":
            raise ValueError("no signed AuthnRequest")
        if request.findtext(f"{ASSERTION}Issuer") != self.secrets["entity_id"]:
            raise ValueError("unknown service provider")
        if request.get("Destination") != f"{self.url}{PATH}":
            raise ValueError("meant for another provider")
        asked = Asked(
            request.get("ID", ""),
            request.get("AssertionConsumerServiceURL", ""),
            relay_state,
            enhanced=request.findtext(f".//{ASSERTION}AuthnContextClassRef") == ENHANCED,
            force=request.get("ForceAuthn") == "true",
        )
        self.requests[asked.id] = asked
        return asked

    def answer(self, asked: Asked, persona: Persona | None, level: str = "enhanced") -> str:
        """``SAMLResponse``, as honest as the stand-in was told to be; without a persona the person declined."""
        self.requests.pop(asked.id, None)
        if self.lie != "replay" or not self.sent:
            self.sent.append(self._body(asked, persona, level))
        return b64encode(self.sent[-1]).decode()

    def _body(self, asked: Asked, persona: Persona | None, level: str) -> bytes:
        facts = self._facts(asked, persona, level)
        if persona is None:
            return etree.tostring(response_of(facts, status="Responder", inner="RequestDenied"))
        if asked.enhanced and level != "enhanced":
            return etree.tostring(response_of(facts, status="Responder", inner="NoAuthnContext"))
        assertion = assertion_of(facts)
        bend = BENDS.get(self.lie) or UNSURE.get(self.lie)
        if bend is not None:
            bend(assertion)
        sign = SIGNINGS.get(self.lie, signed)
        response = response_of(facts, sign(assertion, self.keys))
        if self.lie == "signed_whole" or self.lie in SIGNED_WHOLE:
            response = signed(response, self.keys)
        if self.lie in WRAPPINGS:
            response = WRAPPINGS[self.lie](response)
        body = etree.tostring(response)
        return SPOILS[self.lie](body) if self.lie in SPOILS else body

    def _facts(self, asked: Asked, persona: Persona | None, level: str) -> Facts:
        number = _qid(persona)
        person = self._population.person(number)
        names = () if person is None else (("FullNameAr", _full(person.arabic)), ("FullNameEn", _full(person.latin)))
        return Facts(
            request_id=asked.id,
            answer_to=asked.answer_to,
            audience=self.secrets["entity_id"],
            name_id=account_of(persona) if persona else "",
            attributes=(("QatarID", number), *names, ("MFALevel", level)),
            at=datetime.now(UTC),
        )

    async def _single_sign_on(self, request: web.Request) -> web.Response:
        fields = await request.post()
        try:
            asked = self.accept(str(fields.get("SAMLRequest", "")), str(fields.get("RelayState", "")))
        except (ValueError, etree.XMLSyntaxError) as problem:
            return choices_page("NAS", f"The request is not accepted: {problem}.", (), status=400)
        forms = [
            form("/choose", {"request": asked.id, "level": level}, self._choices(how))
            for level, how in (("enhanced", "with a smart card"), ("basic", "with a password"))
            if level == "enhanced" or not asked.enhanced
        ]
        forms.append(form("/choose", {"request": asked.id}, [("decision", "decline", "Cancel / إلغاء")]))
        return choices_page("NAS Tawtheeq", "Choose whom to sign in as, and how.", forms)

    def _choices(self, how: str) -> list[Choice]:
        return [("persona", each.id, f"{each.label[1]}, {how}") for each in self.people.values() if _qid(each)]

    async def _choose(self, request: web.Request) -> web.Response:
        """The person's choice: a form that goes back with the answer."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        asked = self.requests.get(fields.get("request", ""))
        persona = self.people.get(fields.get("persona", ""))
        declined = fields.get("decision") == "decline"
        if asked is None or not (declined or _qid(persona)):
            raise web.HTTPBadRequest
        value = self.answer(asked, None if declined else persona, fields.get("level", "enhanced"))
        hidden = {"SAMLResponse": value, "RelayState": asked.relay_state}
        back = form(asked.answer_to, hidden, [("back", "yes", "Continue")])
        return choices_page("NAS Tawtheeq", "Go back to where you came from.", [back])


def account_of(persona: Persona) -> str:
    """The lasting name of the persona's invented account, the same at every start."""
    return str(uuid5(NAMESPACE_URL, f"{ISSUER}/{persona.id}"))


def _qid(persona: Persona | None) -> str:
    return dict(persona.identifiers).get(Country.QA, "") if persona else ""


def _full(name: SyntheticName) -> str:
    return f"{name.given} {name.father} {name.grandfather} {name.family}"
