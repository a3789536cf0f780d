"""From what a browser posted to the one assertion that the provider signed, and to nothing else in the document."""

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from gateway.errors import BackendGarbled
from gateway.identity.providers.answers import plain
from gateway.identity.providers.saml_names import ASSERTION, ENVELOPED, EXCLUSIVE, PROTOCOL, SIGNATURE, STATUS
from gateway.identity.providers.unbelievable import UnbelievableError
from gateway.sdk.readers import read_xml

LARGEST: Final = 131_072
METHODS: Final = frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512})
DIGESTS: Final = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
SUCCESS: Final = f"{STATUS}Success"
_DEPTH, _ELEMENTS = 24, 1000
_ENCRYPTED: Final = frozenset({"EncryptedAssertion", "EncryptedID", "EncryptedAttribute", "EncryptedData"})
# A comment could make one value of two; a CDATA section could hide either. Neither has a place in an answer.
_HIDING: Final = (b"<!--", b"<![CDATA[")
_SPACES: Final = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class UnverifiedResponse:
    """The outer message, which nobody need have signed: good for refusing, never for believing."""

    root: etree._Element

    @property
    def issuer(self) -> str | None:
        """Who says that it answers; ``None`` where it does not say."""
        found = self.root.findall(f"{ASSERTION}Issuer")
        return plain(found[0].text) if found else None

    @property
    def status(self) -> tuple[str, str]:
        """The status, and the one below it, both empty where there is none."""
        outer = self.root.find(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")
        if outer is None:
            return "", ""
        inner = outer.find(f"{PROTOCOL}StatusCode")
        return outer.get("Value", ""), "" if inner is None else inner.get("Value", "")

    def says(self, name: str) -> str | None:
        """An attribute of the message."""
        return self.root.get(name)


def read_response(form_value: str) -> UnverifiedResponse:
    """The posted ``SAMLResponse``, small, shallow and free of tricks; raises ``UnbelievableError``."""
    if len(form_value) > LARGEST:
        raise UnbelievableError("too_large")
    try:
        body = b64decode(_SPACES.sub("", form_value).encode(), validate=True)
    except (BadBase64, ValueError) as problem:
        raise UnbelievableError("base64") from problem
    if any(mark in body for mark in _HIDING):
        raise UnbelievableError("comment")
    try:
        root = read_xml(body, max_depth=_DEPTH, max_elements=_ELEMENTS)
    except BackendGarbled as problem:
        raise UnbelievableError(str(problem.facts.get("reason", "malformed_xml"))) from problem
    if root.tag != f"{PROTOCOL}Response" or root.get("Version") != "2.0":
        raise UnbelievableError("not_a_response")
    return UnverifiedResponse(root)


def signed_assertion(
    response: UnverifiedResponse, certificates: Sequence[x509.Certificate], now: datetime
) -> etree._Element:
    """The assertion as the provider signed it: a new tree, made of the signed bytes alone.

    There must be one assertion in the whole document, in its own place, with one signature that covers it and
    only it. Raises ``UnbelievableError``.
    """
    root = response.root
    assertion = _only_assertion(root)
    in_force = [each for each in certificates if each.not_valid_before_utc <= now <= each.not_valid_after_utc]
    if not in_force:
        raise UnbelievableError("certificate_expired")
    if root.find(f"{SIGNATURE}Signature") is not None:
        _verified(root, "./", root, in_force, now)
    return _verified(root, f"./{ASSERTION}Assertion/", assertion, in_force, now)


def _only_assertion(root: etree._Element) -> etree._Element:
    """The one assertion, found by counting in the whole tree, whatever namespace others hide in."""
    names = [etree.QName(element).localname for element in root.iter(etree.Element)]
    if not _ENCRYPTED.isdisjoint(names):
        raise UnbelievableError("encrypted")
    assertions = root.findall(f"{ASSERTION}Assertion")
    if not assertions and "Assertion" not in names:
        raise UnbelievableError("no_assertion")
    if len(assertions) != 1 or names.count("Assertion") != 1:
        raise UnbelievableError("assertions")
    signatures = assertions[0].findall(f"{SIGNATURE}Signature")
    if not signatures:
        raise UnbelievableError("unsigned")
    outer = root.findall(f"{SIGNATURE}Signature")
    if len(signatures) != 1 or len(outer) > 1 or names.count("Signature") != 1 + len(outer):
        raise UnbelievableError("signatures")
    return assertions[0]


def _verified(
    root: etree._Element,
    location: str,
    element: etree._Element,
    certificates: Sequence[x509.Certificate],
    now: datetime,
) -> etree._Element:
    """``element`` as it was signed; the certificates in the document itself count for nothing."""
    config = SignatureConfiguration(
        location=location,
        expect_references=1,
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        verification_time=now,
        ignore_ambiguous_key_info=True,
    )
    for certificate in certificates:
        try:
            result = XMLVerifier().verify(root, x509_cert=certificate, id_attribute="ID", expect_config=config)
        except (SignXMLException, etree.LxmlError, ValueError, TypeError, AttributeError):
            continue
        if isinstance(result, list) or result.signed_xml is None:
            raise UnbelievableError("references")
        _check_coverage(result, element)
        return result.signed_xml
    raise UnbelievableError("signature")


def _check_coverage(result: VerifyResult, element: etree._Element) -> None:
    """What was signed is the element itself, whole, read in the one way that cannot be bent."""
    info = result.signature_xml.find(f"{SIGNATURE}SignedInfo")
    methods = [] if info is None else info.findall(f"{SIGNATURE}CanonicalizationMethod")
    references = [] if info is None else info.findall(f"{SIGNATURE}Reference")
    transforms = [each.get("Algorithm") for each in result.signature_xml.iter(f"{SIGNATURE}Transform")]
    if [method.get("Algorithm") for method in methods] != [EXCLUSIVE] or transforms != [ENVELOPED, EXCLUSIVE]:
        raise UnbelievableError("transforms")
    name = element.get("ID", "")
    signed = result.signed_xml
    if not name or [each.get("URI") for each in references] != [f"#{name}"]:
        raise UnbelievableError("reference")
    if signed is None or signed.tag != element.tag or signed.get("ID") != name:
        raise UnbelievableError("reference")
