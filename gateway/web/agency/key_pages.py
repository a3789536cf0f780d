"""The public keys of an agency: what its adapter hosts sign with, and who issued their certificates."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from gateway.agencies.acting import AgencyAct
from gateway.agencies.keys import LONGEST_PEM, Keys, NewKey
from gateway.errors import BawabaError, InvalidInput
from gateway.sdk.readers import MalformedJson, parse_json
from gateway.web.agency.visit import Guard, Member, see
from gateway.web.body import MAX_DEPTH
from gateway.web.console.desk import moment
from gateway.web.pages.problem import PAGE

LONGEST_NAME: Final = 64
_LIMIT: Final = LONGEST_PEM + 16_384
_FIELDS: Final = {"/key": "name", "/jwk/kid": "name"}


@dataclass(frozen=True, slots=True)
class KeyPages:
    """The list, and what is done there."""

    guard: Guard
    keys: Keys

    def add_routes(self, router: web.UrlDispatcher) -> None:
        guard, all_of = self.guard, "/agency/{agency}/keys"
        router.add_get(all_of, guard.inside(self.show), name=f"{PAGE}agency-keys")
        router.add_post(f"{all_of}/add", guard.act(self.add, self.show, _LIMIT), name=f"{PAGE}agency-key-add")
        router.add_post(f"{all_of}/revoke", guard.act(self.revoke, self.show), name=f"{PAGE}agency-key-revoke")

    async def show(self, member: Member, problem: BawabaError | None = None) -> web.Response:
        """All of them, those too that were revoked."""
        found = await self.keys.list(member.actor)
        language = self.guard.pages.language(member.visit.request)
        wrong = {}
        if isinstance(problem, InvalidInput):
            wrong = {_FIELDS.get(problem.field or "", "public_key"): self.guard.told(member.visit, problem).detail}
        return await self.guard.show_member(
            member,
            "agency/keys.html",
            status=422 if wrong else 200,
            problem=None if wrong else problem,
            place=f"{member.address}/keys",
            keys=found.keys,
            added={each.name: moment(each.created_at.timestamp(), language) for each in found.keys},
            ended={each.name: moment(each.revoked_at.timestamp(), language) for each in found.keys if each.revoked_at},
            wrong=wrong,
            given={name: member.visit.fields.get(name, "") for name in ("name", "public_key")},
        )

    async def add(self, member: Member) -> web.StreamResponse:
        """A key more, pasted or uploaded; what it is, is seen from how it is written."""
        visit, name = member.visit, member.visit.given("name")
        new = _read(visit.file.decode("utf-8", "replace") if visit.file else visit.given("public_key"))
        # A key has its name with it, and whoever gives none means that one.
        name = name or str((new.jwk or {}).get("kid", ""))
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.ADD_KEY,
            visit.id,
            lambda grant: self.keys.add(grant, name, new),
            about={"key": name[:LONGEST_NAME]},
        )
        return see(f"{member.address}/keys?done=key")

    async def revoke(self, member: Member) -> web.StreamResponse:
        """Nothing is believed for it any more."""
        name = member.visit.given("name")
        await self.guard.desk.acts.perform(
            member.actor,
            AgencyAct.REVOKE_KEY,
            member.visit.id,
            lambda grant: self.keys.revoke(grant, name),
            about={"key": name[:LONGEST_NAME]},
        )
        return see(f"{member.address}/keys?done=revoked")


def _read(text: str) -> NewKey:
    """A JWK, or certificates in PEM; raises ``InvalidInput``."""
    told: dict[str, Any] = {"kind": "authority", "pem": text}
    if not text.lstrip().startswith("-----"):
        try:
            told = {"kind": "signing", "jwk": parse_json(text.encode(), max_depth=MAX_DEPTH)}
        except MalformedJson as problem:
            raise InvalidInput("key_unfit", field="/jwk") from problem
    try:
        return NewKey.model_validate(told)
    except ValidationError as problem:
        raise InvalidInput("key_unfit", field="/jwk") from problem
