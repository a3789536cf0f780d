"""Whether a signed assertion is for us, about this sign-in and of now, and what it says (SAML 2.0, profiles 4.1.4)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from gateway.identity.providers.answers import plain
from gateway.identity.providers.saml_names import ASSERTION, BEARER, ENTITY, PERSISTENT
from gateway.identity.providers.unbelievable import UnbelievableError

LEEWAY: Final = timedelta(seconds=120)
"""How far the provider's clock may be from ours."""
OLDEST: Final = timedelta(seconds=150)
"""How old an assertion may be. With the leeway it is less than the life of a letter, in which replays are known."""
_KNOWN_CONDITIONS: Final = frozenset({"AudienceRestriction", "OneTimeUse", "ProxyRestriction"})
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class Expected:
    """What the assertion must fit: the provider's and our own name, our address, and the request it answers."""

    issuer: str
    audience: str
    recipient: str
    request_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """What a believable assertion says; ``attributes`` are only those that were wanted."""

    id: str
    name_id: str
    authenticated_at: datetime
    session: str | None
    attributes: Mapping[str, str]


def judge(assertion: etree._Element, expected: Expected, wanted: frozenset[str]) -> Statement:
    """What the assertion says of the person; raises ``UnbelievableError`` with the first thing that is wrong.

    ``assertion`` must be what the signature covers and nothing more.
    """
    _check_head(assertion, expected)
    subject = _one(assertion, "Subject")
    _check_confirmation(_one(subject, "SubjectConfirmation"), expected)
    _check_conditions(_one(assertion, "Conditions"), expected)
    authentication = _one(assertion, "AuthnStatement")
    return Statement(
        id=assertion.get("ID", ""),
        name_id=_name_id(_one(subject, "NameID"), expected),
        authenticated_at=_authenticated_at(authentication, expected.now),
        session=plain(authentication.get("SessionIndex")) or None,
        attributes=dict(_attributes(assertion, wanted)),
    )


def _check_head(assertion: etree._Element, expected: Expected) -> None:
    if assertion.get("Version") != "2.0" or not 0 < len(assertion.get("ID", "")) <= _LONGEST_NAME:
        raise UnbelievableError("version")
    if _value(_one(assertion, "Issuer")) != expected.issuer:
        raise UnbelievableError("issuer")
    if _one(assertion, "Issuer").get("Format", ENTITY) != ENTITY:
        raise UnbelievableError("issuer")
    issued = _moment(assertion, "IssueInstant")
    if not expected.now - OLDEST - LEEWAY <= issued <= expected.now + LEEWAY:
        raise UnbelievableError("issue_instant")


def _check_confirmation(confirmation: etree._Element, expected: Expected) -> None:
    """The bearer is whoever answers our request at our address, for a short while."""
    if confirmation.get("Method") != BEARER:
        raise UnbelievableError("confirmation")
    data = _one(confirmation, "SubjectConfirmationData")
    if data.get("Recipient") != expected.recipient:
        raise UnbelievableError("recipient")
    if data.get("InResponseTo") != expected.request_id:
        raise UnbelievableError("in_response_to")
    if data.get("NotBefore") is not None:
        raise UnbelievableError("confirmation")
    if _moment(data, "NotOnOrAfter") + LEEWAY <= expected.now:
        raise UnbelievableError("expired")


def _check_conditions(conditions: etree._Element, expected: Expected) -> None:
    if _moment(conditions, "NotBefore") - LEEWAY > expected.now:
        raise UnbelievableError("not_yet_valid")
    if _moment(conditions, "NotOnOrAfter") + LEEWAY <= expected.now:
        raise UnbelievableError("expired")
    # A condition that is not understood is not met (SAML core, 2.5.1.1).
    if not {etree.QName(each).localname for each in conditions} <= _KNOWN_CONDITIONS:
        raise UnbelievableError("condition")
    if _value(_one(_one(conditions, "AudienceRestriction"), "Audience")) != expected.audience:
        raise UnbelievableError("audience")


def _name_id(name: etree._Element, expected: Expected) -> str:
    """The provider's lasting name for the person, made for us alone."""
    if name.get("Format") != PERSISTENT or name.get("SPNameQualifier", expected.audience) != expected.audience:
        raise UnbelievableError("name_id")
    if name.get("NameQualifier", expected.issuer) != expected.issuer:
        raise UnbelievableError("name_id")
    return _value(name)


def _authenticated_at(authentication: etree._Element, now: datetime) -> datetime:
    moment = _moment(authentication, "AuthnInstant")
    if moment > now + LEEWAY:
        raise UnbelievableError("authn_instant")
    ends = authentication.get("SessionNotOnOrAfter")
    if ends is not None and _moment(authentication, "SessionNotOnOrAfter") + LEEWAY <= now:
        raise UnbelievableError("session_ended")
    return min(moment, now)


def _attributes(assertion: etree._Element, wanted: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each wanted attribute, which must stand once with one value."""
    seen: set[str] = set()
    for attribute in assertion.findall(f"{ASSERTION}AttributeStatement/{ASSERTION}Attribute"):
        name = attribute.get("Name", "")
        if name in wanted:
            if name in seen:
                raise UnbelievableError("attribute_twice")
            seen.add(name)
            yield name, _value(_one(attribute, "AttributeValue"))


def _one(parent: etree._Element, name: str) -> etree._Element:
    """The one child of that name."""
    found = parent.findall(f"{ASSERTION}{name}")
    if len(found) != 1:
        raise UnbelievableError(f"number_of_{name}")
    return found[0]


def _value(element: etree._Element) -> str:
    """The text, which must be plain and whole: nothing stands inside it."""
    text = plain(element.text, _LONGEST_NAME)
    if len(element) or not text:
        raise UnbelievableError("value")
    return text


def _moment(element: etree._Element, name: str) -> datetime:
    """A moment in UTC, as SAML demands it."""
    text = element.get(name, "")
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(name)
        return datetime.fromisoformat(text)
    except ValueError as problem:
        raise UnbelievableError("date") from problem
