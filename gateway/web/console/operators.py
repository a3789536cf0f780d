"""The operators themselves: who they are, and who is suspended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.errors import Conflict
from gateway.identity.operators.accounts import Account, Accounts
from gateway.policy.operators import OperatorAct, OperatorGrant
from gateway.web.console.desk import moment
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.pages.problem import PAGE


@dataclass(frozen=True, slots=True)
class OperatorPages:
    """The list, and the button that ends every session of somebody at once."""

    guard: Guard
    accounts: Accounts

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/operators", self.guard.page(self.listed), name=f"{PAGE}console-operators")
        for path, act, work in (
            ("suspend", OperatorAct.SUSPEND_OPERATOR, self.accounts.suspend),
            ("resume", OperatorAct.RESUME_OPERATOR, self.accounts.resume),
        ):
            handler = self.guard.post(self._doing(act, work))
            router.add_post(f"/operators/{path}", handler, name=f"{PAGE}console-{act.value}")

    async def listed(self, visit: Visit) -> web.Response:
        """Every operator, the oldest first."""

        async def look(_grant: OperatorGrant) -> Sequence[Account]:
            return await self.accounts.all()

        found = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_OPERATORS, visit.id, look)
        language = self.guard.pages.language(visit.request)
        times = {each.id: moment(each.seen_at, language) for each in found}
        return await self.guard.show(visit, "console/operators.html", accounts=found, times=times)

    def _doing(
        self, act: OperatorAct, work: Callable[[str], Awaitable[None]]
    ) -> Callable[[Visit, Fields], Awaitable[web.StreamResponse]]:
        async def do(visit: Visit, fields: Fields) -> web.StreamResponse:
            other = fields.get("operator", "")

            async def carry_out(grant: OperatorGrant) -> None:
                # Whoever suspends themselves may be the last who could have undone it.
                if other == grant.operator.id:
                    raise Conflict
                await work(other)

            await self.guard.acts.perform(visit.operator, act, visit.id, carry_out, about={"operator": other})
            return see("/console/operators")

        return do
