"""``/v1/registry/adapters/{adapter}/versions/{version}/approvals``: what was said about a version, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from gateway.agencies.acting import AgencyAct
from gateway.agencies.approvals import Approvals, Stage
from gateway.agencies.moments import Moment, moment
from gateway.schema.base import Frozen
from gateway.web.contract import Operation
from gateway.web.registry.adapters import ONE
from gateway.web.registry.codes import ADAPTER, READ, VERSION
from gateway.web.registry.desk import Desk, shown


class ApprovalView(Frozen):
    """What one of the two parties said of the document of that digest; who said it is in the ledger alone."""

    stage: Literal["national", "joint"]
    verdict: Literal["approved", "refused"]
    digest: str
    reason: str | None
    at: Moment


class ApprovalList(Frozen):
    """What was said about a version, the national programme first."""

    approvals: tuple[ApprovalView, ...]


@dataclass(frozen=True, slots=True)
class ApprovalPages:
    """The endpoint and what it stands on."""

    desk: Desk
    approvals: Approvals

    def operations(self) -> Sequence[Operation]:
        """The one that there is."""
        return (
            Operation(
                "list_approvals",
                "GET",
                f"{ONE}/versions/{{version}}/approvals",
                self.listed,
                ApprovalList,
                parameters=(ADAPTER, VERSION),
                secured=True,
                codes=READ,
            ),
        )

    async def listed(self, request: web.Request) -> web.Response:
        """Empty for a version that nobody has judged yet."""
        await self.desk.of_adapter(request, AgencyAct.SEE)
        found = await self.approvals.verdicts(request.match_info["adapter"], request.match_info["version"])
        return shown(
            ApprovalList(
                approvals=tuple(
                    ApprovalView(
                        stage="joint" if each.stage is Stage.JOINT else "national",
                        verdict="refused" if each.verdict == "refused" else "approved",
                        digest=each.digest,
                        reason=each.reason,
                        at=moment(each.at),
                    )
                    for each in found
                )
            )
        )
