"""Agencies of the operator's states: invited with a secret that is shown once, suspended, and let act again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from gateway.agencies.invitations import AgencyInvitations, Invitation, Invited
from gateway.agencies.overseeing import AgencyPage, Overseeing
from gateway.errors import Conflict, InvalidInput
from gateway.policy.operators import OperatorAct, OperatorGrant, OperatorPolicy
from gateway.schema.country import Country
from gateway.web.console.desk import moment
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.console.paging import page_of, words_of
from gateway.web.pages.problem import PAGE

FIELDS = ("agency", "country", "kind", "name_ar", "name_en", "contact_ar", "contact_en", "email", "phone", "owner")
_PLACES: Mapping[tuple[str, ...], str] = {
    ("names", "ar"): "name_ar",
    ("names", "en"): "name_en",
    ("contact", "name", "ar"): "contact_ar",
    ("contact", "name", "en"): "contact_en",
    ("contact", "email"): "email",
    ("contact", "phone"): "phone",
}
Stand = Callable[[OperatorGrant, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AgencyPages:
    """The list, the form, and the buttons; ``public_url`` is where an invitation is accepted."""

    guard: Guard
    invitations: AgencyInvitations
    overseeing: Overseeing
    policy: OperatorPolicy
    public_url: str

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/agencies", self.guard.page(self.listed), name=f"{PAGE}console-agencies")
        router.add_get("/agencies/new", self.guard.page(self.form), name=f"{PAGE}console-agency-form")
        router.add_post("/agencies/invite", self.guard.post(self.invite), name=f"{PAGE}console-invite-agency")
        router.add_post("/agencies/again", self.guard.post(self.again), name=f"{PAGE}console-invite-agency-again")
        for path, act, work in (
            ("suspend", OperatorAct.SUSPEND_AGENCY, self.overseeing.suspend),
            ("resume", OperatorAct.RESUME_AGENCY, self.overseeing.resume),
        ):
            handler = self.guard.post(self._doing(act, work))
            router.add_post(f"/agencies/{path}", handler, name=f"{PAGE}console-{act.value}")

    async def listed(self, visit: Visit) -> web.Response:
        """A page of agencies, all or those with the words in their id or name."""
        words, number = words_of(visit.request), page_of(visit.request)

        async def look(grant: OperatorGrant) -> AgencyPage:
            return await self.overseeing.page(grant.countries, words, number)

        page = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_AGENCIES, visit.id, look)
        language = self.guard.pages.language(visit.request)
        may = {
            each.id: [act for act in OperatorAct if self.policy.allows(visit.operator, act, each.country)]
            for each in page.agencies
        }
        return await self.guard.show(
            visit,
            "console/agencies.html",
            page=page,
            words=words,
            may=may,
            inviting=bool(self._states(visit)),
            times={each.id: moment(each.created_at, language) for each in page.agencies},
        )

    async def form(self, visit: Visit) -> web.Response:
        """The form that invites one."""
        return await self._form(visit, {}, {})

    async def invite(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Makes the agency, and shows its secret once."""
        try:
            invitation = _read(fields)
        except ValidationError as problem:
            return await self._form(visit, fields, dict.fromkeys(_wrong(problem), "console.agencies.wrong"))

        async def work(grant: OperatorGrant) -> Invited:
            return await self.invitations.invite(grant, invitation)

        try:
            made = await self.guard.acts.perform(
                visit.operator,
                OperatorAct.INVITE_AGENCY,
                visit.id,
                work,
                country=invitation.country,
                about={"agency": invitation.agency, "kind": invitation.kind},
            )
        except InvalidInput:
            return await self._form(visit, fields, {"agency": "console.agencies.wrong_id"})
        except Conflict:
            return await self._form(visit, fields, {"agency": "console.agencies.taken"})
        return await self._shown(visit, made)

    async def again(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Another secret for an owner, in the place of the one before."""
        agency, owner = fields.get("agency", ""), fields.get("owner", "").strip()
        country = await self.overseeing.country(agency)

        async def work(grant: OperatorGrant) -> Invited:
            return await self.invitations.again(grant, agency, owner)

        made = await self.guard.acts.perform(
            visit.operator,
            OperatorAct.INVITE_AGENCY,
            visit.id,
            work,
            country=country,
            about={"agency": agency},
        )
        return await self._shown(visit, made)

    def _doing(self, act: OperatorAct, stand: Stand) -> Callable[[Visit, Fields], Awaitable[web.StreamResponse]]:
        async def do(visit: Visit, fields: Fields) -> web.StreamResponse:
            agency = fields.get("agency", "")
            country = await self.overseeing.country(agency)

            async def work(grant: OperatorGrant) -> None:
                await stand(grant, agency)

            about = {"agency": agency}
            await self.guard.acts.perform(visit.operator, act, visit.id, work, country=country, about=about)
            return see("/console/agencies")

        return do

    async def _form(self, visit: Visit, fields: Mapping[str, str], wrong: Mapping[str, str]) -> web.Response:
        return await self.guard.show(
            visit,
            "console/invite.html",
            status=422 if wrong else 200,
            given={name: fields.get(name, "") for name in FIELDS},
            wrong=wrong,
            states=self._states(visit),
        )

    async def _shown(self, visit: Visit, made: Invited) -> web.Response:
        language = self.guard.pages.language(visit.request)
        return await self.guard.show(
            visit,
            "console/invited.html",
            made=made,
            address=made.address(self.public_url),
            until=moment(made.expires_at, language),
        )

    def _states(self, visit: Visit) -> list[Country]:
        """The states whose agencies the operator may invite."""
        act = OperatorAct.INVITE_AGENCY
        return [country for country in Country if self.policy.allows(visit.operator, act, country)]


def _read(fields: Fields) -> Invitation:
    """The form as an invitation; raises ``ValidationError``."""
    given: dict[str, Any] = {name: fields.get(name, "").strip() for name in FIELDS}
    return Invitation.model_validate(
        {
            "agency": given["agency"],
            "country": given["country"],
            "kind": given["kind"],
            "names": {"ar": given["name_ar"], "en": given["name_en"]},
            "contact": {
                "name": {"ar": given["contact_ar"], "en": given["contact_en"]},
                "email": given["email"],
                "phone": given["phone"],
            },
            "owner": given["owner"],
        },
        strict=False,
    )


def _wrong(problem: ValidationError) -> list[str]:
    """The fields of the form that are wrong, in its order."""
    found = {_PLACES.get(tuple(map(str, each["loc"])), str(each["loc"][0])) for each in problem.errors()}
    return [name for name in FIELDS if name in found]
