"""A stand-in of Qatar's four agencies: it checks key, clock and signature of each request and answers in XML."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hmac import compare_digest
from typing import ClassVar, Final
from urllib.parse import urlsplit

from aiohttp import web
from lxml import etree

from adapters.qatar import sandbox_answers as answers
from adapters.qatar.answers import FOUND, NOT_FOUND, REPLAYED
from adapters.qatar.application_messages import KINDS, Kind
from adapters.qatar.operations import (
    CONTRIBUTIONS,
    PERSON,
    REFERENCE,
    REGISTRATION,
    REGISTRATION_BY_NUMBER,
    REGISTRATIONS,
    VIOLATIONS,
    Operation,
)
from adapters.qatar.sandbox_applications import ApplicationDesk
from adapters.qatar.sandbox_files import PAY, Files
from adapters.qatar.sandbox_xml import Record, reply
from adapters.qatar.signing import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign_digest
from gateway.sdk import BackendGarbled, Country, read_xml
from gateway.sdk import sandbox as kit
from gateway.sdk.sandbox.papers import make_documents_key

INQUIRIES: Final = (PERSON, VIOLATIONS, REGISTRATIONS, CONTRIBUTIONS)
TOLERANCE_MS: Final = 300_000
"""By how much the two clocks may differ, either way."""

BAD_REQUEST: Final = ("1000", "The request cannot be read.")
BAD_KEY: Final = ("2001", "The API key is not known.")
BAD_SIGNATURE: Final = ("2002", "The signature does not match the request.")
BAD_CLOCK: Final = ("2003", "The timestamp is too far from the present.")
USED: Final = (REPLAYED, "The signature was used before.")
NOBODY: Final = (NOT_FOUND, "No record was found.")
_PIECE: Final = 65_536
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a person, by QID, or by a number and nationality of another Gulf state."""

    number: str
    nationality: str


class Sandbox(kit.Sandbox):
    """A primed reply may hold ``{ref}`` and ``{transaction}``, which are filled in."""

    name: ClassVar[str] = "qatar"
    country: ClassVar[Country] = Country.QA
    undisturbed: ClassVar[frozenset[str]] = frozenset((PAY,))

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        key, certificate = make_documents_key("Invented state of Qatar, documents")
        return {
            "api_key": secrets.token_urlsafe(24),
            "signing_secret": secrets.token_urlsafe(32),
            "callback_secret": secrets.token_urlsafe(32),
            "documents_certificate": certificate,
            # Not on the name plate: what a state signs with never leaves it.
            "documents_key": key,
        }

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        return dict.fromkeys((*(each.endpoint for each in INQUIRIES), *(kind.endpoint for kind in KINDS)), url)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        self._used: OrderedDict[str, int] = OrderedDict()
        for operation in INQUIRIES:
            router.add_post(operation.path, self._handler(operation))
        router.add_get(REGISTRATION_BY_NUMBER.path, self._handler(REGISTRATION_BY_NUMBER))
        files = Files(self)
        desk = ApplicationDesk(self, files, _is_loopback)
        for kind in KINDS:
            apply = self._known_only(partial(_applied, desk, kind))
            router.add_post(kind.path, apply)
            router.add_get(kind.path, apply)
            router.add_post(kind.actions, apply)
            router.add_get(kind.documents, self._known_only(lambda request, _: files.give(request)))
            router.add_post(kind.files, self._file_handler(files))
        router.add_get(PAY, files.pay)
        router.add_post(PAY, files.pay)

    def _known_only(self, answer: Callable[[web.Request, bytes], Awaitable[web.Response]]) -> Handler:
        """The handler that answers those only who have signed what they send."""

        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            if problem := self._stranger(request, hashlib.sha256(body).hexdigest()):
                return reply(*problem, request.query.get(REFERENCE, ""), http=401).response()
            return await answer(request, body)

        return handle

    def _file_handler(self, files: Files) -> Handler:
        """As ``_known_only``, for a body that is read in pieces and not kept."""

        async def handle(request: web.Request) -> web.StreamResponse:
            digest, size = hashlib.sha256(), 0
            async for piece in request.content.iter_chunked(_PIECE):
                digest.update(piece)
                size += len(piece)
            if problem := self._stranger(request, digest.hexdigest()):
                return reply(*problem, request.query.get(REFERENCE, ""), http=401).response()
            return files.take(request, digest.hexdigest(), size)

        return handle

    def _handler(self, operation: Operation) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            body, reference = await request.read(), request.query.get(REFERENCE, "")
            if problem := self._stranger(request, hashlib.sha256(body).hexdigest()):
                return reply(*problem, reference, http=401).response()
            try:
                found = self._found(operation, request, body)
            except (BackendGarbled, ValueError):
                return reply(*BAD_REQUEST, reference, http=400).response()
            return self._told(operation, found, reference).response()

        return handle

    def _stranger(self, request: web.Request, digest: str) -> tuple[str, str] | None:
        """Why the request, whose body has that ``digest``, is not believed.

        A signature that is good is remembered for as long as it could be used.
        """
        headers, now = request.headers, int(self.clock().timestamp() * 1000)
        if not compare_digest(headers.get(KEY_HEADER, "").encode(), self.secrets["api_key"].encode()):
            return BAD_KEY
        timestamp, signature = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
        secret = self.secrets["signing_secret"].encode()
        expected = sign_digest(secret, request.method, request.raw_path, timestamp, digest)
        if not compare_digest(signature.encode(), expected.encode()):
            return BAD_SIGNATURE
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15):
            return BAD_CLOCK
        if abs(int(timestamp) - now) > TOLERANCE_MS:
            return BAD_CLOCK
        if signature in self._used:
            return USED
        self._remember(signature, now)
        return None

    def _remember(self, signature: str, now: int) -> None:
        self._used[signature] = now + 2 * TOLERANCE_MS
        while self._used and next(iter(self._used.values())) < now:
            self._used.popitem(last=False)

    def _told(self, operation: Operation, found: Record | None, reference: str) -> kit.Reply:
        transaction = f"{operation.endpoint.upper()}-{secrets.randbelow(10**12):012d}"
        if found is None:
            default = reply(*NOBODY, reference, {"transaction": transaction})
        else:
            default = reply(FOUND, "Success", reference, {"transaction": transaction, operation.payload: found})
        said = self.answer(default)
        if said is default:
            return said
        body = said.body.replace(b"{ref}", reference.encode()).replace(b"{transaction}", transaction.encode())
        return replace(said, body=body)

    def _found(self, operation: Operation, request: web.Request, body: bytes) -> Record | None:
        """What is known of whom or what is asked about; ``None`` when there is nobody or nothing of that number."""
        if operation is REGISTRATION_BY_NUMBER:
            return self._registration(request.query.get(REGISTRATION, ""))
        known = self._known(read_inquiry(body))
        return None if known is None else self._held(operation, known.identifier)

    def _registration(self, number: str) -> Record | None:
        company = self.company(number)
        return answers.registrations([company], self._people) if company else None

    def _known(self, asked: Asked) -> kit.SyntheticPerson | None:
        """A QID is looked for among those who have one, another Gulf number under its nationality."""
        known = self.population.person(asked.number)
        nationality = "" if known is None or known.home is Country.QA else known.home.facts.alpha3
        return known if nationality == asked.nationality else None

    def _held(self, operation: Operation, identifier: str) -> Record | None:
        if operation is VIOLATIONS:
            return answers.violations(self.fines(identifier), self._people)
        if operation is REGISTRATIONS:
            return answers.registrations(self.companies(identifier), self._people)
        if operation is CONTRIBUTIONS:
            return answers.contributions(self.contributions(identifier), self._people)
        who = self.person(identifier)
        return answers.person(who) if who else None

    @cached_property
    def _people(self) -> answers.People:
        return {who.identifier: who for who in self.population.people}


async def _applied(desk: ApplicationDesk, kind: Kind, request: web.Request, body: bytes) -> web.Response:
    return desk.answer(request, kind, body)


def _is_loopback(url: str) -> bool:
    """The stand-in posts to this machine only, whatever it is told."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")


def read_inquiry(body: bytes) -> Asked:
    """The question; raises ``BackendGarbled`` and ``ValueError`` where it is none."""
    root = read_xml(body)
    if root.tag != "inquiry" or not root.findtext("purpose"):
        raise ValueError("is no question")
    visitor = root.find("gcc")
    if visitor is None:
        return Asked(_needed(root, "qid"), "")
    return Asked(_needed(visitor, "number"), _needed(visitor, "nationality"))


def _needed(element: etree._Element, name: str) -> str:
    text = element.findtext(name)
    if not text:
        raise ValueError(f"has no {name}")
    return text
