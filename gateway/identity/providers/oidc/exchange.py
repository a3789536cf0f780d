"""A code for tokens, and an access token for what userinfo tells."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import structlog

from gateway.errors import ProviderError, ProviderGarbled, SignInError
from gateway.identity.providers.answers import Answer, plain, read_answer
from gateway.identity.providers.base import Attempt
from gateway.identity.providers.door import lied
from gateway.identity.providers.oidc.client import Client
from gateway.identity.providers.oidc.discovery import Metadata
from gateway.identity.providers.oidc.doors import Doors
from gateway.identity.providers.plate import ProviderPlate

log = structlog.get_logger()

CODE: Final = re.compile(r"[\x20-\x7e]{1,2048}")
_ACCESS_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
_DEPTH: Final = 10
_OURS: Final = frozenset({"invalid_client", "invalid_request", "unauthorized_client", "invalid_scope"})
"""Refusals that an operator must mend (RFC 6749, 5.2)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was exchanged for; the ID token is unverified."""

    unverified_id_token: str
    access_token: str


class Exchange:
    """Speaks to the token and userinfo endpoints."""

    def __init__(self, plate: ProviderPlate, client: Client, doors: Doors) -> None:
        self._plate = plate
        self._client = client
        self._doors = doors

    async def redeem(self, metadata: Metadata, code: str, attempt: Attempt) -> Tokens:
        """The tokens; raises ``SignInError`` when the code is refused, ``ProviderError`` for anything else."""
        credentials = self._client.credentials(metadata)
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
            **credentials.fields,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            **credentials.headers,
        }
        read = partial(read_answer, depth=_DEPTH)
        answer = await self._doors.send(
            "POST", metadata.token_endpoint, read, headers=headers, body=urlencode(fields).encode()
        )
        if answer.status != 200:
            raise self._refused(answer)
        return self._tokens(answer.members)

    async def userinfo(self, metadata: Metadata, tokens: Tokens, subject: str) -> Mapping[str, Any]:
        """The claims that userinfo tells of the same subject (OpenID Connect Core 1.0, 5.3.2)."""
        if metadata.userinfo_endpoint is None:
            return {}
        headers = {"Authorization": f"Bearer {tokens.access_token}", "Accept": "application/json"}
        read = partial(read_answer, depth=_DEPTH)
        answer = await self._doors.send("GET", metadata.userinfo_endpoint, read, headers=headers, safe=True)
        if answer.status != 200:
            raise lied(self._plate, f"userinfo_status_{answer.status}")
        if answer.members.get("sub") != subject:
            raise lied(self._plate, "userinfo_sub")
        return answer.members

    def _tokens(self, members: Mapping[str, Any]) -> Tokens:
        kind, id_token, access_token = (members.get(name) for name in ("token_type", "id_token", "access_token"))
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise lied(self._plate, "token_type")
        if not isinstance(access_token, str) or not _ACCESS_TOKEN.fullmatch(access_token):
            raise lied(self._plate, "access_token")
        if not isinstance(id_token, str):
            raise lied(self._plate, "id_token_missing")
        return Tokens(id_token, access_token)

    def _refused(self, answer: Answer) -> ProviderError | SignInError:
        error = plain(answer.members.get("error"))
        if error == "invalid_grant":
            log.warning("provider.code_refused", provider=self._plate.id)
            return SignInError()
        if error in _OURS:
            log.error("provider.client_refused", provider=self._plate.id, reason=error)
            return ProviderGarbled(provider=self._plate.id)
        return lied(self._plate, f"token_status_{answer.status}")
