"""The stand-in tells of every change by itself: a JWT signed with its own key, posted to whoever applied."""

import asyncio
import secrets
from datetime import datetime
from typing import Final

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from adapters.uae import sandbox_progress as words
from adapters.uae.webhook import ALGORITHM, HEADER, ISSUER
from gateway.sdk import sandbox as kit

TRIES: Final = 5
PAUSE: Final = 0.2
"""Seconds before the second try; each further one waits as much longer."""


def make_webhook_key() -> tuple[str, str]:
    """A new key on P-256, its private and its public half in PEM."""
    key = generate_private_key(SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), public.decode()


class Herald:
    """Tells what becomes of applications, as the orders of each want it told."""

    def __init__(self, sandbox: kit.Sandbox) -> None:
        self._sandbox = sandbox
        key = load_pem_private_key(sandbox.secrets["webhook_private_key"].encode(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise ValueError("webhook_private_key must be an elliptic curve key")
        self._key = key

    async def follow(self, dossier: kit.Dossier) -> None:
        """Tells every change of the application until its end, or all of them in the opposite order when it is over."""
        telling, held = dossier.orders.telling, list[tuple[kit.Stage, datetime]]()
        if telling == "never" or not dossier.callback_url:
            return
        async for change in self._sandbox.desk.changes(dossier):
            if telling == "late":
                held.append(change)
                continue
            await self._tell(dossier, change, 2 if telling == "twice" else 1)
        for change in reversed(held):
            await self._tell(dossier, change, 1)

    async def _tell(self, dossier: kit.Dossier, change: tuple[kit.Stage, datetime], times: int) -> None:
        """Sends the one event ``times`` times, each until it is taken."""
        event = secrets.token_urlsafe(12)
        for _ in range(times):
            await self._deliver(dossier, change, event)

    async def _deliver(self, dossier: kit.Dossier, change: tuple[kit.Stage, datetime], event: str) -> None:
        for attempt in range(TRIES):
            await asyncio.sleep(PAUSE * attempt)
            try:
                status = await self._sandbox.call_back(
                    dossier.callback_url, lambda: self._reply(dossier, change, event)
                )
            except aiohttp.ClientError:
                continue
            if status is None or status < 500:
                return

    def _reply(self, dossier: kit.Dossier, change: tuple[kit.Stage, datetime], event: str) -> kit.Reply:
        told = words.application(dossier, *change)
        if self._sandbox.wrong and (other := self._sandbox.person(dossier.identifier)):
            told |= words.number(other.identifier, other.home.facts.alpha3)
        claims = {
            "iss": ISSUER,
            "aud": self._sandbox.secrets["client_id"],
            "iat": int(self._sandbox.clock().timestamp()),
            "jti": event,
            "sub": dossier.reference,
            "application": told,
        }
        token = jwt.encode(claims, self._key, ALGORITHM, dict(HEADER))
        return kit.Reply(200, "application/jwt", token.encode())
