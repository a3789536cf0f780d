"""What an owner does with an adapter whose version is approved: each a button or a small form, done once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from aiohttp import web

from gateway.agencies.acting import AgencyAct, AgencyGrant
from gateway.agencies.adapters import AdapterView
from gateway.agencies.life import LONGEST_REASON, GoingLive, Life, Retirement
from gateway.agencies.members import Remember
from gateway.errors import InvalidInput
from gateway.schema.base import Frozen
from gateway.schema.text import Text
from gateway.web.agency.adapter import ONE, AdapterPages
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.pages.problem import PAGE
from gateway.web.registry.life import TriedVersion
from gateway.web.registry.versions import label_of

LONGEST_VERSION: Final = 32
Work = Callable[[AgencyGrant, Remember], Awaitable[AdapterView]]
Change = Callable[[AgencyGrant, str, Remember], Awaitable[AdapterView]]


@dataclass(frozen=True, slots=True)
class LifePages:
    """The forms of the adapter's page; each leads back to it."""

    guard: Guard
    adapter: AdapterPages
    life: Life

    def add_routes(self, router: web.UrlDispatcher) -> None:
        acts = AgencyAct
        for act, handler in (
            (acts.GO_LIVE, self.go_live),
            (acts.WITHDRAW, self.withdraw),
            (acts.RETIRE, self.retire),
            (acts.PROMOTE, self._changing(acts.PROMOTE, self.life.promote)),
            (acts.PAUSE, self._changing(acts.PAUSE, self.life.pause)),
            (acts.RESUME, self._changing(acts.RESUME, self.life.resume)),
            (acts.ROLL_BACK, self._changing(acts.ROLL_BACK, self.life.roll_back)),
        ):
            told = self.guard.act(handler, self.adapter.show)
            router.add_post(f"{ONE}/{act.value}", told, name=f"{PAGE}agency-{act.value}")

    async def go_live(self, member: Member) -> web.StreamResponse:
        """A version answers a share of the calls, or all of them."""
        version, share = member.visit.given("version")[:LONGEST_VERSION], member.visit.given("share")
        if not (share.isascii() and share.isdigit() and 1 <= int(share[:4]) <= 100):
            raise InvalidInput("field_out_of_range", field="/share")
        wanted, name = GoingLive(version=version, share=int(share)), _name(member)
        return await self._once(
            member,
            AgencyAct.GO_LIVE,
            wanted,
            lambda grant, remember: self.life.go_live(grant, name, wanted, remember),
            version,
            share=share,
        )

    async def withdraw(self, member: Member) -> web.StreamResponse:
        """The version that the page showed as tried answers no more."""
        version, name = member.visit.given("version")[:LONGEST_VERSION], _name(member)
        return await self._once(
            member,
            AgencyAct.WITHDRAW,
            TriedVersion(version=version),
            lambda grant, remember: self.life.withdraw(grant, name, version, remember),
            version,
        )

    async def retire(self, member: Member) -> web.StreamResponse:
        """Announces the end, which is at the beginning of a day in the agency's state."""
        end, name = _end(member), _name(member)
        return await self._once(
            member,
            AgencyAct.RETIRE,
            end,
            lambda grant, remember: self.life.retire(grant, name, end, remember),
            at=end.at.isoformat(),
        )

    def _changing(self, act: AgencyAct, change: Change) -> Callable[[Member], Awaitable[web.StreamResponse]]:
        async def do(member: Member) -> web.StreamResponse:
            name = _name(member)
            return await self._once(member, act, None, lambda grant, remember: change(grant, name, remember))

        return do

    async def _once(
        self, member: Member, act: AgencyAct, body: Frozen | None, work: Work, version: str = "", **about: str
    ) -> web.StreamResponse:
        name, visit = _name(member), member.visit
        if version:
            about["version"] = version
        await self.guard.desk.once(
            visit.request,
            act,
            member.actor,
            body,
            work,
            label=label_of(name, version) if version else None,
            about={"adapter": name, **about},
            key=visit.key,
        )
        return see(f"{member.address}/adapters/{name}?done={act.value}")


def _name(member: Member) -> str:
    return member.visit.request.match_info["adapter"]


def _end(member: Member) -> Retirement:
    """The form as it is meant; raises ``InvalidInput``."""
    told = {name: member.visit.given(name) for name in ("at", "reason_ar", "reason_en")}
    try:
        day = date.fromisoformat(told["at"])
        at = datetime.combine(day, time(), member.actor.country.facts.zone).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise InvalidInput("field_format", field="/at") from problem
    for name in ("reason_ar", "reason_en"):
        if not told[name]:
            raise InvalidInput("field_missing", field=f"/{name}")
        if len(told[name]) > LONGEST_REASON:
            raise InvalidInput("field_too_long", field=f"/{name}")
    return Retirement(at=at, reason=Text(ar=told["reason_ar"], en=told["reason_en"]))
