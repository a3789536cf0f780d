"""The operator's desk: who they are, the alarms, breaking glass, and leaving."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from babel.dates import format_date, format_datetime

from gateway.errors import InvalidInput
from gateway.i18n import Language
from gateway.identity.operators.breaks import LONGEST_MINUTES, Break
from gateway.identity.operators.operator import HIGHER, Operator, Role
from gateway.policy.operators import OperatorAct, OperatorGrant
from gateway.schema.country import Country
from gateway.web.console.cookies import drop_session
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.console.measures import OperatorMeasures
from gateway.web.pages.problem import PAGE


@dataclass(frozen=True, slots=True)
class DeskPages:
    """The first page of the console, and what is done there."""

    guard: Guard
    measures: OperatorMeasures

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("", self.guard.page(self.desk), name=f"{PAGE}console")
        router.add_post("/break-glass", self.guard.post(self.break_glass), name=f"{PAGE}console-glass")
        router.add_post("/acknowledge", self.guard.post(self.acknowledge), name=f"{PAGE}console-acknowledge")
        router.add_post("/signout", self.guard.post(self.sign_out), name=f"{PAGE}console-signout")

    async def desk(self, visit: Visit) -> web.Response:
        """Roles, session and alarms."""

        async def nothing(grant: OperatorGrant) -> None:
            """To look is the whole act."""

        await self.guard.acts.perform(visit.operator, OperatorAct.SEE_CONSOLE, visit.id, nothing)
        return await self._page(visit)

    async def break_glass(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Takes a higher role for a while; the alarm is up before the page is."""
        minutes, reason = fields.get("minutes", ""), fields.get("reason", "")

        async def take(grant: OperatorGrant) -> Break:
            role = _role(fields.get("role", ""))
            lasting = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 4 else 0
            return await self.guard.breaks.begin(grant.operator, role, reason, lasting)

        about = {"role": fields.get("role", ""), "minutes": minutes, "reason": reason}
        try:
            taken = await self.guard.acts.perform(visit.operator, OperatorAct.BREAK_GLASS, visit.id, take, about=about)
        except InvalidInput:
            return await self._page(visit, wrong=True)
        self.measures.broken(taken.role)
        return see("/console")

    async def acknowledge(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Takes somebody else's alarm away."""
        alarm = fields.get("alarm", "")

        async def take(grant: OperatorGrant) -> None:
            await self.guard.breaks.acknowledge(alarm, grant.operator)

        await self.guard.acts.perform(visit.operator, OperatorAct.ACKNOWLEDGE, visit.id, take, about={"alarm": alarm})
        return see("/console")

    async def sign_out(self, visit: Visit, _fields: Fields) -> web.StreamResponse:
        """Ends this session."""
        await self.guard.sessions.end(visit.session)
        await self.guard.acts.note(visit.operator.id, "sign-out", visit.id)
        response = see("/console/signin")
        drop_session(response)
        return response

    async def _page(self, visit: Visit, *, wrong: bool = False) -> web.Response:
        language = self.guard.pages.language(visit.request)
        return await self.guard.show(
            visit,
            "console/desk.html",
            status=422 if wrong else 200,
            wrong=wrong,
            higher=_higher(visit.operator),
            longest=LONGEST_MINUTES,
            began=moment(visit.session.begun_at, language),
            ends=moment(visit.session.expires_at, language),
            times={each.id: moment(each.begun_at, language) for each in await self.guard.breaks.alarms()},
        )


def _higher(operator: Operator) -> list[Role]:
    """The roles that glass may be broken for now."""
    if operator.raised is not None:
        return []
    held = {post.role for post in operator.posts}
    return sorted({HIGHER[role] for role in held if role in HIGHER} - held)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as problem:
        raise InvalidInput("field_choice", field="role") from problem


_MOMENTS: dict[Language, str] = {"ar": "d MMMM y، HH:mm 'غرينتش'", "en": "d MMMM y, HH:mm 'UTC'"}


def day(at: datetime, country: Country, language: Language) -> str:
    """The day of a moment in words, by the state's own clock."""
    return format_date(at.astimezone(country.facts.zone), "d MMMM y", locale=language)


def moment(seconds: float, language: Language) -> str:
    """A moment in words, in UTC."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), _MOMENTS[language], locale=language)
