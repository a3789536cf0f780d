"""``POST /v1/lookups/{service}``: one question, one answer from each state asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web
from pydantic import Field

from gateway.errors import BawabaError, InvalidInput, UnknownCountry
from gateway.fanout import Fanout, Question
from gateway.flow import Flow, Reply
from gateway.i18n import Catalogue
from gateway.identity.principal import Principal
from gateway.policy.permit import Policy, own_identifier
from gateway.policy.quota import Quota
from gateway.registry.inputs import INPUT_CODES, fold_text, pointer_to
from gateway.registry.reach import body_elsewhere, point_to_page
from gateway.registry.services import Services
from gateway.schema.answer import Outcome
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.records import AnyRecord
from gateway.schema.text import Text
from gateway.web.address import caller_address
from gateway.web.body import read_json_object
from gateway.web.contract import Operation, path_parameter
from gateway.web.doorkeeper import SIGN_IN_CODES, Doorkeeper
from gateway.web.middleware import LANGUAGE, REQUEST_ID
from gateway.web.problems import Problems

StateWords = Mapping[tuple[Outcome, Country], dict[str, str]]
_COUNTRIES: Mapping[str, Country] = {country.value: country for country in Country}


class LookupBody(Frozen):
    """One question. ``countries`` absent or empty asks every state that implements the service."""

    countries: tuple[Country, ...] = Field((), description="States to ask, ISO 3166-1 alpha-2.")
    inputs: dict[str, Any] = Field(default_factory=dict, description="As the service's own JSON Schema says.")
    purpose: str = Field(description="Why the data is wanted; one of the service's purposes.")


class SealedReceipt(Frozen):
    """The evidence that this answer is in the ledger; ``salt`` opens its commitments and is yours alone."""

    id: str
    index: int = Field(description="Place of the entry in the log, from 0.")
    leaf_hash: str = Field(description="RFC 6962 leaf hash, base64.")
    sealed_at: datetime
    salt: str = Field(description="32 bytes, base64.")


class StateAnswer(Frozen):
    """What one state said; it stands alone, whatever the others did."""

    country: Country
    status: Outcome
    message: Text
    code: str | None = Field(None, description="The problem code when the status is neither ok, none nor stale.")
    retryable: bool = False
    agency: str | None = None
    adapter: str | None = Field(None, description="Adapter and version that answered, `kuwait@1.0.0`.")
    records: tuple[AnyRecord, ...]
    receipt: SealedReceipt
    took_ms: int


class LookupAnswer(Frozen):
    """One answer a state, in the order asked."""

    request_id: str
    service: str
    purpose: str
    asked_at: datetime
    answers: tuple[StateAnswer, ...]


CODES = (
    *((400, code) for code in ("malformed_json", "json_too_deep", "duplicate_key", "bad_text", "json_not_object")),
    *SIGN_IN_CODES,
    (401, "insufficient_user_authentication"),
    *((403, code) for code in ("insufficient_scope", "purpose_not_allowed", "purpose_not_consented")),
    (403, "not_your_identifier"),
    (404, "unknown_service"),
    (408, "body_too_slow"),
    (413, "body_too_large"),
    *((415, code) for code in ("unsupported_media_type", "content_encoding")),
    *((422, code) for code in INPUT_CODES),
    *((422, code) for code in ("identifier_format", "identifier_check_digit", "unknown_country")),
    *((422, code) for code in ("service_not_in_country", "purpose_missing", "unknown_purpose")),
    (429, "too_many_requests"),
    *((503, code) for code in ("sealing_failed", "unavailable")),
)


@dataclass(frozen=True, slots=True)
class Lookups:
    """The endpoint and what it stands on."""

    doorkeeper: Doorkeeper
    services: Services
    policy: Policy
    fanout: Fanout
    flow: Flow
    strangers: Quota
    problems: Problems
    words: StateWords
    clock: Callable[[], datetime]
    body_seconds: float

    def operations(self) -> Sequence[Operation]:
        return (
            Operation(
                "lookup",
                "POST",
                "/v1/lookups/{service}",
                self.post,
                LookupAnswer,
                body=LookupBody,
                parameters=(path_parameter("service"),),
                secured=True,
                codes=CODES,
                example={"countries": ["KW", "OM"], "inputs": {}, "purpose": "self_service"},
            ),
        )

    async def post(self, request: web.Request) -> web.Response:
        """Answers the question; whatever was turned away is sealed as refused before the problem leaves."""
        service = request.match_info["service"]
        principal: Principal | None = None
        try:
            principal = await self.doorkeeper.identify(request)
            question = await self._question(request, principal, service)
            asked_at = self.clock()
            replies = await self.fanout.ask(principal, question)
        except BawabaError as problem:
            if principal is None:
                # Turned away unread and unsealed: whoever floods the door with forged tokens must not fill the record.
                self.strangers.spend(caller_address(request))
            if problem.code == "service_not_in_country":
                point_to_page(problem, self.services.find(service))
            if problem.status < 500:
                known = service if service in self.services else "unknown"
                await self.flow.refuse(principal, known, request[REQUEST_ID], problem)
            raise
        return self._render(question, asked_at, replies)

    async def _question(self, request: web.Request, principal: Principal, name: str) -> Question:
        service = self.services.find(name, "lookup")
        body = await read_json_object(request, self.body_seconds)
        for unknown in body.keys() - {"countries", "inputs", "purpose"}:
            raise InvalidInput("field_unknown", field=pointer_to("", unknown))
        purpose = self.policy.admit(principal, service.id, _text(body, "purpose"))
        inputs = body.get("inputs", {})
        if not isinstance(inputs, dict):
            raise InvalidInput("field_type", field="/inputs")
        checked = service.check_inputs(inputs)
        countries = _countries(body)
        if not countries and not self.fanout.countries(service.id):
            nearest = body_elsewhere(service, principal.home)
            raise UnknownCountry("service_not_in_country", field="/countries", country=nearest.country.value)
        if named := own_identifier(principal, checked.get("identifier"), self.clock().date()):
            checked["identifier"] = named
        return Question(service.id, countries, checked, purpose, request[LANGUAGE], request[REQUEST_ID])

    def _render(self, question: Question, asked_at: datetime, replies: Sequence[Reply]) -> web.Response:
        body = orjson.dumps(
            {
                "request_id": question.request_id,
                "service": question.service,
                "purpose": question.purpose,
                "asked_at": asked_at,
                "answers": [self._state(reply) for reply in replies],
            },
            option=orjson.OPT_UTC_Z,
        )
        return web.Response(body=body, content_type="application/json")

    def _state(self, reply: Reply) -> dict[str, Any]:
        answer, receipt = reply.answer, reply.receipt
        problem = answer.problem
        return {
            "country": reply.country,
            "status": answer.outcome,
            "message": self._message(reply),
            "code": problem.code if problem else None,
            "retryable": problem.retryable if problem else False,
            "agency": answer.route.agency if answer.route else None,
            "adapter": answer.route.label if answer.route else None,
            "records": orjson.Fragment(answer.records),
            "receipt": {
                "id": receipt.id,
                "index": receipt.index,
                "leaf_hash": receipt.leaf_hash,
                "sealed_at": receipt.sealed_at,
                "salt": receipt.salt,
            },
            "took_ms": reply.took_ms,
        }

    def _message(self, reply: Reply) -> dict[str, str]:
        if reply.answer.problem is None:
            return self.words[reply.answer.outcome, reply.country]
        problem = reply.answer.problem
        problem.facts.setdefault("country", reply.country.value)
        return self.problems.both(problem).model_dump()


def state_words(catalogue: Catalogue) -> StateWords:
    """What is said of each outcome in each state, made once: most answers need no other words."""
    return {
        (outcome, country): {
            "ar": catalogue.text(f"state.{outcome.value}", "ar", country=country.facts.name.ar),
            "en": catalogue.text(f"state.{outcome.value}", "en", country=country.facts.name.en),
        }
        for outcome in Outcome
        for country in Country
    }


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput("field_type", field=f"/{name}")
    return fold_text(value, f"/{name}")


def _countries(body: dict[str, Any]) -> tuple[Country, ...]:
    given = body.get("countries", [])
    if not isinstance(given, list):
        raise InvalidInput("field_type", field="/countries")
    return tuple([_country(country, f"/countries/{place}") for place, country in enumerate(given)])


def _country(given: object, pointer: str) -> Country:
    if not isinstance(given, str):
        raise InvalidInput("field_type", field=pointer)
    if (country := _COUNTRIES.get(fold_text(given, pointer))) is None:
        raise UnknownCountry(field=pointer)
    return country
