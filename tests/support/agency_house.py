"""A gateway with an agency's programs that act by themselves, for a person, and at a counter."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from sqlalchemy import update

from gateway.identity.key_files import load_key_ring
from gateway.oauth.client import Client
from gateway.oauth.consents import Consents
from gateway.oauth.device_grant import DeviceGrant
from gateway.oauth.exchange import ExchangeGrant
from gateway.oauth.subjects import ID_TOKEN
from gateway.storage.oauth_tables import oauth_devices
from tests.support.entrance import Browser
from tests.support.programs import Prover, confidential
from tests.support.token_house import TokenHouse, Told, token_house

BATCH, STRANGER, KIOSK = "kw-moi-batch", "om-other-batch", "kw-moi-kiosk"
SERVICES = ("lookups:traffic-fines", "lookups:pension-contributions", "applications:fine-settlement")
PURPOSES = ("service_delivery", "enforcement")


@dataclass
class AgencyHouse:
    """``batch`` and ``kiosk`` are of the same agency as the app of the token house, ``stranger`` of another."""

    tokens: TokenHouse
    batch: Prover = field(default_factory=lambda: Prover(client_id=BATCH))
    stranger: Prover = field(default_factory=lambda: Prover(client_id=STRANGER))
    kiosk: Prover = field(default_factory=lambda: Prover(client_id=KIOSK))

    def __post_init__(self) -> None:
        self.consents = Consents(self.tokens.askers.entrance.house.doors.parts.storage, time.time)
        for prover in (self.batch, self.stranger, self.kiosk):
            prover.issuer = self.tokens.askers.issuer

    async def admit(self, prover: Prover, **changes: Any) -> None:
        """Registers the program of that key, and lets it in."""
        await self.tokens.askers.admit(agency_program(prover, **changes))

    async def ask(self, prover: Prover, grant_type: str, **fields: str) -> Told:
        """What a program is given; a field that is empty is left out."""
        url = fields.pop("url", "")
        sent = {name: value for name, value in {"grant_type": grant_type, **fields}.items() if value}
        return await self.tokens.post("/oauth/token", sent, prover=prover, url=url)

    async def own_token(self, **fields: str) -> Told:
        """What the batch program is given for itself."""
        return await self.ask(self.batch, "client_credentials", **fields)

    async def exchange(self, token: str, *, prover: Prover | None = None, **fields: Any) -> Told:
        """What a program is given to act for the person of a token."""
        wanted = {"subject_token": token, "subject_token_type": ID_TOKEN} | fields
        return await self.ask(prover or self.batch, ExchangeGrant.name, **wanted)

    async def signed_in(self, browser: Browser | None = None, **changes: Any) -> Told:
        """The tokens of the agency's app, whose person is there."""
        return await self.tokens.tokens(browser, **changes)

    async def allow(
        self, told: Told, *scopes: str, purposes: str = "service_delivery", seconds: int = 3600, client: str = BATCH
    ) -> None:
        """The person of these tokens allows a program something."""
        until = int(time.time()) + seconds
        await self.consents.give(person_of(told), client, scopes or (SERVICES[0],), purposes.split(), until)

    async def wait_for_devices(self, seconds: int) -> None:
        """As if every device had asked so much earlier."""
        earlier = update(oauth_devices).values(polled_at=oauth_devices.c.polled_at - seconds)
        async with self.tokens.askers.entrance.house.doors.parts.storage.writing() as connection:
            await connection.execute(earlier)

    async def id_token_until(self, told: Told, seconds: int) -> str:
        """The ID token as one that has so many seconds left, signed as ours are."""
        ring = load_key_ring(self.tokens.askers.entrance.house.settings.tokens.keys_dir)
        claims = jwt.decode(told["id_token"], options={"verify_signature": False})
        return ring.current.signed(claims | {"exp": int(time.time()) + seconds}, typ="JWT")


def agency_program(prover: Prover, **changes: Any) -> Client:
    """A program of an agency with keys and no redirect address."""
    values: dict[str, Any] = {
        "client_id": prover.client_id,
        "jwks": prover.jwks,
        "agency": "om-other" if prover.client_id == STRANGER else "kw-traffic",
        "redirect_uris": (),
        "grants": (DeviceGrant.name, "refresh_token") if prover.client_id == KIOSK else PROGRAM_GRANTS,
        "scopes": SERVICES,
        "purposes": PURPOSES,
    }
    return confidential(**values | changes)


PROGRAM_GRANTS = ("client_credentials", ExchangeGrant.name)


def claims_of(token: str) -> dict[str, Any]:
    """What an access token says, unverified."""
    return jwt.decode(token, options={"verify_signature": False})


def person_of(told: Told) -> str:
    """The opaque name of the person whom tokens speak for."""
    return str(claims_of(told["access_token"])["sub"])


@asynccontextmanager
async def agency_house(folder: Path, storage_url: str | None = None, **more: Any) -> AsyncIterator[AgencyHouse]:
    """A gateway with all of them, approved."""
    async with token_house(folder, storage_url, **more) as tokens:
        house = AgencyHouse(tokens)
        for prover in (house.batch, house.stranger, house.kiosk):
            await house.admit(prover)
        yield house
