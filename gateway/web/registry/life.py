"""``/v1/registry/adapters/{adapter}/…``: what an owner does once a version is approved."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import Field

from gateway.agencies.acting import AgencyAct, AgencyGrant
from gateway.agencies.adapters import AdapterView
from gateway.agencies.life import GoingLive, Life, Retirement
from gateway.agencies.members import Remember
from gateway.schema.base import Frozen
from gateway.web.contract import Handler, Operation
from gateway.web.registry.adapters import ONE
from gateway.web.registry.codes import ACT, ADAPTER, BODY, IDEMPOTENCY, ONCE, Codes
from gateway.web.registry.desk import Desk
from gateway.web.registry.versions import label_of

Change = Callable[[AgencyGrant, str, Remember], Awaitable[AdapterView]]
_CODES: Final[Codes] = (*ACT, *ONCE, (409, "adapter_retired"))


class TriedVersion(Frozen):
    """The version that is tried, so that none is hit by mistake that has taken its place meanwhile."""

    version: str = Field(max_length=32)


@dataclass(frozen=True, slots=True)
class LifePages:
    """The endpoints and what they stand on. Each takes an ``Idempotency-Key``, and answers with the adapter."""

    desk: Desk
    life: Life

    def operations(self) -> Sequence[Operation]:
        """All of them."""
        paused = (409, "adapter_is_paused")
        return (
            Operation(
                "go_live",
                "POST",
                f"{ONE}/live",
                self.go_live,
                AdapterView,
                body=GoingLive,
                parameters=(ADAPTER, IDEMPOTENCY),
                secured=True,
                codes=(
                    *_CODES,
                    *BODY,
                    paused,
                    *((409, code) for code in ("adapter_version_live", "adapter_version_not_approved")),
                    (422, "submission_unfit"),
                ),
                example={"version": "1.1.0", "share": 5},
            ),
            self._plain("promote_adapter", "promotion", self.promote, paused, (409, "adapter_no_canary")),
            Operation(
                "withdraw_adapter",
                "POST",
                f"{ONE}/withdrawal",
                self.withdraw,
                AdapterView,
                body=TriedVersion,
                parameters=(ADAPTER, IDEMPOTENCY),
                secured=True,
                codes=(*_CODES, *BODY, (409, "adapter_no_canary")),
                example={"version": "1.1.0"},
            ),
            self._plain("pause_adapter", "pause", self.pause, paused, (409, "adapter_not_live")),
            self._plain(
                "resume_adapter",
                "resumption",
                self.resume,
                *((409, code) for code in ("adapter_not_paused", "adapter_paused_by_operator")),
            ),
            self._plain("roll_back_adapter", "rollback", self.roll_back, (409, "adapter_no_former")),
            Operation(
                "retire_adapter",
                "POST",
                f"{ONE}/retirement",
                self.retire,
                AdapterView,
                body=Retirement,
                parameters=(ADAPTER, IDEMPOTENCY),
                secured=True,
                codes=(*_CODES, *BODY, (422, "notice_too_short")),
                example={
                    "at": "2027-01-01T00:00:00Z",
                    "reason": {"ar": "انتقلت الخدمة إلى جهة أخرى.", "en": "Another agency gives the service."},
                },
            ),
        )

    def _plain(
        self,
        name: str,
        path: str,
        handler: Handler,
        *codes: tuple[int, str],
    ) -> Operation:
        return Operation(
            name,
            "POST",
            f"{ONE}/{path}",
            handler,
            AdapterView,
            parameters=(ADAPTER, IDEMPOTENCY),
            secured=True,
            codes=(*_CODES, *codes),
        )

    async def go_live(self, request: web.Request) -> web.Response:
        """An approved version answers a share of the calls, or all of them."""
        act, adapter = AgencyAct.GO_LIVE, request.match_info["adapter"]
        actor = await self.desk.of_adapter(request, act)
        wanted = await self.desk.body(request, actor.caller, act.value, GoingLive)
        return await self.desk.once(
            request,
            act,
            actor,
            wanted,
            lambda grant, remember: self.life.go_live(grant, adapter, wanted, remember),
            label=label_of(adapter, wanted.version),
            about={"adapter": adapter, "version": wanted.version, "share": str(wanted.share)},
        )

    async def withdraw(self, request: web.Request) -> web.Response:
        """The version that is tried answers no more."""
        act, adapter = AgencyAct.WITHDRAW, request.match_info["adapter"]
        actor = await self.desk.of_adapter(request, act)
        tried = await self.desk.body(request, actor.caller, act.value, TriedVersion)
        return await self.desk.once(
            request,
            act,
            actor,
            tried,
            lambda grant, remember: self.life.withdraw(grant, adapter, tried.version, remember),
            label=label_of(adapter, tried.version),
            about={"adapter": adapter, "version": tried.version},
        )

    async def retire(self, request: web.Request) -> web.Response:
        """Announces the end of the adapter."""
        act, adapter = AgencyAct.RETIRE, request.match_info["adapter"]
        actor = await self.desk.of_adapter(request, act)
        end = await self.desk.body(request, actor.caller, act.value, Retirement)
        return await self.desk.once(
            request,
            act,
            actor,
            end,
            lambda grant, remember: self.life.retire(grant, adapter, end, remember),
            about={"adapter": adapter, "at": end.at.isoformat()},
        )

    async def promote(self, request: web.Request) -> web.Response:
        """The version that is tried answers every call."""
        return await self._change(request, AgencyAct.PROMOTE, self.life.promote)

    async def pause(self, request: web.Request) -> web.Response:
        """The adapter answers nothing."""
        return await self._change(request, AgencyAct.PAUSE, self.life.pause)

    async def resume(self, request: web.Request) -> web.Response:
        """The adapter answers again."""
        return await self._change(request, AgencyAct.RESUME, self.life.resume)

    async def roll_back(self, request: web.Request) -> web.Response:
        """What answered before answers again."""
        return await self._change(request, AgencyAct.ROLL_BACK, self.life.roll_back)

    async def _change(self, request: web.Request, act: AgencyAct, change: Change) -> web.Response:
        adapter = request.match_info["adapter"]
        actor = await self.desk.of_adapter(request, act)

        async def work(grant: AgencyGrant, remember: Remember) -> AdapterView:
            return await change(grant, adapter, remember)

        return await self.desk.once(request, act, actor, None, work, about={"adapter": adapter})
