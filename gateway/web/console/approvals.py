"""Versions that wait for a judgement: all that somebody needs to judge one, and the two buttons."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.agencies.adapters_seen import AdaptersSeen, Dossier
from gateway.agencies.approvals import Approvals, Stage, Waiting
from gateway.agencies.overseeing import AgencyPage, Overseeing
from gateway.errors import InvalidInput, NotFound
from gateway.kit.report import Report
from gateway.policy.operators import OperatorAct, OperatorGrant, OperatorPolicy
from gateway.web.console.desk import moment
from gateway.web.console.guard import Fields, Guard, Visit, see
from gateway.web.pages.problem import PAGE

Work = Callable[[OperatorGrant], Awaitable[None]]
YES = {Stage.NATIONAL: OperatorAct.ENDORSE_ADAPTER, Stage.JOINT: OperatorAct.APPROVE_ADAPTER}
NO = {Stage.NATIONAL: OperatorAct.REFUSE_ADAPTER, Stage.JOINT: OperatorAct.REFUSE_ADAPTER_JOINTLY}


@dataclass(frozen=True, slots=True)
class ApprovalPages:
    """What waits, and one of it whole. What was shown is what is judged: its digest comes back with the form."""

    guard: Guard
    seen: AdaptersSeen
    approvals: Approvals
    overseeing: Overseeing
    policy: OperatorPolicy

    def add_routes(self, router: web.UrlDispatcher) -> None:
        one = "/approvals/{adapter}/{version}"
        router.add_get("/approvals", self.guard.page(self.listed), name=f"{PAGE}console-approvals")
        router.add_get(one, self.guard.page(self.one), name=f"{PAGE}console-approval")
        router.add_post(f"{one}/approve", self.guard.post(self.approve), name=f"{PAGE}console-approve-version")
        router.add_post(f"{one}/refuse", self.guard.post(self.refuse), name=f"{PAGE}console-refuse-version")

    async def listed(self, visit: Visit) -> web.Response:
        """What waits for this operator, and what waits for others, the longest waiting first."""

        async def look(grant: OperatorGrant) -> Sequence[Waiting]:
            return [each for each in await self.approvals.waiting() if grant.holds_in(each.country)]

        found = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_ADAPTERS, visit.id, look)
        mine = [each for each in found if self._may(visit, each)]
        language = self.guard.pages.language(visit.request)
        return await self.guard.show(
            visit,
            "console/approvals.html",
            mine=mine,
            others=[each for each in found if each not in mine],
            times={each.label: moment(each.changed_at, language) for each in found},
        )

    async def one(self, visit: Visit) -> web.Response:
        """The version whole."""
        return await self._page(visit)

    async def approve(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Endorses it, or approves it, as it was shown."""
        waiting, digest = await self._waiting(visit), fields.get("digest", "")

        async def work(grant: OperatorGrant) -> None:
            await self.approvals.agree(grant, waiting.adapter, waiting.version, digest)

        await self._judge(visit, YES[_stage(fields)], waiting, digest, work)
        return see("/console/approvals")

    async def refuse(self, visit: Visit, fields: Fields) -> web.StreamResponse:
        """Refuses it, with a reason that its agency reads."""
        waiting, digest, reason = await self._waiting(visit), fields.get("digest", ""), fields.get("reason", "")

        async def work(grant: OperatorGrant) -> None:
            await self.approvals.refuse(grant, waiting.adapter, waiting.version, digest, reason)

        try:
            await self._judge(visit, NO[_stage(fields)], waiting, digest, work)
        except InvalidInput:
            return await self._page(visit, reason=reason)
        return see("/console/approvals")

    async def _judge(self, visit: Visit, act: OperatorAct, waiting: Waiting, digest: str, work: Work) -> None:
        about = {"adapter": waiting.label, "agency": waiting.agency, "digest": digest}
        await self.guard.acts.perform(visit.operator, act, visit.id, work, country=waiting.country, about=about)

    async def _waiting(self, visit: Visit) -> Waiting:
        found = visit.request.match_info
        return await self.approvals.find(found["adapter"], found["version"])

    async def _page(self, visit: Visit, reason: str | None = None) -> web.Response:
        """``reason`` is what was wrong with the form that was sent, if it was."""
        words, match = self.guard.pages.catalogue, visit.request.match_info

        async def look(grant: OperatorGrant) -> Dossier:
            dossier = await self.seen.dossier(match["adapter"], match["version"], words.both, time.time())
            if not grant.holds_in(dossier.waiting.country):
                raise NotFound
            return dossier

        about = {"adapter_name": match["adapter"], "version": match["version"]}
        found = await self.guard.acts.perform(visit.operator, OperatorAct.SEE_ADAPTERS, visit.id, look, about=about)
        agency: AgencyPage = await self.overseeing.page({found.waiting.country}, found.waiting.agency)
        language = self.guard.pages.language(visit.request)
        report = found.version.report
        return await self.guard.show(
            visit,
            "console/approval.html",
            status=200 if reason is None else 422,
            dossier=found,
            plate=found.version.plate,
            agency=next((each for each in agency.agencies if each.id == found.waiting.agency), None),
            report=Report.model_validate(report, strict=False).document(words) if report else None,
            made=moment(found.waiting.made_at, language),
            times={each.stage: moment(each.at, language) for each in found.verdicts},
            may=self._may(visit, found.waiting),
            own_word=any(each.operator == visit.operator.id for each in found.verdicts),
            reason=reason,
        )

    def _may(self, visit: Visit, waiting: Waiting) -> bool:
        return self.policy.allows(visit.operator, YES[waiting.stage], waiting.country)


def _stage(fields: Fields) -> Stage:
    """Whose judgement the form was shown for; raises ``NotFound`` where it was none of ours."""
    try:
        return Stage(fields.get("stage", ""))
    except ValueError as problem:
        raise NotFound from problem
