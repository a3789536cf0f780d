"""The signed AuthnRequest with which the browser goes to a SAML provider."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from gateway.identity.providers.saml_names import ASSERTION, PERSISTENT, POST_BINDING, PROTOCOL, SIGNATURE

_NAMES = {"samlp": PROTOCOL[1:-1], "saml": ASSERTION[1:-1]}


@dataclass(frozen=True, slots=True)
class AuthnRequest:
    """What is asked of the provider; ``context`` is the class of authentication that is the least, if any is."""

    id: str
    issuer: str
    destination: str
    answer_to: str
    at: datetime
    force: bool = False
    context: str = ""


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """Our key, and the certificate by which the provider knows it."""

    key: RSAPrivateKey
    certificate: x509.Certificate

    def form_value(self, request: AuthnRequest) -> str:
        """``SAMLRequest`` of the POST binding: the signed request in base64."""
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        signed = signer.sign(
            _element(request), key=self.key, cert=[self.certificate], reference_uri=request.id, id_attribute="ID"
        )
        return b64encode(etree.tostring(signed)).decode()


def _element(request: AuthnRequest) -> etree._Element:
    """The request in the order of its schema, the signature's place marked after the issuer."""
    root = etree.Element(
        f"{PROTOCOL}AuthnRequest",
        {
            "ID": request.id,
            "Version": "2.0",
            "IssueInstant": written(request.at),
            "Destination": request.destination,
            "ForceAuthn": "true" if request.force else "false",
            "ProtocolBinding": POST_BINDING,
            "AssertionConsumerServiceURL": request.answer_to,
        },
        nsmap=_NAMES,
    )
    etree.SubElement(root, f"{ASSERTION}Issuer").text = request.issuer
    etree.SubElement(root, f"{SIGNATURE}Signature", {"Id": "placeholder"}, nsmap={"ds": SIGNATURE[1:-1]})
    etree.SubElement(root, f"{PROTOCOL}NameIDPolicy", {"Format": PERSISTENT, "AllowCreate": "true"})
    if request.context:
        context = etree.SubElement(root, f"{PROTOCOL}RequestedAuthnContext", {"Comparison": "minimum"})
        etree.SubElement(context, f"{ASSERTION}AuthnContextClassRef").text = request.context
    return root


def written(moment: datetime) -> str:
    """A moment as SAML writes it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
