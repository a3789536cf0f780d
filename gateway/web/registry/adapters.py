"""``/v1/registry/adapters``: the adapters of an agency, and the secrets that they are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.agencies.acting import AgencyAct
from gateway.agencies.adapters import LONGEST_PAGE, PAGE, AdapterPage, Adapters, AdapterView, EventPage, NewAdapter
from gateway.agencies.secrets import NewSecret, SecretList, Secrets
from gateway.errors import BawabaError, InvalidInput
from gateway.web.contract import Operation, query_parameter
from gateway.web.registry.codes import (
    ACT,
    ADAPTER,
    AFTER,
    BODY,
    ENTRY,
    ENVIRONMENT,
    LIMIT,
    PAGED,
    READ,
    ROOT,
    SECRET,
)
from gateway.web.registry.desk import Desk, limit_of, shown

LONGEST_QUERY: Final = 200
LONGEST_NAME: Final = 60
ALL: Final = f"{ROOT}/adapters"
ONE: Final = f"{ALL}/{{adapter}}"
_SECRET: Final = f"{ONE}/secrets/{{environment}}/{{secret}}"


@dataclass(frozen=True, slots=True)
class AdapterPages:
    """The endpoints and what they stand on."""

    desk: Desk
    adapters: Adapters
    secrets: Secrets

    def operations(self) -> Sequence[Operation]:
        """All of them."""
        return (*self._of_adapters(), *self._of_secrets())

    def _of_adapters(self) -> Sequence[Operation]:
        searched = (
            query_parameter("q", maxLength=LONGEST_QUERY),
            query_parameter("agency", maxLength=LONGEST_NAME),
            LIMIT,
            AFTER,
        )
        return (
            Operation(
                "list_adapters",
                "GET",
                ALL,
                self.page,
                AdapterPage,
                parameters=searched,
                secured=True,
                codes=(*ENTRY, (403, "country_not_allowed"), (404, "not_found"), *PAGED),
            ),
            Operation(
                "register_adapter",
                "PUT",
                ONE,
                self.register,
                AdapterView,
                body=NewAdapter,
                parameters=(ADAPTER,),
                secured=True,
                codes=(*ACT, *BODY, (409, "adapter_name_taken"), (409, "adapters_too_many")),
                example={"agency": "om-fisheries"},
            ),
            Operation(
                "get_adapter",
                "GET",
                ONE,
                self.one,
                AdapterView,
                parameters=(ADAPTER,),
                secured=True,
                codes=READ,
            ),
            Operation(
                "list_adapter_events",
                "GET",
                f"{ONE}/events",
                self.events,
                EventPage,
                parameters=(ADAPTER, LIMIT, AFTER),
                secured=True,
                codes=(*READ, *PAGED),
            ),
        )

    def _of_secrets(self) -> Sequence[Operation]:
        place = (ADAPTER, ENVIRONMENT, SECRET)
        return (
            Operation(
                "list_secrets",
                "GET",
                f"{ONE}/secrets",
                self.list_secrets,
                SecretList,
                parameters=(ADAPTER,),
                secured=True,
                codes=READ,
            ),
            Operation(
                "set_secret",
                "PUT",
                _SECRET,
                self.set_secret,
                SecretList,
                body=NewSecret,
                parameters=place,
                secured=True,
                codes=(*ACT, *BODY, (409, "secrets_too_many")),
                example={"value": "what-the-national-system-knows-us-by"},
            ),
            Operation(
                "delete_secret",
                "DELETE",
                _SECRET,
                self.delete_secret,
                SecretList,
                parameters=place,
                secured=True,
                codes=ACT,
            ),
        )

    async def page(self, request: web.Request) -> web.Response:
        """A page of the adapters of all the caller's agencies, or of one of them."""
        desk, query, see = self.desk, request.query, AgencyAct.SEE
        caller = await desk.caller(request, see.value)
        limit, after = limit_of(request, PAGE, LONGEST_PAGE), _bounded(request, "after", LONGEST_NAME)
        words = _bounded(request, "q", LONGEST_QUERY)
        if "agency" in query:
            actors = [await desk.permitted(request, see, await desk.agencies.actor(caller, query["agency"]))]
        else:
            states = caller.countries
            actors = [each for each in await desk.agencies.actors(caller) if states is None or each.country in states]
        return shown(await self.adapters.page(actors, words, limit, after))

    async def register(self, request: web.Request) -> web.Response:
        """An adapter, by its name; nothing is routed to it before it has a version that is approved."""
        desk, act, name = self.desk, AgencyAct.REGISTER_ADAPTER, request.match_info["adapter"]
        caller = await desk.caller(request, act.value)
        new = await desk.body(request, caller, act.value, NewAdapter)
        try:
            actor = await desk.agencies.actor(caller, new.agency)
        except BawabaError as problem:
            await desk.refused(request, caller, act.value, problem, {"agency": new.agency})
            raise
        return await desk.perform(
            request, act, actor, lambda grant: self.adapters.register(grant, name), about={"adapter": name}
        )

    async def one(self, request: web.Request) -> web.Response:
        """The adapter with its newest versions and events."""
        await self.desk.of_adapter(request, AgencyAct.SEE)
        return shown(await self.adapters.find(request.match_info["adapter"]))

    async def events(self, request: web.Request) -> web.Response:
        """What happened to the adapter, the newest first."""
        await self.desk.of_adapter(request, AgencyAct.SEE)
        after = request.query.get("after")
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
            raise InvalidInput("field_out_of_range", field="?after")
        limit = limit_of(request, PAGE, LONGEST_PAGE)
        return shown(
            await self.adapters.events(request.match_info["adapter"], limit, None if after is None else int(after))
        )

    async def list_secrets(self, request: web.Request) -> web.Response:
        """Which secrets are set; no value ever comes back."""
        actor = await self.desk.of_adapter(request, AgencyAct.SEE)
        return shown(await self.secrets.list(actor, request.match_info["adapter"]))

    async def set_secret(self, request: web.Request) -> web.Response:
        """Sets a secret or replaces it."""
        act, (adapter, environment, name) = AgencyAct.KEEP_CREDENTIAL, _place(request)
        actor = await self.desk.of_adapter(request, act)
        new = await self.desk.body(request, actor.caller, act.value, NewSecret)
        return await self.desk.perform(
            request,
            act,
            actor,
            lambda grant: self.secrets.put(grant, adapter, environment, name, new),
            about={"adapter": adapter, "environment": environment, "name": name},
        )

    async def delete_secret(self, request: web.Request) -> web.Response:
        """Deletes a secret."""
        act, (adapter, environment, name) = AgencyAct.FORGET_CREDENTIAL, _place(request)
        actor = await self.desk.of_adapter(request, act)
        return await self.desk.perform(
            request,
            act,
            actor,
            lambda grant: self.secrets.delete(grant, adapter, environment, name),
            about={"adapter": adapter, "environment": environment, "name": name},
        )


def _place(request: web.Request) -> tuple[str, str, str]:
    found = request.match_info
    return found["adapter"], found["environment"], found["secret"]


def _bounded(request: web.Request, name: str, longest: int) -> str:
    given = request.query.get(name, "")
    if len(given) > longest:
        raise InvalidInput("field_too_long", field=f"?{name}")
    # Half of a pair of UTF-16 is no text to a database.
    return given.encode("utf-8", "ignore").decode()
