"""Authorization codes: good for a minute and one use, by the program and with the verifier that asked for them."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any, Final

import structlog
from sqlalchemy import Row, delete, insert, select, update

from gateway.errors import OAuthError
from gateway.identity.keys import base64url
from gateway.identity.vault import Vault, digest
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.grant import Grants
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_codes

log = structlog.get_logger()

LIFE: Final = 60
REMEMBERED: Final = 3600
"""Seconds that a code is known after its minute: whoever brings it again by then has found it somewhere."""

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class Redeemed(Frozen):
    """What a code was given for: the grant, and the ``nonce`` that the ID token must repeat."""

    grant_id: str
    nonce: str | None


class _Kept(Frozen):
    redirect_uri: str
    challenge: str
    nonce: str | None
    confirmation: Confirmation | None


class Codes:
    """Every worker redeems them; of two that try, one wins and the other ends what the first was given."""

    def __init__(self, storage: Storage, vault: Vault, grants: Grants, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._grants = grants
        self._clock = clock

    async def issue(
        self,
        grant_id: str,
        client_id: str,
        redirect_uri: str,
        challenge: str,
        nonce: str | None = None,
        confirmation: Confirmation | None = None,
    ) -> str:
        """A code for the grant; ``challenge`` is of PKCE's S256.

        ``confirmation`` is the key that whoever redeems the code must hold, where the request named one (RFC 9449, 10).
        """
        code, now = secrets.token_urlsafe(32), int(self._clock())
        code_hash = digest(code)
        kept = _Kept(redirect_uri=redirect_uri, challenge=challenge, nonce=nonce, confirmation=confirmation)
        row = {
            "code_hash": code_hash,
            "grant_id": grant_id,
            "client_id": client_id,
            "sealed": self._vault.seal(kept.model_dump_json().encode(), _context(code_hash)),
            "expires_at": now + LIFE,
        }
        async with self._storage.writing() as connection:
            await connection.execute(delete(oauth_codes).where(oauth_codes.c.expires_at < now - REMEMBERED))
            await connection.execute(insert(oauth_codes).values(row))
        return code

    async def redeem(
        self,
        code: str,
        client_id: str,
        redirect_uri: str | None,
        verifier: str | None,
        confirmation: Confirmation | None = None,
    ) -> Redeemed:
        """What the code was given for; raises ``OAuthError`` (``invalid_grant``), whatever is wrong.

        A code that its own program brings wrongly is spent with its grant, as one that it brings twice: it may have
        leaked, and then it is worth nothing to anybody. One that another program brings stays its owner's.
        """
        code_hash = digest(code)
        row = await self._spend(code_hash, client_id)
        if row is None:
            raise OAuthError("invalid_grant")
        kept = _Kept.model_validate_json(self._vault.open(row.sealed, _context(code_hash)))
        wrong = self._what_is_wrong(row, kept, redirect_uri, verifier, confirmation)
        if wrong is not None:
            log.warning("code.refused", client=client_id, reason=wrong)
            await self._grants.revoke(row.grant_id)
            raise OAuthError("invalid_grant")
        return Redeemed(grant_id=row.grant_id, nonce=kept.nonce)

    async def _spend(self, code_hash: str, client_id: str) -> Row[Any] | None:
        """The code as it stood before this use, which is written down; nothing where the program has no such code."""
        own = (oauth_codes.c.code_hash == code_hash, oauth_codes.c.client_id == client_id)
        # Held to the end of the transaction, so that two workers do not both find it unused.
        wanted = select(oauth_codes).where(*own).with_for_update()
        async with self._storage.writing() as connection:
            row = (await connection.execute(wanted)).one_or_none()
            if row is not None and row.used_at is None:
                await connection.execute(update(oauth_codes).where(*own).values(used_at=int(self._clock())))
        return row

    def _what_is_wrong(
        self,
        row: Row[Any],
        kept: _Kept,
        redirect_uri: str | None,
        verifier: str | None,
        confirmation: Confirmation | None,
    ) -> str | None:
        if row.used_at is not None:
            return "used"
        if row.expires_at <= self._clock():
            return "expired"
        if redirect_uri != kept.redirect_uri:
            return "redirect_uri"
        if verifier is None or not answers(verifier, kept.challenge):
            return "verifier"
        if kept.confirmation is not None and confirmation != kept.confirmation:
            return "confirmation"
        return None


def is_challenge(text: str) -> bool:
    """Whether it can be a challenge of PKCE's S256: a SHA-256 in base64url."""
    return _CHALLENGE.fullmatch(text) is not None


def answers(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one that the challenge was made of (RFC 7636, 4.6, S256 alone)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(base64url(hashlib.sha256(verifier.encode()).digest()).encode(), challenge.encode())


def _context(code_hash: str) -> str:
    return f"code {code_hash}"
