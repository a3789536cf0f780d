"""The versions of an adapter in a browser: handed in as a file or as text, tried, compared, and submitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from gateway.agencies.acceptance import Acceptance
from gateway.agencies.acting import AgencyAct
from gateway.agencies.adapters import Adapters, AdapterView
from gateway.agencies.approvals import Approvals
from gateway.agencies.reading import NewVersion
from gateway.agencies.versions import Versions
from gateway.errors import BawabaError, InvalidInput
from gateway.i18n import Language
from gateway.kit.findings import remedy, said
from gateway.kit.report import Report
from gateway.registry.submission import LARGEST
from gateway.sdk.readers import MalformedJson, parse_json
from gateway.web.agency.adapter import ONE
from gateway.web.agency.offers import offered_of_version
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.body import MAX_DEPTH, read_model
from gateway.web.console.desk import moment
from gateway.web.pages.problem import PAGE
from gateway.web.registry.versions import label_of

_BYTES: Final = 2 * LARGEST + 65_536
"""More than a version may be: how much more it is, is said with everything else that is wrong with it."""

LONGEST_VERSION: Final = 32
VERSION: Final = f"{ONE}/versions/{{version}}"


@dataclass(frozen=True, slots=True)
class VersionPages:
    """A page of each version, the form for another, and the comparison of two."""

    guard: Guard
    adapters: Adapters
    versions: Versions
    acceptance: Acceptance
    approvals: Approvals

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard, new = self.guard, f"{ONE}/versions/new"
        router.add_get(new, guard.inside(self.form), name=f"{PAGE}agency-version-form")
        router.add_post(new, guard.act(self.register, self.form, _BYTES), name=f"{PAGE}agency-version-new")
        router.add_get(VERSION, guard.inside(self.show), name=f"{PAGE}agency-version")
        router.add_post(f"{VERSION}/try", guard.act(self.attempt, self.show), name=f"{PAGE}agency-version-attempt")
        router.add_post(f"{VERSION}/submit", guard.act(self.submit, self.show), name=f"{PAGE}agency-version-submit")
        router.add_get(f"{ONE}/diff", guard.inside(self.compare), name=f"{PAGE}agency-diff")

    async def form(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """Where a version is handed in; with ``problem`` everything that is wrong with the one that was."""
        empty = isinstance(problem, InvalidInput) and problem.field == "/submission"
        return await self.guard.show_member(
            member,
            "agency/version_form.html",
            status=422 if empty else 200,
            problem=None if empty else problem,
            empty=empty,
            place=f"{member.address}/adapters/{_adapter(member)}/versions/new",
            adapter=await self.adapters.find(_adapter(member)),
            given=_sent(member),
            most=LARGEST // 1024,
        )

    async def register(self, member: Member) -> web.StreamResponse:
        """The version, judged whole."""
        adapter = _adapter(member)
        new = _read(_sent(member))
        number = new.plate.get("version")
        version = number[:LONGEST_VERSION] if isinstance(number, str) else ""
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.REGISTER_VERSION,
            member.visit.id,
            lambda grant: self.versions.register(grant, adapter, version, new),
            adapter=label_of(adapter, version),
            about={"adapter": adapter, "version": version},
        )
        return see(f"{member.address}/adapters/{adapter}/versions/{version}?done=version")

    async def show(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """The version with its report, and what those who approve said of it."""
        adapter, version = _adapter(member), member.visit.request.match_info["version"]
        found, of = await self.versions.find(adapter, version), await self.adapters.find(adapter)
        verdicts = await self.approvals.verdicts(adapter, version)
        language = self.guard.pages.language(member.visit.request)
        return await self.guard.show_member(
            member,
            "agency/version.html",
            problem=problem,
            place=f"{member.address}/adapters/{adapter}/versions/{version}",
            adapter=of,
            version=found,
            plate=found.plate,
            report=self._report(found.report, language),
            verdicts=verdicts,
            offered=offered_of_version(self.guard.may(member.actor), of, found),
            others=_others(of, version),
            made=moment(found.made_at.timestamp(), language),
            changed=moment(found.changed_at.timestamp(), language),
            judged={each.stage: moment(each.at, language) for each in verdicts},
        )

    async def attempt(self, member: Member) -> web.StreamResponse:
        """The acceptance kit, run against the sandbox of the agency."""
        adapter, version = _adapter(member), member.visit.request.match_info["version"]
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.TRY_VERSION,
            member.visit.id,
            lambda grant: self.acceptance.run(grant, adapter, version),
            adapter=label_of(adapter, version),
            about={"adapter": adapter, "version": version},
        )
        return see(f"{member.address}/adapters/{adapter}/versions/{version}?done=tried")

    async def submit(self, member: Member) -> web.StreamResponse:
        """Hands the version to those who approve."""
        adapter, version = _adapter(member), member.visit.request.match_info["version"]
        await self.guard.desk.once(
            member.visit.request,
            AgencyAct.SUBMIT_VERSION,
            member.actor,
            None,
            lambda grant, remember: self.versions.submit(grant, adapter, version, remember),
            label=label_of(adapter, version),
            about={"adapter": adapter, "version": version},
            key=member.visit.key,
        )
        return see(f"{member.address}/adapters/{adapter}/versions/{version}?done=submitted")

    async def compare(self, member: Member) -> web.Response:
        """What is different between two versions."""
        adapter, query = _adapter(member), member.visit.request.query
        before, after = query.get("from", ""), query.get("to", "")
        diff = await self.versions.compare(adapter, before, after, self.guard.pages.catalogue.both)
        found = await self.adapters.find(adapter)
        return await self.guard.show_member(member, "agency/diff.html", adapter=found, diff=diff)

    def _report(self, kept: Mapping[str, Any] | None, language: Language) -> Mapping[str, Any] | None:
        """The report with its sentences, ``said`` and ``remedy`` of each finding."""
        if kept is None:
            return None
        report, words = Report.model_validate(kept, strict=False), self.guard.pages.catalogue
        findings = [
            {
                **finding.model_dump(),
                "said": said(finding, words, language),
                "remedy": remedy(finding, words, language),
            }
            for finding in report.findings
        ]
        return {**report.model_dump(), "findings": findings}


def _adapter(member: Member) -> str:
    return member.visit.request.match_info["adapter"]


def _sent(member: Member) -> str:
    """What was handed in: the file where there is one, else the text."""
    file = member.visit.file
    return file.decode("utf-8", "replace") if file else member.visit.fields.get("submission", "")


def _others(adapter: AdapterView, version: str) -> Sequence[str]:
    """The versions that this one can be compared with, what answers first."""
    names = [each.version for each in adapter.versions if each.version != version]
    return sorted(names, key=lambda name: name != adapter.live)


def _read(text: str) -> NewVersion:
    """The text as a version; raises ``InvalidInput`` in the words that the API has for a body."""
    if not text.strip():
        raise InvalidInput("field_missing", field="/submission")
    try:
        document = parse_json(text.encode(), max_depth=MAX_DEPTH)
    except MalformedJson as problem:
        raise InvalidInput(problem.code) from problem
    if not isinstance(document, dict):
        raise InvalidInput("json_not_object")
    return read_model(document, NewVersion)
