"""A stand-in of Kuwait's four agencies: it acknowledges a SOAP request and posts the answer to the callback address."""

import secrets
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from hmac import compare_digest
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from adapters.kuwait import requests as applied
from adapters.kuwait import sandbox_answers as answers
from adapters.kuwait.operations import CONTRIBUTIONS, OPERATIONS, PATH, REGISTRATIONS, VIOLATIONS, Operation
from adapters.kuwait.sandbox_files import PAY, Files
from adapters.kuwait.sandbox_requests import RequestDesk
from adapters.kuwait.sandbox_soap import (
    Asked,
    Contract,
    Unreadable,
    Value,
    acknowledgement,
    callback,
    fault,
    read_request,
    refusal,
)
from adapters.kuwait.signing import HEADER, sign
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

NOT_FOUND, INVALID = ("1001", "No data was found."), ("1000", "The request is not valid.")
REMEMBERED = 1000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# What befalls the request itself; every other behaviour befalls the callback.
_WHEN_ASKED = frozenset({"down", "rate_limiting", "redirect", "huge"})


def _path(operation: Operation) -> str:
    return f"/{operation.endpoint.upper()}{PATH}"


class Sandbox(kit.Sandbox):
    """Checks the Basic credentials, answers each RefId once, and signs what it posts.

    A primed reply may hold ``{RefId}``, ``{RequestID}`` and ``{RequestType}``, which are filled in before it is signed.
    """

    name: ClassVar[str] = "kuwait"
    country: ClassVar[Country] = Country.KW
    undisturbed: ClassVar[frozenset[str]] = frozenset((*map(_path, OPERATIONS), PAY))

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        return {
            "username": "bawaba",
            "password": secrets.token_urlsafe(24),
            "callback_key": secrets.token_urlsafe(32),
        }

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        names = {*(operation.endpoint for operation in OPERATIONS), *(kind.endpoint for kind in applied.KINDS)}
        return {name: f"{url}/{name.upper()}" for name in sorted(names)}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        self._numbers: OrderedDict[str, str] = OrderedDict()
        credentials = f"{self.secrets['username']}:{self.secrets['password']}".encode()
        self._credentials = b"Basic " + b64encode(credentials)
        for operation in OPERATIONS:
            router.add_post(_path(operation), self._handler(operation))
        files = Files(self)
        desk = RequestDesk(self, files, _is_loopback)
        for kind in applied.KINDS:
            site = f"/{kind.endpoint.upper()}"
            router.add_post(f"{site}{applied.PATH}", self._known_only(partial(desk.answer, kind=kind)))
            router.add_post(f"{site}{applied.UPLOAD}", self._known_only(files.take))
            router.add_get(f"{site}{applied.DOCUMENT}", self._known_only(files.give))
        router.add_get(PAY, files.pay)
        router.add_post(PAY, files.pay)

    def _known_only(self, answer: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
        """The handler that answers those with the right credentials only."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await answer(request) if self._is_known(request) else _challenge()

        return handle

    def _is_known(self, request: web.Request) -> bool:
        return compare_digest(request.headers.get("Authorization", "").encode(), self._credentials)

    def _handler(self, operation: Operation) -> Handler:
        async def asked(request: web.Request) -> web.StreamResponse:
            return await self._accept(request, operation)

        async def handle(request: web.Request) -> web.StreamResponse:
            if self._behaviour.kind in _WHEN_ASKED:
                return await self._misbehave(self._next(), request, asked)
            return await asked(request)

        return handle

    async def _accept(self, request: web.Request, operation: Operation) -> web.Response:
        if not self._is_known(request):
            return _challenge()
        try:
            question = read_request(await request.read(), request.headers.get("SOAPAction", ""), operation)
        except Unreadable as problem:
            return fault(problem.code).response()
        if not question["RefId"] or not _is_loopback(question["SPCallbackURL"]):
            return refusal(operation, *INVALID).response()
        number = self._numbers.get(question["RefId"])
        if number is None:
            number = self._numbers[question["RefId"]] = f"DSP{secrets.randbelow(10**12):012d}"
            if len(self._numbers) > REMEMBERED:
                self._numbers.popitem(last=False)
            self.later(self._deliver(question, number))
        return acknowledgement(operation, number).response()

    async def _deliver(self, question: Asked, number: str) -> None:
        headers: dict[str, str] = {}

        def compose() -> kit.Reply:
            reply = _filled(self.answer(callback(self._response(question, number))), question, number)
            headers[HEADER] = sign(self.secrets["callback_key"].encode(), question["RefId"], reply.body)
            return reply

        # Whoever asked may be gone, or may have stopped waiting.
        with suppress(aiohttp.ClientError):
            await self.call_back(question["SPCallbackURL"], compose, headers)

    def _response(self, question: Asked, number: str) -> Contract:
        found = self._found(question)
        member, value = found or ("Error", {"Code": NOT_FOUND[0], "Message": NOT_FOUND[1]})
        return {
            "Error": None,
            "RequestDetails": {
                "RefId": question["RefId"],
                "RequestID": number,
                "RequestType": question.operation.request_type,
                "ServiceProviderId": self.secrets["username"],
            },
            "ResultDetails": {
                "ResultCode": "1" if found else "2",
                "TransactionDate": answers.local(self.clock()),
            },
            member: value,
        }

    def _found(self, question: Asked) -> tuple[str, Value] | None:
        """The member that holds what is known of whom is asked about; ``None`` when nobody of that number is."""
        wanted = question["RegistrationNo"]
        if question.operation is REGISTRATIONS and wanted:
            company = self.company(wanted)
            return ("Registrations", answers.registrations([company], self._people)) if company else None
        known = self._known(question)
        return self._held(question.operation, known.identifier) if known else None

    def _known(self, question: Asked) -> kit.SyntheticPerson | None:
        """A civil number is looked for among those who have one, another Gulf number under its nationality."""
        known = self.population.person(question["PersonCivilNo"] or question["GccCivilNo"])
        nationality = "" if known is None or known.home is Country.KW else known.home.facts.numeric
        return known if nationality == question["GccNationality"] else None

    def _held(self, operation: Operation, identifier: str) -> tuple[str, Value] | None:
        if operation is VIOLATIONS:
            return "Violations", answers.violations(self.fines(identifier), self._people)
        if operation is REGISTRATIONS:
            return "Registrations", answers.registrations(self.companies(identifier), self._people)
        if operation is CONTRIBUTIONS:
            return "Contributions", answers.contributions(self.contributions(identifier), self._people)
        who = self.person(identifier)
        return ("PersonalData", answers.person(who)) if who else None

    @cached_property
    def _people(self) -> answers.People:
        return {who.identifier: who for who in self.population.people}


def _challenge() -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="GulfInquiry"'})


def _filled(reply: kit.Reply, question: Asked, number: str) -> kit.Reply:
    """The reply with its placeholders filled in."""
    body = reply.body
    for name, value in (
        ("RefId", question["RefId"]),
        ("RequestID", number),
        ("RequestType", question.operation.request_type),
    ):
        body = body.replace(f"{{{name}}}".encode(), value.encode())
    return replace(reply, body=body)


def _is_loopback(url: str) -> bool:
    """The stand-in posts to this machine only, whatever it is told."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
