"""UAE PASS: OAuth 2.0 by the code, an opaque access token, and a person whom only userinfo tells.

The provider names the level of an account in ``userType``: at SOP1 the Emirates ID is not verified, so none is
read; at SOP2 and SOP3 it is. It says neither when the person authenticated nor, with a signature, for whom the
answer is meant: that rests on TLS, on the secret of the client and on the state, which belongs to one browser.
"""

import re
import secrets as randomness
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlencode

from gateway.errors import (
    BawabaError,
    ConfigurationError,
    InvalidIdentifier,
    ProviderDown,
    SignInError,
    SignInRejected,
)
from gateway.identity.principal import Assurance
from gateway.identity.providers.answers import believed, option, plain, read_answer
from gateway.identity.providers.base import Attempt, Evidence, ProviderResponse, Redirect
from gateway.identity.providers.door import ProviderDoor, lied
from gateway.identity.providers.plate import ProviderPlate
from gateway.schema.country import Country
from gateway.schema.identifier import IdentifierKind, NationalIdentifier

DECLINED: Final = frozenset({"access_denied", "cancelledOnApp", "cancelledOnWeb", "cancelledOnMobile"})
"""The person said no; the last three come from the app (public clients list them)."""
OUT_OF_ORDER: Final = frozenset({"server_error", "temporarily_unavailable"})
CITIZEN: Final = "ARE"
"""``nationalityEN`` is alpha-3."""

_CODE: Final = re.compile(r"[\x21-\x7e]{1,512}")
# RFC 6750, 2.1. The documented one is a UUID, which no other party needs to rely on.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,2048}=*")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUBJECT_PREFIX: Final = "uaepass/"


class UaePass:
    """One plate that speaks UAE PASS; ``main`` is the address up to and with ``/idshub``."""

    def __init__(
        self,
        plate: ProviderPlate,
        endpoints: Mapping[str, str],
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        self.plate = plate
        self._issuer = option(plate, "issuer")
        self._acr_values = option(plate, "acr_values")
        self._client = secrets["client_id"]
        self._basic = _basic(plate, self._client, secrets["client_secret"])
        self._door = ProviderDoor(plate, endpoints["main"])
        self._clock = clock

    async def open(self) -> None:
        """There is nothing to fetch before the first sign-in."""

    async def close(self) -> None:
        """Ends every connection."""
        await self._door.close()

    async def begin(self, attempt: Attempt) -> Redirect:
        """The provider's own page, in the person's language.

        Raises ``SignInRejected`` where the authentication must be recent: this provider never says how old it is.
        """
        if attempt.max_age is not None:
            raise SignInRejected("signin_age_unknown")
        parameters = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(self.plate.scopes),
            "state": attempt.id,
            "acr_values": self._acr_values,
            "ui_locales": "ar" if attempt.language == "ar" else "en",
        }
        return Redirect(f"{self._door.base}/authorize?{urlencode(parameters)}")

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """Code for token, token for profile, profile for evidence."""
        code = self._code(attempt, response.query)
        token = await self._token(attempt, code)
        return self._evidence(attempt, await self._profile(token))

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """The answer comes through the browser; there is nothing to ask meanwhile."""
        return None

    def _code(self, attempt: Attempt, query: Mapping[str, str]) -> str:
        """The code that came back to this sign-in; raises the error that came instead."""
        if not compare_digest(query.get("state", "").encode("utf-8", "replace"), attempt.id.encode()):
            raise SignInError
        # Not promised, so it may be absent (RFC 9207); where it stands it must be right.
        if query.get("iss", self._issuer) != self._issuer:
            raise SignInError
        if "error" in query:
            raise self._refusal(query["error"])
        if not _CODE.fullmatch(query.get("code", "")):
            raise SignInError
        return query["code"]

    def _refusal(self, error: str) -> BawabaError:
        if error in DECLINED:
            return SignInRejected("signin_declined")
        if error in OUT_OF_ORDER:
            return ProviderDown(provider=self.plate.id)
        return SignInRejected("signin_rejected")

    async def _token(self, attempt: Attempt, code: str) -> str:
        """The access token for the code; raises ``SignInError`` for a code that is used, old or another client's."""
        fields = {"grant_type": "authorization_code", "redirect_uri": attempt.redirect_uri, "code": code}
        content_type, body = multipart(fields)
        headers = {"authorization": self._basic, "content-type": content_type, "accept": "application/json"}
        answer = await self._door.send("POST", "/token", read_answer, headers=headers, body=body)
        if answer.status >= 400:
            if answer.members.get("error") == "invalid_grant":
                raise SignInError
            raise lied(self.plate, "client_refused")
        if plain(answer.members.get("token_type")).lower() != "bearer":
            raise lied(self.plate, "token_type")
        token = plain(answer.members.get("access_token"), longest=2048)
        if not _TOKEN.fullmatch(token):
            raise lied(self.plate, "access_token")
        return token

    async def _profile(self, token: str) -> Mapping[str, Any]:
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        answer = await self._door.send("GET", "/userinfo", read_answer, headers=headers, safe=True)
        if answer.status >= 400:
            raise lied(self.plate, "userinfo_refused")
        return believed(self.plate, answer.members)

    def _evidence(self, attempt: Attempt, profile: Mapping[str, Any]) -> Evidence:
        subject = self._subject(profile)
        level = self.plate.assurance.level(plain(profile.get(self.plate.assurance.claim)))
        verified = level > Assurance.LOW
        if not verified and attempt.wanted is not None and attempt.wanted > level:
            raise SignInRejected("signin_unverified")
        return Evidence(
            provider=self.plate.id,
            issuer=self._issuer,
            subject=subject,
            assurance=level,
            authenticated_at=self._clock(),
            identifier=self._identifier(profile) if verified else None,
        )

    def _subject(self, profile: Mapping[str, Any]) -> str:
        """The account's UUID, which ``sub`` must repeat behind its prefix."""
        subject = plain(profile.get(self.plate.subject_claim)).lower()
        if not _UUID.fullmatch(subject):
            raise lied(self.plate, "subject")
        if plain(profile.get("sub")).lower().removeprefix(_SUBJECT_PREFIX) != subject:
            raise lied(self.plate, "subject_differs")
        return subject

    def _identifier(self, profile: Mapping[str, Any]) -> NationalIdentifier:
        """The Emirates ID of an account whose level says that it was verified; it is never mended."""
        rule = self.plate.identifier
        number = plain(profile.get(rule.claim)) if rule else ""
        kind = IdentifierKind.national_id if _is_citizen(profile) else IdentifierKind.resident_id
        try:
            return NationalIdentifier.parse(Country.AE, number, today=self._clock().date(), kind=kind)
        except InvalidIdentifier as problem:
            raise lied(self.plate, "identifier") from problem


def multipart(fields: Mapping[str, str]) -> tuple[str, bytes]:
    """Content type and body of ``multipart/form-data`` (RFC 7578); no value can guess the boundary."""
    boundary = randomness.token_hex(24)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return f"multipart/form-data; boundary={boundary}", f"{''.join(parts)}--{boundary}--\r\n".encode()


def _is_citizen(profile: Mapping[str, Any]) -> bool:
    return plain(profile.get("nationalityEN")).upper() == CITIZEN


def _basic(plate: ProviderPlate, client: str, secret: str) -> str:
    """HTTP Basic (RFC 7617); a colon in the client's name would move the border of the secret."""
    if ":" in client or not plain(client) or not plain(secret):
        raise ConfigurationError(
            field=f"providers.{plate.id}.secrets.client_id", problem="must be plain text without a colon"
        )
    return "Basic " + b64encode(f"{client}:{secret}".encode()).decode()
