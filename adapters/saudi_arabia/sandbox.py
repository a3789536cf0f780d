"""A stand-in of the Saudi bus and of Wathq, two protocols on one port, answering for synthetic people."""

import secrets
from collections.abc import Mapping
from hmac import compare_digest
from typing import ClassVar

import orjson
from aiohttp import web

from adapters.saudi_arabia import sandbox_lists, sandbox_people, sandbox_register
from adapters.saudi_arabia.operations import (
    ADDRESS,
    CITIZEN,
    CONTRIBUTION,
    CONTRIBUTIONS,
    GULF_CITIZEN,
    OPERATIONS,
    RESIDENT,
    STATUS,
    SUBMIT,
    UPDATE,
    VIOLATION,
    VIOLATIONS,
)
from adapters.saudi_arabia.sandbox_bus import Message, Refused, read_message, written_answer, written_fault
from adapters.saudi_arabia.sandbox_requests import TICKETS, RequestDesk
from adapters.saudi_arabia.sandbox_writing import code_of, listed, state_of
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

_REGISTER = "/wathq/commercial-registration"
_UNKNOWN = {VIOLATIONS: "110", CONTRIBUTIONS: "120"}


class Sandbox(kit.Sandbox):
    """Checks the credentials in each body and each header, and answers as the real systems are known to."""

    name: ClassVar[str] = "saudi_arabia"
    country: ClassVar[Country] = Country.SA

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        key, certificate = kit.make_documents_key(cls.name)
        return {
            "charge_code": f"BAWABA{secrets.randbelow(10**6):06d}",
            "user_name": f"bawaba_{secrets.token_hex(3)}",
            # As generated passwords are: with characters that XML must escape.
            "password": f"{secrets.token_urlsafe(18)}&<'\">",
            "api_key": secrets.token_urlsafe(24),
            "documents_certificate": certificate,
            "documents_key": key,
        }

    @classmethod
    def endpoints(cls, url: str) -> Mapping[str, str]:
        return {"soap": f"{url}/services", "wathq": f"{url}/wathq"}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for service in dict.fromkeys(operation.service for operation in OPERATIONS):
            router.add_post(f"/services/{service}", self._bus)
        self.requests_desk = RequestDesk(self)
        self.requests_desk.add_routes(router)
        router.add_get(f"{_REGISTER}/fullinfo/{{number}}", self._full_information)
        router.add_get(f"{_REGISTER}/related/{{identifier}}/{{kind}}", self._related)

    # --- the bus

    async def _bus(self, request: web.Request) -> web.Response:
        try:
            message = read_message(request, await request.read(), self.secrets)
        except Refused as fault:
            return written_fault(fault).response()
        try:
            if message.operation in TICKETS:
                # No answer of the business: one that was primed waits for the request itself.
                return written_answer(message, self.requests_desk.ticket(message)).response()
            reply = written_answer(message, self._content(message, str(request.url.origin())))
        except Refused as fault:
            reply = written_fault(fault, message.reference)
        return self.answer(reply).response()

    def _content(self, message: Message, origin: str) -> str:
        """The elements of the result; raises ``Refused`` where nobody of that number is known."""
        operation, asked = message.operation, message.values
        if operation in (SUBMIT, STATUS, UPDATE):
            return self.requests_desk.content(message, origin)
        if operation is CITIZEN:
            person = self._known(asked, "nin", "citizen", "100")
            return listed(sandbox_people.citizen(person), ADDRESS, sandbox_people.addresses(person))
        if operation is RESIDENT:
            person = self._known(asked, "iqamaNumber", "resident", "101")
            return listed(sandbox_people.resident(person), ADDRESS, sandbox_people.addresses(person))
        if operation is GULF_CITIZEN:
            person = self._known(asked, "gccNIN", "gcc_visitor", "102", asked.get("gccNationality", ""))
            return listed(sandbox_people.gulf_citizen(person))
        return self._list(message)

    def _list(self, message: Message) -> str:
        asked = message.values
        person = self._known(asked, "id", "", _UNKNOWN[message.operation], asked.get("nationality", ""))
        about = {"id": person.identifier, "nationality": state_of(person)}
        if message.operation is VIOLATIONS:
            fines = self.fines(person.identifier)
            rows = [sandbox_lists.violation(fine, person) for fine in fines]
            return listed({**about, "violationCount": str(len(rows))}, VIOLATION, rows)
        months = [*sandbox_lists.contributions(self.contributions(person.identifier), person)]
        return listed({**about, "monthCount": str(len(months))}, CONTRIBUTION, months)

    def _known(
        self, asked: Mapping[str, str], number: str, standing: str, code: str, state: str = ""
    ) -> kit.SyntheticPerson:
        """Who is asked for, or somebody else where the stand-in is told to be wrong."""
        if self.wrong:
            return next(
                each
                for each in self.population.people
                if each.identifier != asked.get(number) and standing in ("", each.standing)
            )
        person = self.person(asked.get(number, ""))
        if (
            person is None
            or standing not in ("", person.standing)
            or state != ("" if person.home is Country.SA else code_of(person.home))
        ):
            raise Refused(code)
        return person

    # --- Wathq

    async def _full_information(self, request: web.Request) -> web.Response:
        if problem := self._turned_away(request):
            return problem
        number = request.match_info["number"]
        company = self.company(number) if number.isdigit() and len(number) == 10 else None
        if company is None:
            return self.answer(_error(404, "404.2.1", "No results found")).response()
        information = sandbox_register.full_information(company, self.population, _english(request))
        return self.answer(_json(200, information)).response()

    async def _related(self, request: web.Request) -> web.Response:
        if problem := self._turned_away(request):
            return problem
        person, companies = self._holder(request)
        if person is None or not companies:
            return self.answer(_error(404, "404.2.1", "No results found")).response()
        return self.answer(_json(200, sandbox_register.related(person, companies, _english(request)))).response()

    def _holder(self, request: web.Request) -> tuple[kit.SyntheticPerson | None, tuple[kit.SyntheticCompany, ...]]:
        """Who is asked for, with what they own or manage."""
        identifier, kind = request.match_info["identifier"], request.match_info["kind"]
        person = self.person(identifier)
        if person is None or self.wrong:
            return person, self.companies(identifier)
        state = "" if person.home is Country.SA else code_of(person.home)
        known = sandbox_register.identity_kind(person) == kind and request.query.get("nationality", "") == state
        return (person if known else None), self.companies(identifier)

    def _turned_away(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("apiKey", "")
        if not compare_digest(given.encode(), self.secrets["api_key"].encode()):
            return _error(401, "401.1.1", "Invalid apiKey").response()
        if request.query.get("language", "ar") not in ("ar", "en"):
            return _error(400, "400.1.3", "Invalid language").response()
        return None


def _english(request: web.Request) -> bool:
    return request.query.get("language") == "en"


def _error(status: int, code: str, message: str) -> kit.Reply:
    return _json(status, {"code": code, "message": message})


def _json(status: int, document: Mapping[str, object]) -> kit.Reply:
    return kit.Reply(status, "application/json", orjson.dumps(document))
