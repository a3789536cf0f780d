"""``/v1/registry/adapters/{adapter}/versions``: versions handed in, compared, tried and submitted."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.agencies.acceptance import Acceptance
from gateway.agencies.acting import AgencyAct, AgencyGrant
from gateway.agencies.diff import VersionDiff
from gateway.agencies.reading import NewVersion
from gateway.agencies.version_view import VersionPage, VersionView
from gateway.agencies.versions import Versions
from gateway.errors import InvalidInput
from gateway.i18n import Catalogue
from gateway.kit.report import Report
from gateway.registry.submission import LARGEST
from gateway.web.contract import Operation, query_parameter
from gateway.web.registry.adapters import ONE as ADAPTER_PATH
from gateway.web.registry.codes import (
    ACT,
    ADAPTER,
    AFTER,
    BODY,
    IDEMPOTENCY,
    LIMIT,
    LONGEST_PAGE,
    ONCE,
    PAGED,
    READ,
    VERSION,
)
from gateway.web.registry.desk import Desk, limit_of, shown

_BODY_BYTES: Final = LARGEST + 65_536
"""More than a version may be: how much more it is, is said with everything else that is wrong with it."""

PAGE: Final = 50
_ONE: Final = f"{ADAPTER_PATH}/versions/{{version}}"
EXAMPLE: Final = {
    "plate": {
        "name": "om_fisheries",
        "kind": "listing",
        "agency": "om-fisheries",
        "title": {"ar": "خدمات الثروة السمكية", "en": "Fisheries services"},
        "country": "OM",
        "version": "1.0.0",
        "stage": "sandbox",
        "protocol": "none",
        "contact": {
            "name": {"ar": "مكتب الربط", "en": "Integration desk"},
            "email": "desk@fisheries.example",
            "phone": "+96824000000",
        },
        "endpoints": [],
        "services": {"fishing-licence": {"agency": "om-fisheries", "latency_budget_ms": 1000}},
    },
    "definitions": [],
    "cases": {},
}


@dataclass(frozen=True, slots=True)
class VersionPages:
    """The endpoints and what they stand on."""

    desk: Desk
    versions: Versions
    acceptance: Acceptance
    words: Catalogue

    def operations(self) -> Sequence[Operation]:
        """All of them."""
        one = (ADAPTER, VERSION)
        unfit = (422, "submission_unfit")
        return (
            Operation(
                "list_versions",
                "GET",
                f"{ADAPTER_PATH}/versions",
                self.page,
                VersionPage,
                parameters=(ADAPTER, LIMIT, AFTER),
                secured=True,
                codes=(*READ, *PAGED),
            ),
            Operation("get_version", "GET", _ONE, self.find, VersionView, parameters=one, secured=True, codes=READ),
            Operation(
                "register_version",
                "PUT",
                _ONE,
                self.register,
                VersionView,
                body=NewVersion,
                parameters=one,
                secured=True,
                codes=(
                    *ACT,
                    *BODY,
                    unfit,
                    *((409, code) for code in ("version_taken", "version_overtaken", "versions_too_many")),
                    *((409, code) for code in ("service_taken", "adapter_retired")),
                ),
                example=EXAMPLE,
            ),
            Operation(
                "compare_versions",
                "GET",
                f"{ADAPTER_PATH}/diff",
                self.compare,
                VersionDiff,
                parameters=(ADAPTER, query_parameter("from", maxLength=32), query_parameter("to", maxLength=32)),
                secured=True,
                codes=(*READ, (422, "field_missing")),
            ),
            Operation(
                "try_version",
                "POST",
                f"{_ONE}/acceptance",
                self.attempt,
                VersionView,
                parameters=one,
                secured=True,
                codes=(
                    *ACT,
                    unfit,
                    *((409, code) for code in ("version_handed_in", "acceptance_running", "acceptance_too_long")),
                ),
            ),
            Operation(
                "submit_version",
                "POST",
                f"{_ONE}/submission",
                self.submit,
                VersionView,
                parameters=(*one, IDEMPOTENCY),
                secured=True,
                codes=(*ACT, *ONCE, unfit, (409, "version_not_passed")),
            ),
        )

    async def page(self, request: web.Request) -> web.Response:
        """The adapter's versions, the newest first."""
        await self.desk.of_adapter(request, AgencyAct.SEE)
        limit = limit_of(request, PAGE, LONGEST_PAGE)
        return shown(await self.versions.page(request.match_info["adapter"], limit, request.query.get("after")))

    async def find(self, request: web.Request) -> web.Response:
        """The version as it was handed in, with the newest report."""
        await self.desk.of_adapter(request, AgencyAct.SEE)
        return shown(self._worded(await self.versions.find(*_named(request))))

    async def register(self, request: web.Request) -> web.Response:
        """A version, judged whole; everything that is wrong with it is said at once."""
        act, (adapter, version) = AgencyAct.REGISTER_VERSION, _named(request)
        actor = await self.desk.of_adapter(request, act)
        new = await self.desk.body(request, actor.caller, act.value, NewVersion, _BODY_BYTES)
        return await self.desk.perform(
            request,
            act,
            actor,
            lambda grant: self._with_words(self.versions.register(grant, adapter, version, new)),
            label=label_of(adapter, version),
            about={"adapter": adapter, "version": version},
        )

    async def compare(self, request: web.Request) -> web.Response:
        """What is different between two versions."""
        await self.desk.of_adapter(request, AgencyAct.SEE)
        before, after = (request.query.get(name) for name in ("from", "to"))
        if not before or not after:
            raise InvalidInput("field_missing", field="?to" if before else "?from")
        return shown(await self.versions.compare(request.match_info["adapter"], before, after, self.words.both))

    async def attempt(self, request: web.Request) -> web.Response:
        """The acceptance kit, run against the sandbox of the agency; the answer holds its report."""
        return await self._done(request, AgencyAct.TRY_VERSION, self.acceptance.run)

    async def submit(self, request: web.Request) -> web.Response:
        """Hands the version to those who approve."""
        act, (adapter, version) = AgencyAct.SUBMIT_VERSION, _named(request)
        actor = await self.desk.of_adapter(request, act)
        return await self.desk.once(
            request,
            act,
            actor,
            None,
            lambda grant, remember: self.versions.submit(grant, adapter, version, remember),
            label=label_of(adapter, version),
            about={"adapter": adapter, "version": version},
        )

    async def _done(
        self,
        request: web.Request,
        act: AgencyAct,
        work: Callable[[AgencyGrant, str, str], Awaitable[VersionView]],
    ) -> web.Response:
        adapter, version = _named(request)
        actor = await self.desk.of_adapter(request, act)
        return await self.desk.perform(
            request,
            act,
            actor,
            lambda grant: self._with_words(work(grant, adapter, version)),
            label=label_of(adapter, version),
            about={"adapter": adapter, "version": version},
        )

    async def _with_words(self, made: Awaitable[VersionView]) -> VersionView:
        return self._worded(await made)

    def _worded(self, view: VersionView) -> VersionView:
        """The report with its sentences in both languages."""
        if view.report is None:
            return view
        report = Report.model_validate(view.report, strict=False)
        return view.model_copy(update={"report": dict(report.document(self.words))})


def label_of(adapter: str, version: str) -> str | None:
    """As entries of the ledger name it; ``None`` where the path holds what can be no adapter's."""
    fits = version.isascii() and 0 < len(version) <= 32 and set(version) <= set("0123456789.")
    return f"{adapter}@{version}" if fits else None


def _named(request: web.Request) -> tuple[str, str]:
    return request.match_info["adapter"], request.match_info["version"]
