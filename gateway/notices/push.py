"""Notices to a browser that subscribed: web push, encrypted for the browser and signed by the gateway."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import http_ece
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import InvalidInput
from gateway.notices.message import Message
from gateway.notices.post import Post
from gateway.outward.addresses import Outward

KEPT_SECONDS: Final = 86_400
"""How long the push service keeps what a sleeping browser does not fetch."""

_TOKEN_SECONDS: Final = 43_200
_AUTH_BYTES: Final = 16


class Push:
    """Encrypts by RFC 8291 and signs by RFC 8292 (VAPID); ``contact`` is whom a push service may write to."""

    name = "push"

    def __init__(
        self, key: EllipticCurvePrivateKey, contact: str, outward: Outward, clock: Callable[[], float]
    ) -> None:
        self._key = key
        self._contact = contact
        self._outward = outward
        self._clock = clock
        self._post = Post(self.name, outward.may_connect)

    @property
    def public_key(self) -> str:
        """What a browser subscribes with, base64url of the uncompressed point."""
        return _encoded(self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def check(self, target: str) -> str:
        """A ``PushSubscription`` in JSON, reduced to its address and keys."""
        try:
            given = orjson.loads(target)
            endpoint, keys = given["endpoint"], given["keys"]
            point, auth = _decoded(keys["p256dh"]), _decoded(keys["auth"])
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
            if len(auth) != _AUTH_BYTES or not isinstance(endpoint, str):
                raise ValueError("not a subscription")
        except (ValueError, TypeError, KeyError):
            raise InvalidInput("field_format", field="/target") from None
        url = self._outward.check(endpoint, "/target")
        return orjson.dumps({"url": url, "p256dh": _encoded(point), "auth": _encoded(auth)}).decode()

    async def send(self, message: Message, target: str) -> None:
        known, notice = orjson.loads(target), message.notice
        words = {"title": message.title, "body": message.text, "lang": notice.language, "tag": notice.about}
        body = http_ece.encrypt(
            orjson.dumps(words),
            salt=os.urandom(16),
            private_key=generate_private_key(SECP256R1()),
            dh=_decoded(known["p256dh"]),
            auth_secret=_decoded(known["auth"]),
            version="aes128gcm",
        )
        headers = {
            "Authorization": f"vapid t={self._token(known['url'])}, k={self.public_key}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_SECONDS),
            "Urgency": "normal",
        }
        await self._post.send(known["url"], headers, body)

    async def close(self) -> None:
        await self._post.close()

    def _token(self, url: str) -> str:
        parts = urlsplit(url)
        claims: dict[str, Any] = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._clock()) + _TOKEN_SECONDS,
            "sub": self._contact,
        }
        return jwt.encode(claims, self._key, "ES256", headers={"typ": "JWT"})


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
