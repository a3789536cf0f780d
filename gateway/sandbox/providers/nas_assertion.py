"""The assertion and the response of the stand-in of NAS, built and signed as the original would."""

import copy
import secrets as randomness
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
BASIC_NAME = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
ISSUER = "https://www.nas.gov.qa/idp"
LIFE = timedelta(minutes=2)
_NAMES = {"samlp": PROTOCOL[1:-1], "saml": ASSERTION[1:-1]}


@dataclass(frozen=True, slots=True)
class Facts:
    """What an answer is made of; ``attributes`` are in the order in which they are sent."""

    request_id: str
    answer_to: str
    audience: str
    name_id: str
    attributes: tuple[tuple[str, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class IdpKeys:
    """The provider's key and certificate."""

    key: RSAPrivateKey
    certificate: x509.Certificate


class OldSigner(XMLSigner):
    """One that still signs with SHA-1, as some public samples do."""

    def check_deprecated_methods(self) -> None:
        """Lets everything pass."""


def assertion_of(facts: Facts) -> etree._Element:
    """The assertion, not yet signed."""
    root = etree.Element(
        f"{ASSERTION}Assertion",
        {"ID": new_id(), "Version": "2.0", "IssueInstant": written(facts.at)},
        # Both names, as in the response, so that the assertion reads alike by itself and inside it.
        nsmap=_NAMES,
    )
    etree.SubElement(root, f"{ASSERTION}Issuer").text = ISSUER
    subject = etree.SubElement(root, f"{ASSERTION}Subject")
    name = {"Format": PERSISTENT, "SPNameQualifier": facts.audience}
    etree.SubElement(subject, f"{ASSERTION}NameID", name).text = facts.name_id
    confirmation = etree.SubElement(subject, f"{ASSERTION}SubjectConfirmation", {"Method": BEARER})
    until = written(facts.at + LIFE)
    etree.SubElement(
        confirmation,
        f"{ASSERTION}SubjectConfirmationData",
        {"InResponseTo": facts.request_id, "Recipient": facts.answer_to, "NotOnOrAfter": until},
    )
    conditions = etree.SubElement(
        root, f"{ASSERTION}Conditions", {"NotBefore": written(facts.at), "NotOnOrAfter": until}
    )
    audiences = etree.SubElement(conditions, f"{ASSERTION}AudienceRestriction")
    etree.SubElement(audiences, f"{ASSERTION}Audience").text = facts.audience
    _add_statements(root, facts)
    return root


def _add_statements(root: etree._Element, facts: Facts) -> None:
    moment = {"AuthnInstant": written(facts.at), "SessionIndex": new_id()}
    authentication = etree.SubElement(root, f"{ASSERTION}AuthnStatement", moment)
    context = etree.SubElement(authentication, f"{ASSERTION}AuthnContext")
    etree.SubElement(
        context, f"{ASSERTION}AuthnContextClassRef"
    ).text = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
    statement = etree.SubElement(root, f"{ASSERTION}AttributeStatement")
    for attribute, value in facts.attributes:
        holder = etree.SubElement(statement, f"{ASSERTION}Attribute", {"Name": attribute, "NameFormat": BASIC_NAME})
        etree.SubElement(holder, f"{ASSERTION}AttributeValue").text = value


def response_of(facts: Facts, *assertions: etree._Element, status: str = "Success", inner: str = "") -> etree._Element:
    """The response around what it carries."""
    root = etree.Element(
        f"{PROTOCOL}Response",
        {
            "ID": new_id(),
            "Version": "2.0",
            "IssueInstant": written(facts.at),
            "Destination": facts.answer_to,
            "InResponseTo": facts.request_id,
        },
        nsmap=_NAMES,
    )
    etree.SubElement(root, f"{ASSERTION}Issuer").text = ISSUER
    holder = etree.SubElement(root, f"{PROTOCOL}Status")
    code = etree.SubElement(holder, f"{PROTOCOL}StatusCode", {"Value": f"{STATUS}{status}"})
    if inner:
        etree.SubElement(code, f"{PROTOCOL}StatusCode", {"Value": f"{STATUS}{inner}"})
    root.extend(assertions)
    return root


def signed(
    element: etree._Element,
    keys: IdpKeys,
    *,
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
    canonical: CanonicalizationMethod = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
) -> etree._Element:
    """A copy of the element with its signature after the issuer, where the schema has it."""
    draft = copy.deepcopy(element)
    issuer = draft.find(f"{ASSERTION}Issuer")
    place = 0 if issuer is None else draft.index(issuer) + 1
    draft.insert(place, etree.Element(f"{SIGNATURE}Signature", {"Id": "placeholder"}, nsmap={"ds": SIGNATURE[1:-1]}))
    signer = OldSigner(signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=canonical)
    return signer.sign(draft, key=keys.key, cert=[keys.certificate], reference_uri=element.get("ID"), id_attribute="ID")


def form_value(root: etree._Element) -> str:
    """``SAMLResponse`` of the POST binding."""
    return b64encode(etree.tostring(root)).decode()


def new_id() -> str:
    """An identifier that may stand in XML."""
    return f"_{randomness.token_hex(16)}"


def written(moment: datetime) -> str:
    """As .NET writes it, with thousandths of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
