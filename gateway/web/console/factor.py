"""The second half of the way in: a code or a passkey, shown or, by invitation, enrolled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.errors import BawabaError, SignInRejected
from gateway.identity.operators import totp
from gateway.identity.operators.accounts import Accounts
from gateway.identity.operators.second_factor import SecondFactor
from gateway.identity.operators.sessions import OperatorSession
from gateway.web.console.cookies import give_session
from gateway.web.console.guard import Fields, Guard, see
from gateway.web.middleware import REQUEST_ID
from gateway.web.pages.problem import PAGE
from gateway.web.signin.browser import FORM

ISSUER = "Bawaba"
Step = Callable[[OperatorSession, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class FactorPages:
    """One address for each proof. A passkey needs the browser's scripts; a code needs none."""

    guard: Guard
    factor: SecondFactor
    accounts: Accounts

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/factor", self.guard.half(self.show), name=f"{PAGE}console-factor")
        for path, step, name, field in (
            ("code", self.factor.show_code, "second-factor", "code"),
            ("passkey", self.factor.show_passkey, "second-factor", "answer"),
            ("enrol-code", self.factor.enrol_code, "enrol", "code"),
            ("enrol-passkey", self.factor.enrol_passkey, "enrol", "answer"),
        ):
            handler = self.guard.half_post(self._taking(step, name, field))
            router.add_post(f"/factor/{path}", handler, name=f"{PAGE}console-{path}")

    async def show(self, request: web.Request, session: OperatorSession) -> web.Response:
        """Asks for what the operator has, or to enrol where they may."""
        return await self._page(request, session)

    def _taking(
        self, step: Step, name: str, field: str
    ) -> Callable[[web.Request, OperatorSession, Fields], Awaitable[web.StreamResponse]]:
        async def take(request: web.Request, session: OperatorSession, fields: Fields) -> web.StreamResponse:
            try:
                secret = await step(session, fields.get(field, ""))
            except BawabaError as problem:
                await self.guard.acts.note(session.operator, name, request[REQUEST_ID], problem.code)
                if not isinstance(problem, SignInRejected) or problem.code != "factor_refused":
                    raise
                return await self._page(request, session, refused=True)
            await self.guard.acts.note(session.operator, name, request[REQUEST_ID])
            response = see("/console")
            give_session(response, secret, whole=True)
            return response

        return take

    async def _page(self, request: web.Request, session: OperatorSession, *, refused: bool = False) -> web.Response:
        enrolling = session.invited or session.factor is not None
        # What was kept may have been heard meanwhile.
        session = await self.guard.sessions.find(session.secret) or session
        if enrolling:
            name = (await self.accounts.find(session.operator)).name
            asked = await self.factor.ask_to_enrol(session, name)
        else:
            name, asked = "", await self.factor.ask(session)
        return self.guard.pages.render(
            request,
            "console/enrol.html" if enrolling else "console/factor.html",
            status=422 if refused else 200,
            scripts=True,
            place="/console/factor",
            refused=refused,
            code=asked.code,
            options=asked.options,
            typed=_in_groups(totp.typed(asked.secret)),
            address=totp.address(asked.secret, name, ISSUER) if asked.secret else "",
            form=self.guard.token(request, session),
            form_name=FORM,
        )


def _in_groups(text: str) -> str:
    """A long secret in groups of four, as people read and type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
