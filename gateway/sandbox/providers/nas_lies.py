"""What a stand-in of NAS can be told to answer wrongly: before it signs, in how it signs, and after it has signed."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from gateway.sandbox.providers.certificates import own_certificate, rsa_key
from gateway.sandbox.providers.nas_assertion import ASSERTION, SIGNATURE, IdpKeys, new_id, signed, written

Bend: TypeAlias = Callable[[_Element], None]
Sign: TypeAlias = Callable[[_Element, IdpKeys], _Element]
Spoil = Callable[[bytes], bytes]


def _at(root: _Element, path: str) -> _Element:
    """The element below the assertion, by local names."""
    found = root.find("/".join(f"{ASSERTION}{name}" for name in path.split("/")))
    if found is None:
        raise LookupError(path)
    return found


def _text(path: str, text: str) -> Bend:
    def bend(root: _Element) -> None:
        _at(root, path).text = text

    return bend


def _attribute(path: str, name: str, value: str | None) -> Bend:
    def bend(root: _Element) -> None:
        element = _at(root, path) if path else root
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return bend


def _moment(path: str, name: str, hours: float) -> Bend:
    def bend(root: _Element) -> None:
        _attribute(path, name, written(datetime.now(UTC) + timedelta(hours=hours)))(root)

    return bend


def _without(path: str) -> Bend:
    def bend(root: _Element) -> None:
        element = _at(root, path)
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)

    return bend


def _twice(path: str) -> Bend:
    def bend(root: _Element) -> None:
        element = _at(root, path)
        element.addnext(etree.fromstring(etree.tostring(element)))

    return bend


def _value(name: str, text: str | None) -> Bend:
    """The value of the attribute of that name; ``None`` takes it away."""

    def bend(root: _Element) -> None:
        for attribute in list(root.iter(f"{ASSERTION}Attribute")):
            if attribute.get("Name") == name:
                if text is None:
                    _at(root, "AttributeStatement").remove(attribute)
                else:
                    attribute[0].text = text

    return bend


def _nested_value(root: _Element) -> None:
    """An element inside the number."""
    for attribute in root.iter(f"{ASSERTION}Attribute"):
        if attribute.get("Name") == "QatarID":
            etree.SubElement(attribute[0], f"{ASSERTION}Part").tail = attribute[0].text
            attribute[0].text = "2"


def _unknown_condition(root: _Element) -> None:
    etree.SubElement(_at(root, "Conditions"), f"{ASSERTION}Condition")


_CONFIRMATION = "Subject/SubjectConfirmation"
_DATA = f"{_CONFIRMATION}/SubjectConfirmationData"
BENDS: Mapping[str, Bend] = {
    "wrong_audience": _text("Conditions/AudienceRestriction/Audience", "https://somebody-else.example/saml"),
    "longer_audience": _text("Conditions/AudienceRestriction/Audience", "https://bawaba.example/saml/more"),
    "two_audiences": _twice("Conditions/AudienceRestriction/Audience"),
    "no_audience": _without("Conditions/AudienceRestriction"),
    "no_conditions": _without("Conditions"),
    "unknown_condition": _unknown_condition,
    "wrong_issuer": _text("Issuer", "https://another-idp.example"),
    "wrong_recipient": _attribute(_DATA, "Recipient", "https://somebody-else.example/acs"),
    "no_recipient": _attribute(_DATA, "Recipient", None),
    "other_in_response_to": _attribute(_DATA, "InResponseTo", "_another-request"),
    "unsolicited": _attribute(_DATA, "InResponseTo", None),
    "confirmation_not_before": _attribute(_DATA, "NotBefore", "2026-01-01T00:00:00Z"),
    "holder_of_key": _attribute(_CONFIRMATION, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    "no_confirmation": _without(_CONFIRMATION),
    "two_confirmations": _twice(_CONFIRMATION),
    "confirmation_expired": _moment(_DATA, "NotOnOrAfter", -1),
    "confirmation_endless": _attribute(_DATA, "NotOnOrAfter", None),
    "expired": _moment("Conditions", "NotOnOrAfter", -1),
    "not_yet_valid": _moment("Conditions", "NotBefore", 1),
    "issued_long_ago": _moment("", "IssueInstant", -1),
    "issued_ahead": _moment("", "IssueInstant", 1),
    "authenticated_ahead": _moment("AuthnStatement", "AuthnInstant", 1),
    "local_time": _attribute("", "IssueInstant", "2026-01-01T00:00:00+03:00"),
    "session_ended": _moment("AuthnStatement", "SessionNotOnOrAfter", -1),
    "no_authentication": _without("AuthnStatement"),
    "old_version": _attribute("", "Version", "1.1"),
    "transient_name": _attribute("Subject/NameID", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
    "name_for_another": _attribute("Subject/NameID", "SPNameQualifier", "https://somebody-else.example/saml"),
    "empty_name": _text("Subject/NameID", ""),
    "two_names": _twice("Subject/NameID"),
    "attribute_twice": _twice("AttributeStatement/Attribute"),
    "two_values": _twice("AttributeStatement/Attribute/AttributeValue"),
    "nested_value": _nested_value,
    "impossible_number": _value("QatarID", "99963462675"),
    "null_number": _value("QatarID", "null"),
    "no_number": _value("QatarID", None),
}
"""What the provider signs and ought not to have said."""
UNSURE: Mapping[str, Bend] = {
    "unknown_level": _value("MFALevel", "supreme"),
    "no_level": _value("MFALevel", None),
    "authenticated_long_ago": _moment("AuthnStatement", "AuthnInstant", -1),
}
"""What is believed, and is not enough for everything."""


def _unsigned(assertion: _Element, keys: IdpKeys) -> _Element:
    return assertion


def _sha1(assertion: _Element, keys: IdpKeys) -> _Element:
    return signed(assertion, keys, method=SignatureMethod.RSA_SHA1)


def _sha1_digest(assertion: _Element, keys: IdpKeys) -> _Element:
    return signed(assertion, keys, digest=DigestAlgorithm.SHA1)


def _pss(assertion: _Element, keys: IdpKeys) -> _Element:
    return signed(assertion, keys, method=SignatureMethod.SHA256_RSA_MGF1)


def _inclusive(assertion: _Element, keys: IdpKeys) -> _Element:
    return signed(assertion, keys, canonical=CanonicalizationMethod.CANONICAL_XML_1_1)


def _with_comments(assertion: _Element, keys: IdpKeys) -> _Element:
    method = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS
    return signed(assertion, keys, canonical=method)


def _other_key(assertion: _Element, keys: IdpKeys) -> _Element:
    """Signed by a stranger who brings a certificate of the right name along."""
    key = rsa_key()
    return signed(assertion, IdpKeys(key, own_certificate(key, "Stand-in of NAS", datetime.now(UTC))))


def _part_only(assertion: _Element, keys: IdpKeys) -> _Element:
    """Only the subject is signed; the signature stands where that of the assertion would."""
    subject = _at(assertion, "Subject")
    subject.set("ID", new_id())
    signed_subject = signed(subject, keys)
    signature = signed_subject.find(f"{SIGNATURE}Signature")
    if signature is not None:
        assertion.insert(1, signature)
    return assertion


SIGNINGS: Mapping[str, Sign] = {
    "unsigned": _unsigned,
    "sha1": _sha1,
    "sha1_digest": _sha1_digest,
    "pss": _pss,
    "inclusive": _inclusive,
    "with_comments": _with_comments,
    "other_key": _other_key,
    "part_only": _part_only,
}
"""Ways of signing that are not enough."""


def _replaced(pattern: bytes, by: bytes) -> Spoil:
    return lambda body: re.sub(pattern, by, body, count=1, flags=re.DOTALL)


_QID = rb'(Name="QatarID"[^>]*><[^>]*>)([0-9]{3})([0-9]*)'
_NAME = rb"(<saml:NameID[^>]*>)([^<]{4})"
SPOILS: Mapping[str, Spoil] = {
    "comment_in_qid": _replaced(_QID, rb"\1\2<!-- -->\3"),
    "comment_in_name": _replaced(_NAME, rb"\1\2<!-- -->"),
    "comment_beside": _replaced(rb"<saml:Subject>", b"<!-- --><saml:Subject>"),
    "cdata_in_qid": _replaced(_QID, rb"\1<![CDATA[\2\3]]>"),
    "instruction_in_qid": _replaced(_QID, rb"\1\2<?x y?>\3"),
    "changed_qid": _replaced(_QID, rb"\g<1>285\3"),
    "changed_level": _replaced(rb">basic<", b">enhanced<"),
    "changed_signature": _replaced(rb"(SignatureValue>)....", rb"\1AAAA"),
    "doctype": lambda body: b"<!DOCTYPE Response>" + body,
    "entity": lambda body: b'<!DOCTYPE r [<!ENTITY q "28563400018">]>' + re.sub(_QID, rb"\1&q;", body, count=1),
    "external_entity": lambda body: b'<!DOCTYPE r [<!ENTITY q SYSTEM "http://127.0.0.1:9/q">]>' + body,
    "encrypted": _replaced(rb"<saml:Assertion.*</saml:Assertion>", b"<saml:EncryptedAssertion/>"),
    "encrypted_beside": _replaced(rb"<saml:Assertion", b"<saml:EncryptedAssertion/><saml:Assertion"),
    "no_assertion": _replaced(rb"<saml:Assertion.*</saml:Assertion>", b""),
    "other_root": lambda body: body.replace(b"samlp:Response", b"samlp:LogoutResponse"),
    "other_destination": _replaced(rb'Destination="[^"]*"', b'Destination="https://somebody-else.example/acs"'),
    "other_outer_request": _replaced(rb'InResponseTo="[^"]*"', b'InResponseTo="_another"'),
    "other_outer_issuer": _replaced(rb"nas\.gov\.qa/idp</saml:Issuer>", b"nas.gov.qa/other</saml:Issuer>"),
    "no_status": _replaced(rb"<samlp:Status>.*</samlp:Status>", b""),
    "odd_status": _replaced(rb"status:Success", b"state:Success"),
    "deep": _replaced(rb"<samlp:Status>", b"<a>" * 50 + b"</a>" * 50 + b"<samlp:Status>"),
    "wide": _replaced(rb"<samlp:Status>", b"<a/>" * 5000 + b"<samlp:Status>"),
    "huge": lambda body: body + b" " * 200_000,
    "not_xml": lambda body: b"SAML",
    "empty": lambda body: b"",
    "utf16": lambda body: body.decode().encode("utf-16"),
}
"""What is done to the document after it was signed, by whoever holds the browser."""
