"""An adapter in words: how it stands, what answers, its versions, its secrets, and what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from gateway.agencies.acting import AgencyAct
from gateway.agencies.adapters import AdapterEvent, Adapters, AdapterView
from gateway.agencies.members import Members
from gateway.agencies.secrets import ENVIRONMENTS, LONGEST_SECRET, NAME, NewSecret, Secrets, SecretView
from gateway.agencies.version_view import VersionView
from gateway.agencies.versions import Versions
from gateway.errors import BawabaError, InvalidInput
from gateway.i18n import Language
from gateway.web.agency.offers import live_choices, offered
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.console.desk import moment
from gateway.web.pages.problem import PAGE

ONE: Final = "/agency/{agency}/adapters/{adapter}"
EVENTS: Final = 50
LONGEST_NAME: Final = 40
SECRET_BYTES: Final = 65_536
WHAT: Final = frozenset(
    {
        *("created", "registered", "tried", "submitted", "endorsed", "approved", "refused", "live", "promoted"),
        *("withdrawn", "paused", "resumed", "rolled-back", "retires", "retired", "secret-set", "secret-deleted"),
        "key-revoked",
    }
)
"""What happens to adapters, by the names that events have; each has its words."""


@dataclass(frozen=True, slots=True)
class AdapterPages:
    """The page, its events, and its secrets."""

    guard: Guard
    adapters: Adapters
    versions: Versions
    secrets: Secrets
    members: Members

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard, secrets = self.guard, f"{ONE}/secrets"
        router.add_get(ONE, guard.inside(self.show), name=f"{PAGE}agency-adapter")
        router.add_get(f"{ONE}/events", guard.inside(self.events), name=f"{PAGE}agency-events")
        router.add_post(f"{secrets}/set", guard.act(self.keep, self.show, SECRET_BYTES), name=f"{PAGE}agency-secret")
        router.add_post(f"{secrets}/delete", guard.act(self.forget, self.show), name=f"{PAGE}agency-secret-delete")

    async def show(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """The adapter; ``problem`` is what came of the form that was sent."""
        name = member.visit.request.match_info["adapter"]
        found = await self.adapters.find(name)
        newest = await self.versions.find(name, found.versions[0].version) if found.versions else None
        kept = (await self.secrets.list(member.actor, name)).secrets
        wrong = wrong_fields(self.guard, member, problem)
        language = self.guard.pages.language(member.visit.request)
        return await self.guard.show_member(
            member,
            "agency/adapter.html",
            status=422 if wrong else 200,
            problem=None if wrong else problem,
            place=f"{member.address}/adapters/{name}",
            adapter=found,
            newest=newest,
            offered=offered(self.guard.may(member.actor), found),
            choices=live_choices(found),
            secrets=kept,
            missing=missing_secrets(newest, kept),
            environments=ENVIRONMENTS,
            events=found.events[:5],
            who=await self._who(member, found.events),
            times=times_of(found, kept, language),
            wrong=wrong,
            given={**member.visit.fields, "value": ""},
            known=WHAT,
        )

    async def events(self, member: Member) -> web.Response:
        """What happened to the adapter, the newest first, a page at a time."""
        request = member.visit.request
        name, after = request.match_info["adapter"], request.query.get("after", "")
        before = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None
        found, page = await self.adapters.find(name), await self.adapters.events(name, EVENTS, before)
        language = self.guard.pages.language(request)
        return await self.guard.show_member(
            member,
            "agency/events.html",
            adapter=found,
            page=page,
            who=await self._who(member, page.events),
            times={each.number: moment(each.at.timestamp(), language) for each in page.events},
            known=WHAT,
        )

    async def keep(self, member: Member) -> web.StreamResponse:
        """Sets a secret or replaces it; no value ever comes back, not even to a form that was wrong."""
        visit, adapter = member.visit, member.visit.request.match_info["adapter"]
        environment, name = visit.given("environment"), visit.given("secret")[:LONGEST_NAME]
        # A text field sends the ends of lines as CRLF, and whoever copies a value often takes its last one along.
        value = visit.fields.get("value", "").replace("\r\n", "\n").strip("\n")
        if not value:
            raise InvalidInput("field_missing", field="/value")
        if len(value) > LONGEST_SECRET:
            raise InvalidInput("field_too_long", field="/value")
        if environment not in ENVIRONMENTS or not NAME.fullmatch(name):
            raise InvalidInput("field_format", field="/secret")
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.KEEP_CREDENTIAL,
            visit.id,
            lambda grant: self.secrets.put(grant, adapter, environment, name, NewSecret(value=value)),
            about={"adapter": adapter, "environment": environment, "name": name},
        )
        return see(f"{member.address}/adapters/{adapter}?done=secret")

    async def forget(self, member: Member) -> web.StreamResponse:
        """Deletes a secret."""
        visit, adapter = member.visit, member.visit.request.match_info["adapter"]
        environment, name = visit.given("environment"), visit.given("secret")[:LONGEST_NAME]
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.FORGET_CREDENTIAL,
            visit.id,
            lambda grant: self.secrets.delete(grant, adapter, environment, name),
            about={"adapter": adapter, "environment": environment, "name": name},
        )
        return see(f"{member.address}/adapters/{adapter}?done=forgotten")

    async def _who(self, member: Member, events: Sequence[AdapterEvent]) -> Mapping[str, str]:
        """The names of the members who did something, by what events call them."""
        if not any(each.actor.startswith("member:") for each in events):
            return {}
        return {f"member:{each.id}": each.name for each in (await self.members.list(member.actor)).members}


def wrong_fields(guard: Guard, member: Member, problem: BawabaError | None) -> Mapping[str, str]:
    """What is wrong with which field of a form, in words; nothing where the problem is not a field's."""
    if not isinstance(problem, InvalidInput):
        return {}
    name = (problem.field or "").strip("/")
    if name not in ("value", "secret", "share", "at", "reason_ar", "reason_en"):
        return {}
    if not problem.code.startswith("field_"):
        return {name: guard.told(member.visit, problem).detail}
    words, language = guard.pages.catalogue, guard.pages.language(member.visit.request)
    return {name: words.text(f"agency.wrong.{name}", language)}


def missing_secrets(newest: VersionView | None, kept: Sequence[SecretView]) -> Sequence[tuple[str, str]]:
    """The environments and names of the secrets that the newest version needs and that are not set."""
    held = {(each.environment, each.name) for each in kept}
    named = newest.plate.get("secrets", ()) if newest else ()
    return [(place, name) for place in ENVIRONMENTS for name in named if (place, name) not in held]


def times_of(found: AdapterView, kept: Sequence[SecretView], language: Language) -> Mapping[Any, str]:
    """Every moment on the page in words, by what it is the moment of."""
    return {
        **{each.number: moment(each.at.timestamp(), language) for each in found.events},
        **{each.version: moment(each.made_at.timestamp(), language) for each in found.versions},
        **{(each.environment, each.name): moment(each.set_at.timestamp(), language) for each in kept},
        "created": moment(found.created_at.timestamp(), language),
        "retires": moment(found.retires_at.timestamp(), language) if found.retires_at else "",
    }
