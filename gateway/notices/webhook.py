"""Notices to programs: a signed request to an address that the person's app gave."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import orjson

from gateway.notices.message import Message
from gateway.notices.post import Post
from gateway.outward.addresses import Outward

SECRET_BYTES: Final = 32
_PREFIX: Final = "whsec_"


class Webhook:
    """Signs as Standard Webhooks 1.0 says: HMAC-SHA256 of id, time and body, under a secret of each address."""

    name = "webhook"

    def __init__(self, outward: Outward, clock: Callable[[], float]) -> None:
        self._outward = outward
        self._clock = clock
        self._post = Post(self.name, outward.may_connect)

    def check(self, target: str) -> str:
        """The address with a new secret: ``{"url": …, "secret": "whsec_…"}``."""
        url = self._outward.check(target, "/target")
        secret = _PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        return orjson.dumps({"url": url, "secret": secret}).decode()

    async def send(self, message: Message, target: str) -> None:
        known, notice = orjson.loads(target), message.notice
        body = orjson.dumps(
            {
                "type": f"application.{notice.kind}",
                "timestamp": notice.at,
                "data": {"application": notice.about, "status": notice.kind},
            }
        )
        moment = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{sign(known['secret'], notice.id, moment, body)}",
        }
        await self._post.send(known["url"], headers, body)

    async def close(self) -> None:
        await self._post.close()


def sign(secret: str, notice: str, moment: str, body: bytes) -> str:
    """The signature in base64; ``moment`` is in seconds since 1970, as the header has it."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, f"{notice}.{moment}.".encode() + body, hashlib.sha256)).decode()
