"""What the agencies can be applied to for: the paths, and the bodies of what is sent about an application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, Union
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from adapters.qatar.operations import REFERENCE, about
from gateway.sdk import Action, Attachment, Order

PAYLOAD: Final = "application"
EVENT: Final = "event"
FILE: Final = "file"

Details: TypeAlias = Mapping[str, Union[str, "Details"]]
"""Elements by name: ``@name`` is an attribute, ``#`` the words of an element that has some."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of application: at which ``endpoint`` and ``path`` it stands."""

    service: str
    endpoint: str
    path: str

    @property
    def files(self) -> str:
        """Where its attachments are handed over."""
        return f"{self.path}/files"

    @property
    def actions(self) -> str:
        """Where something is done about one under way."""
        return f"{self.path}/actions"

    @property
    def documents(self) -> str:
        """Where what was issued is fetched."""
        return f"{self.path}/documents"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A file that the agency has: its number there, and what it is."""

    number: str
    file: Attachment


SETTLEMENT: Final = Kind("fine-settlement", "traffic", "/traffic/v1/settlement-applications")
RESIDENCE: Final = Kind("residence-certificate", "moi", "/moi/v1/residence-certificate-applications")
BRANCH: Final = Kind("branch-registration", "moci", "/moci/v1/branch-applications")
EXTENSION: Final = Kind("pension-extension", "grsia", "/grsia/v1/extension-applications")
EQUIVALENCE: Final = Kind("certificate-equivalence", "moehe", "/moehe/v1/equivalence-applications")
KINDS: Final = (SETTLEMENT, RESIDENCE, BRANCH, EXTENSION, EQUIVALENCE)

_LANGUAGES: Final[Mapping[str, str]] = {"ar": "AR", "en": "EN"}
_ACTIONS: Final[Mapping[str, str]] = {"supply": "COMPLETE", "withdraw": "WITHDRAW", "confirm_payment": "PAID"}


def target(path: str, order: Order, **more: str) -> str:
    """Path and query as sent; the exchange's own reference stands last."""
    return f"{path}?{urlencode({**more, REFERENCE: order.call})}"


def upload_target(kind: Kind, order: Order, file: Attachment) -> str:
    """Where a file of the order's application is handed over; the same one again is the same file."""
    return target(kind.files, order, application=order.reference, name=item(file.name), sha256=file.digest)


def which(order: Order) -> Mapping[str, str]:
    """The application in a query; its number is lost with a lost answer, and then the reference alone finds it."""
    number = order.national_reference
    return {"application": order.reference, "number": number} if number else {"application": order.reference}


def application(order: Order, details: Details, files: Sequence[HandedOver]) -> bytes:
    """The body of an application; every value is escaped."""
    language = _LANGUAGES.get(order.language, _LANGUAGES["en"])
    return (
        f"<application ref={quoteattr(order.reference)} language={quoteattr(language)}>"
        f"<applicant>{about(order.subject)}</applicant><purpose>{escape(order.purpose)}</purpose>"
        f"<callback>{escape(order.callback_url)}</callback><details>{_elements(details)}</details>"
        f"{_attachments(files)}</application>"
    ).encode()


def action_body(order: Order, act: Action, files: Sequence[HandedOver]) -> bytes:
    """The body of what the applicant does about an application under way."""
    items = "".join(f"<item name={quoteattr(item(name))}>{escape(text)}</item>" for name, text in act.values.items())
    return (
        f"<action ref={quoteattr(act.reference)} kind={quoteattr(_ACTIONS[act.kind])}>"
        f"<application>{escape(order.reference)}</application><number>{escape(order.national_reference or '')}</number>"
        f"<items>{items}</items>{_attachments(files)}</action>"
    ).encode()


def item(name: str) -> str:
    """``salary_certificate``, as the agencies call it: ``salaryCertificate``."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _attachments(files: Sequence[HandedOver]) -> str:
    return f"<attachments>{''.join(map(_attachment, files))}</attachments>"


def _attachment(one: HandedOver) -> str:
    name, digest = quoteattr(item(one.file.name)), quoteattr(one.file.digest)
    return f"<attachment name={name} file={quoteattr(one.number)} sha256={digest}/>"


def _elements(details: Details) -> str:
    return "".join(_element(name, value) for name, value in details.items() if name != "#" and name[0] != "@")


def _element(name: str, value: str | Details) -> str:
    if isinstance(value, str):
        return f"<{name}>{escape(value)}</{name}>"
    attributes = "".join(f" {key[1:]}={quoteattr(str(each))}" for key, each in value.items() if key[0] == "@")
    return f"<{name}{attributes}>{escape(str(value.get('#', '')))}{_elements(value)}</{name}>"
