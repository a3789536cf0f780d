"""``/v1/applications``: what takes days, for the person who applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from pydantic import Field

from gateway.applications.facade import LONGEST_PAGE, Applications
from gateway.applications.view import ActionRequest, ApplicationView, Filters, NewApplication
from gateway.errors import BawabaError, InvalidInput, UnknownCountry
from gateway.flow import Flow
from gateway.identity.principal import Principal
from gateway.policy.quota import Quota
from gateway.schema.application import ApplicationStatus
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.web.address import caller_address
from gateway.web.body import read_json_object, read_model
from gateway.web.contract import Operation, Parameter, path_parameter, query_parameter
from gateway.web.doorkeeper import Doorkeeper
from gateway.web.idempotency import CODES as KEY_CODES
from gateway.web.idempotency import HEADER, Idempotency
from gateway.web.lookups import CODES as LOOKUP_CODES
from gateway.web.middleware import LANGUAGE, REQUEST_ID

PAGE: Final = 20
_KEY = Parameter(HEADER, "header", {"type": "string", "minLength": 8, "maxLength": 255}, required=True)
_ID = path_parameter("application", pattern="^[a-z2-7]{16}$")
_OWN_CODES = ((401, "insufficient_user_authentication"), (403, "insufficient_scope"), (404, "not_found"))
_ACT_CODES = (
    *((status, code) for status, code in LOOKUP_CODES if code != "unknown_service" or status != 404),
    *KEY_CODES,
    (404, "not_found"),
    (409, "action_not_possible"),
    (422, "attachment_missing"),
    (503, "application_unreadable"),
)


class ApplicationPage(Frozen):
    """The person's applications, the newest first; `next` is the cursor of the page after this one."""

    applications: tuple[ApplicationView, ...]
    next: str | None = Field(description="Null on the last page.")


@dataclass(frozen=True, slots=True)
class ApplicationPages:
    """The endpoints and what they stand on."""

    doorkeeper: Doorkeeper
    applications: Applications
    idempotency: Idempotency
    flow: Flow
    strangers: Quota
    body_seconds: float

    def operations(self) -> Sequence[Operation]:
        filters = (
            query_parameter("cursor", maxLength=120),
            query_parameter("limit", type="integer", minimum=1, maximum=LONGEST_PAGE),
            query_parameter("country", enum=[country.value for country in Country]),
            query_parameter("status", enum=[status.value for status in ApplicationStatus]),
            query_parameter("service", maxLength=60),
        )
        return (
            Operation(
                "apply",
                "POST",
                "/v1/applications",
                self.apply,
                ApplicationView,
                body=NewApplication,
                parameters=(_KEY,),
                secured=True,
                status=201,
                codes=(*LOOKUP_CODES, *KEY_CODES, (409, "drafts_too_many"), (422, "attachment_missing")),
                example={
                    "service": "residence-certificate",
                    "country": "KW",
                    "inputs": {"use": "bank", "certificate_language": "ar"},
                    "purpose": "service_delivery",
                },
            ),
            Operation(
                "list_applications",
                "GET",
                "/v1/applications",
                self.list,
                ApplicationPage,
                parameters=filters,
                secured=True,
                codes=(*_OWN_CODES, (422, "unknown_country"), (422, "field_choice"), (422, "unknown_cursor")),
            ),
            Operation(
                "get_application",
                "GET",
                "/v1/applications/{application}",
                self.get,
                ApplicationView,
                parameters=(_ID,),
                secured=True,
                codes=_OWN_CODES,
            ),
            Operation(
                "act_on_application",
                "POST",
                "/v1/applications/{application}/actions",
                self.act,
                ApplicationView,
                body=ActionRequest,
                parameters=(_ID, _KEY),
                secured=True,
                codes=_ACT_CODES,
                example={"kind": "withdraw", "values": {}},
            ),
        )

    async def apply(self, request: web.Request) -> web.Response:
        """Takes an application in: what is answered with 201 is durable and on its way."""
        principal = await self._identify(request)
        document = await self._document(request, principal)
        # The language of the question is no part of the body that the key is for.
        new = read_model({"language": request[LANGUAGE], **document}, NewApplication)
        ticket = self.idempotency.ticket(request, principal.subject, document, 201, _address)
        return await self.idempotency.once(
            ticket, lambda remember: self.applications.apply(principal, new, request[REQUEST_ID], remember)
        )

    async def list(self, request: web.Request) -> web.Response:
        """A page of the person's own."""
        principal = await self.doorkeeper.identify(request)
        query = request.query
        filters = Filters(
            country=_country(query.get("country")), status=_status(query.get("status")), service=query.get("service")
        )
        views, cursor = await self.applications.page(
            principal, filters, query.get("cursor"), _limit(query.get("limit"))
        )
        return _json(ApplicationPage(applications=tuple(views), next=cursor))

    async def get(self, request: web.Request) -> web.Response:
        """One of the person's own."""
        principal = await self.doorkeeper.identify(request)
        return _json(await self.applications.read(principal, request.match_info["application"]))

    async def act(self, request: web.Request) -> web.Response:
        """Supplies what was asked for, submits a draft, withdraws, or says that it was paid."""
        principal = await self._identify(request)
        document = await self._document(request, principal)
        action = read_model(document, ActionRequest)
        ticket = self.idempotency.ticket(request, principal.subject, document, 200)
        key = request.match_info["application"]
        return await self.idempotency.once(
            ticket, lambda remember: self.applications.act(principal, key, action, request[REQUEST_ID], remember)
        )

    async def _identify(self, request: web.Request) -> Principal:
        """Whom it is for; a stranger's attempts are counted, and sealed as long as they are few."""
        try:
            return await self.doorkeeper.identify(request)
        except BawabaError as problem:
            self.strangers.spend(caller_address(request))
            if problem.status < 500:
                await self.flow.refuse(None, "unknown", request[REQUEST_ID], problem)
            raise

    async def _document(self, request: web.Request, principal: Principal) -> dict[str, Any]:
        """The body; one that cannot be read is sealed as refused."""
        try:
            return await read_json_object(request, self.body_seconds)
        except BawabaError as problem:
            if problem.status < 500:
                await self.flow.refuse(principal, "unknown", request[REQUEST_ID], problem)
            raise


def _address(view: Frozen) -> str:
    return f"/v1/applications/{view.id}" if isinstance(view, ApplicationView) else ""


def _country(given: str | None) -> Country | None:
    if given is None:
        return None
    if given not in Country.__members__:
        raise UnknownCountry(field="?country")
    return Country(given)


def _status(given: str | None) -> ApplicationStatus | None:
    if given is None:
        return None
    if given not in ApplicationStatus.__members__:
        raise InvalidInput("field_choice", field="?status")
    return ApplicationStatus(given)


def _limit(given: str | None) -> int:
    if given is None:
        return PAGE
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= LONGEST_PAGE):
        raise InvalidInput("field_out_of_range", field="?limit")
    return int(given)


def _json(document: Frozen) -> web.Response:
    return web.Response(
        body=document.model_dump_json().encode(), content_type="application/json", headers={"Cache-Control": "no-store"}
    )
