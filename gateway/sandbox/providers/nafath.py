"""A stand-in of Nafath: requests, their status and the key set as its public clients use them.

Invented are the telephone (``/phone``: three numbers, one of them right), the reason ``WRONG_NUMBER``, the token
as a member of the status answer (the original posts it to the client's address), and the refusals' bodies.
"""

import asyncio
import json
import re
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic, time
from typing import ClassVar, Final
from uuid import uuid4

from aiohttp import web

from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.nafath_claims import claims_of
from gateway.sandbox.providers.nafath_keys import SigningKeys
from gateway.sandbox.providers.plain_page import choices_page, form
from gateway.schema.country import Country
from gateway.sdk.sandbox import SyntheticPerson, population

AUDIENCE: Final = "bawaba"
WINDOW: Final = 60.0
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Request:
    """A push and what became of it; ``shown`` are the three numbers on the telephone."""

    transaction: str
    person: SyntheticPerson
    service: str
    number: str
    shown: tuple[str, ...]
    until: float
    status: str = "WAITING"
    reason: str = ""

    @property
    def now(self) -> str:
        """The status at this moment."""
        return "EXPIRED" if self.status == "WAITING" and monotonic() > self.until else self.status


class StandIn(ProviderStandIn):
    """Nafath on loopback; ``window`` is how long a push waits, ``ahead`` how far its clock is ahead, in seconds."""

    provider: ClassVar[str] = "sa-nafath"

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.window, self.ahead = WINDOW, 0.0
        self.keys = SigningKeys()
        self.requests: dict[str, Request] = {}
        self._population = population(Country.SA)
        self._seen: set[str] = set()

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """An application and its key."""
        return {"app_id": randomness.token_hex(4), "app_key": randomness.token_hex(16)}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The known addresses, and those of the telephone."""
        router.add_post("/api/v1/mfa/request", self._request)
        router.add_post("/api/v1/mfa/request/status", self._status)
        router.add_get("/api/v1/mfa/jwk", self._jwk)
        router.add_get("/phone", self._phone)
        router.add_post("/choose", self._choose)
        router.add_post("/_control/decide", self._control_decide)

    def decide(self, persona: str, decision: str) -> Request:
        """Does to the person's latest push what the decision says: approve, decline, wrong or expire."""
        number = dict(self.people[persona].identifiers).get(Country.SA)
        request = next(each for each in reversed(self.requests.values()) if each.person.identifier == number)
        match decision:
            case "approve":
                self.pick(request, request.number)
            case "wrong":
                self.pick(request, next(shown for shown in request.shown if shown != request.number))
            case "decline":
                self.pick(request, "")
            case "expire":
                request.until = 0.0
            case _:
                raise ValueError("approve, decline, wrong or expire")
        return request

    def pick(self, request: Request, number: str) -> None:
        """The person touches a number; nothing is the button to decline."""
        if request.now != "WAITING":
            return
        if number == request.number:
            request.status = "COMPLETED"
        else:
            request.status, request.reason = "REJECTED", "WRONG_NUMBER" if number else ""

    def token(self, request: Request) -> str:
        """The token of a completed request; a stand-in that lies makes another."""
        return self.keys.sign(self.claims(request))

    def claims(self, request: Request) -> dict[str, object]:
        """What the token says, with every quirk of the one payload that is known."""
        issued = int(time() + self.ahead)
        return claims_of(request.person, request.transaction, request.service, AUDIENCE, issued)

    def status_answer(self, request: Request) -> bytes:
        """The body of a status answer."""
        answer = {"status": request.now}
        if request.reason:
            answer["reason"] = request.reason
        if request.now == "COMPLETED":
            answer["token"] = self.token(request)
        return json.dumps(answer).encode()

    def key_set(self) -> bytes:
        """The body of the key set."""
        return json.dumps(self.keys.jwks()).encode()

    async def _request(self, request: web.Request) -> web.Response:
        """A new push, if the client is known, the request id new and the person somebody with the app."""
        if not self._is_client(request):
            return _refusal(401, "Unauthorized")
        asked = await request.json()
        request_id = request.query.get("requestId", "")
        if (
            not _UUID.fullmatch(request_id)
            or request_id in self._seen
            or request.query.get("local") not in ("ar", "en")
        ):
            return _refusal(400, "requestId or local")
        self._seen.add(request_id)
        person = self._population.person(str(asked.get("nationalId", "")))
        if person is None or person.home is not Country.SA:
            return _refusal(400, "nationalId")
        pushed = self._push(person, str(asked.get("service", "")))
        return web.json_response({"transId": pushed.transaction, "random": pushed.number}, status=201)

    def _push(self, person: SyntheticPerson, service: str) -> Request:
        shown = tuple(str(number) for number in randomness.SystemRandom().sample(range(10, 100), 3))
        pushed = Request(str(uuid4()), person, service, randomness.choice(shown), shown, monotonic() + self.window)
        self.requests[pushed.transaction] = pushed
        return pushed

    async def _status(self, request: web.Request) -> web.Response:
        if not self._is_client(request):
            return _refusal(401, "Unauthorized")
        asked = await request.json()
        pushed = self.requests.get(str(asked.get("transId", "")))
        if pushed is None or (pushed.person.identifier, pushed.number) != (
            asked.get("nationalId"),
            asked.get("random"),
        ):
            return _refusal(404, "transId")
        await asyncio.to_thread(self.keys.prepare)
        return web.Response(body=self.status_answer(pushed), content_type="application/json")

    async def _jwk(self, request: web.Request) -> web.Response:
        if not self._is_client(request):
            return _refusal(401, "Unauthorized")
        await asyncio.to_thread(self.keys.prepare)
        return web.Response(body=self.key_set(), content_type="application/json")

    def _is_client(self, request: web.Request) -> bool:
        given = (request.headers.get("APP-ID"), request.headers.get("APP-KEY"))
        return given == (self.secrets["app_id"], self.secrets["app_key"])

    async def _phone(self, request: web.Request) -> web.Response:
        """Every push that waits, as its person's telephone shows it."""
        waiting = [pushed for pushed in self.requests.values() if pushed.now == "WAITING"]
        forms = []
        for pushed in waiting:
            choices = [("number", number, number) for number in pushed.shown]
            choices.append(("decision", "decline", f"{pushed.person.latin.full}: decline / رفض"))
            forms.append(form("/choose", {"transId": pushed.transaction}, choices))
        text = "Touch the number that the sign-in page shows." if waiting else "No request waits. Load the page again."
        return choices_page("Nafath, the telephone", text, forms)

    async def _choose(self, request: web.Request) -> web.Response:
        """A touch on the telephone's page, or ``persona`` and ``decision`` from a script (approve unless told)."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        if persona := fields.get("persona"):
            self._decide_or_refuse(persona, fields.get("decision", "approve"))
        elif pushed := self.requests.get(fields.get("transId", "")):
            self.pick(pushed, fields.get("number", ""))
        else:
            raise web.HTTPBadRequest
        return choices_page("Nafath, the telephone", "Done. Go back to the sign-in page.", ())

    async def _control_decide(self, request: web.Request) -> web.Response:
        order = await request.json()
        self._decide_or_refuse(str(order.get("persona")), str(order.get("decision")))
        return web.Response(status=204)

    def _decide_or_refuse(self, persona: str, decision: str) -> None:
        try:
            self.decide(persona, decision)
        except (KeyError, StopIteration, ValueError) as problem:
            raise web.HTTPBadRequest from problem


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
