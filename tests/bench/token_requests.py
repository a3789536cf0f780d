"""Programs, grants and ready-made requests of programs, each good once, for a gateway that is measured."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlalchemy import insert

from gateway.app import token_keys
from gateway.app.signin import signin_keys
from gateway.identity.confirmation import Confirmation
from gateway.identity.principal import Assurance
from gateway.identity.revocation import Revocations
from gateway.identity.tokens import Holder as Person
from gateway.identity.tokens import TokenMint
from gateway.identity.vault import digest
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.codes import Codes
from gateway.oauth.grant import Grants
from gateway.oauth.refresh import LIFE
from gateway.settings import Settings
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_refresh_tokens
from tests.support.grants import a_grant
from tests.support.people import CPR
from tests.support.programs import BACK, VERIFIER, Prover, challenge, confidential
from tests.support.proofs import Holder

TOKEN, INTROSPECT, ME = "/oauth/token", "/oauth/introspect", "/v1/me"
FORM = "application/x-www-form-urlencoded"
AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request, to be sent once and soon: what it proves is of this moment."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass
class Office:
    """A program with everything that it needs to ask, and what the people granted it."""

    settings: Settings
    storage: Storage
    grants: Grants
    codes: Codes
    mint: TokenMint
    prover: Prover
    holder: Holder = field(default_factory=lambda: Holder(clock=time.time))

    def form(self, path: str, *, bound: bool = True, **fields: str) -> Prepared:
        """A form with the program's proof of itself and, where tokens are given, of its key."""
        headers = {"Content-Type": FORM} | (self._proof("POST", path) if bound else {})
        return Prepared("POST", path, headers, urlencode(fields | self.prover.proof()))

    def by_itself(self, count: int) -> Sequence[Prepared]:
        return [self.form(TOKEN, grant_type="client_credentials") for _ in range(count)]

    async def by_code(self, count: int) -> Sequence[Prepared]:
        """Each with a code of its own, of another person."""
        asked = []
        for _ in range(count):
            code = await self._code()
            asked.append(
                self.form(TOKEN, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)
            )
        return asked

    def by_refreshing(self, tokens: Sequence[str]) -> Sequence[Prepared]:
        return [self.form(TOKEN, grant_type="refresh_token", refresh_token=token) for token in tokens]

    def about(self, token: str, count: int) -> Sequence[Prepared]:
        return [self.form(INTROSPECT, bound=False, token=token) for _ in range(count)]

    def as_bearer(self, count: int) -> Sequence[Prepared]:
        """Calls with one token that is bound to nothing."""
        shown = {"Authorization": f"Bearer {self._token(None)}"}
        return [Prepared("GET", ME, shown) for _ in range(count)]

    def as_holder(self, count: int) -> Sequence[Prepared]:
        """Calls with one token that is bound to a key, each with its proof."""
        token = self._token(Confirmation("jkt", self.holder.jkt))
        shown = {"Authorization": f"DPoP {token}"}
        return [Prepared("GET", ME, shown | self._proof("GET", ME, token)) for _ in range(count)]

    async def fill(self, live: int) -> None:
        """So many refresh tokens that others hold, good for a month."""
        now = int(time.time())
        for first in range(0, live, AT_ONCE):
            rows = [
                {
                    "token_hash": digest(f"token {number}"),
                    "grant_id": f"grant {number}",
                    "confirmation": "",
                    "created_at": now,
                    "expires_at": now + LIFE,
                }
                for number in range(first, min(first + AT_ONCE, live))
            ]
            async with self.storage.writing() as connection:
                await connection.execute(insert(oauth_refresh_tokens), rows)

    async def _code(self) -> str:
        grant = a_grant(now=time.time(), client_id=self.prover.client_id)
        grant = await self.grants.create(grant.model_copy(update={"person": f"person {grant.id}"}))
        return await self.codes.issue(grant.id, self.prover.client_id, BACK, challenge())

    def _proof(self, method: str, path: str, token: str | None = None) -> dict[str, str]:
        return {"DPoP": self.holder.proof(method, f"{self.settings.server.public_url}{path}", token)}

    def _token(self, confirmation: Confirmation | None) -> str:
        person = Person("person-of-the-bench", {CPR.country: CPR}, CPR.country, Assurance.HIGH)
        return self.mint.mint(person, client=self.prover.client_id, scopes=["lookups"], confirmation=confirmation)


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """The program, approved, beside the worker on the same database."""
    vault, _ = signin_keys(settings)
    ring, seal = token_keys(settings)
    prover = Prover(issuer=settings.tokens.issuer)
    async with Storage.open(settings.storage.url) as storage, Revocations.open(storage) as revocations:
        clients = Clients(storage, revocations, time.time)
        await clients.register(_program(prover))
        await clients.approve(prover.client_id)
        grants = Grants(storage, vault, revocations, time.time)
        yield Office(
            settings=settings,
            storage=storage,
            grants=grants,
            codes=Codes(storage, vault, grants, time.time),
            mint=TokenMint(ring, seal, issuer=settings.tokens.issuer, audience=settings.tokens.audience),
            prover=prover,
        )


def _program(prover: Prover) -> Client:
    grants = ("authorization_code", "refresh_token", "client_credentials")
    return confidential(jwks=prover.jwks, grants=grants, per_minute=100_000)
