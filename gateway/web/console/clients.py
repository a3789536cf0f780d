"""Programs that agencies registered: judged by those with the post for it, and stopped at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.errors import NotFound
from gateway.oauth.clients import Clients, Registered
from gateway.policy.operators import OperatorAct, OperatorGrant
from gateway.web.console.desk import moment
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.pages.problem import PAGE


@dataclass(frozen=True, slots=True)
class ClientPages:
    """The list, with what each program asks for, and the two buttons beside it."""

    guard: Guard
    clients: Clients

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/clients", self.guard.page(self.registered), name=f"{PAGE}console-clients")
        for path, act, work in (
            ("approve", OperatorAct.APPROVE_CLIENT, self._approve),
            ("suspend", OperatorAct.SUSPEND_CLIENT, self._suspend),
        ):
            handler = self.guard.post(self._doing(act, work))
            router.add_post(f"/clients/{path}", handler, name=f"{PAGE}console-{act.value}")

    async def registered(self, visit: Visit) -> web.Response:
        """Every program of the operator's states; those of no state are for operators of all."""

        async def look(grant: OperatorGrant) -> Sequence[Registered]:
            return [each for each in await self.clients.all() if grant.holds_in(each.client.country)]

        found = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_CLIENTS, visit.id, look)
        language = self.guard.pages.language(visit.request)
        times = {each.client.client_id: moment(each.updated_at, language) for each in found}
        return await self.guard.show(visit, "console/clients.html", registered=found, times=times)

    def _doing(
        self, act: OperatorAct, work: Callable[[str, Fields], Awaitable[None]]
    ) -> Callable[[Visit, Fields], Awaitable[web.StreamResponse]]:
        async def do(visit: Visit, fields: Fields) -> web.StreamResponse:
            found = await self._found(fields.get("client", ""))
            name = found.client.client_id

            async def carry_out(_grant: OperatorGrant) -> None:
                await work(name, fields)

            country, about = found.client.country, {"client": name}
            await self.guard.acts.perform(visit.operator, act, visit.id, carry_out, country=country, about=about)
            return see("/console/clients")

        return do

    async def _approve(self, name: str, fields: Fields) -> None:
        # What the page showed, and not what the agency has made of it since.
        await self.clients.approve(name, fields.get("version", ""))

    async def _suspend(self, name: str, _fields: Fields) -> None:
        await self.clients.suspend(name)

    async def _found(self, client: str) -> Registered:
        for each in await self.clients.all():
            if each.client.client_id == client:
                return each
        raise NotFound
