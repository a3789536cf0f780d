"""The grant type by which an agency's program acts for a person who allowed it (RFC 8693)."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.errors import OAuthError
from gateway.identity.tokens import LIFE, TokenMint
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.consents import Consent, Consents
from gateway.oauth.grant import AuthorizationGrant, Grants
from gateway.oauth.scopes import CLIENTS, SAID
from gateway.oauth.subjects import ACCESS_TOKEN, Subject, Subjects
from gateway.oauth.tokens import Issued, token_type
from gateway.schema.country import Country


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What the person allows the program of what it asks, and until when, in seconds since 1970."""

    scopes: Sequence[str]
    purposes: Sequence[str]
    until: int


class ExchangeGrant:
    """``urn:ietf:params:oauth:grant-type:token-exchange``.

    What comes of it is a grant like any other, so that a person who takes their consent back, or signs out, ends it
    at once: its token dies within a second on every worker, and the next exchange finds no consent.
    """

    name: Final = "urn:ietf:params:oauth:grant-type:token-exchange"

    def __init__(
        self,
        subjects: Subjects,
        consents: Consents,
        grants: Grants,
        mint: TokenMint,
        spend: Callable[[str], None],
        clock: Callable[[], float],
        *,
        audience: str,
    ) -> None:
        self._subjects = subjects
        self._consents = consents
        self._grants = grants
        self._mint = mint
        self._spend = spend
        self._clock = clock
        self._audience = audience

    async def __call__(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Issued:
        """A token with which the program acts for the person; raises ``OAuthError``."""
        if not client.confidential:
            raise OAuthError("unauthorized_client")
        self._check_form(fields)
        subject = await self._subjects.find(client, fields, confirmation)
        self._spend(subject.grant.person)
        allowed = await self._allowed(client, subject, fields)
        grant = await self._grants.create(self._grant(client, subject, allowed))
        token = self._mint.mint(
            grant.holder(),
            client=client.client_id,
            scopes=grant.scopes,
            countries=grant.countries,
            confirmation=confirmation,
            purposes=grant.purposes,
            acting=True,
            until=grant.expires_at,
        )
        document = {
            "access_token": token,
            "issued_token_type": ACCESS_TOKEN,
            "token_type": token_type(confirmation),
            "expires_in": grant.expires_at - grant.granted_at,
            "scope": " ".join(grant.scopes),
        }
        return Issued(document, grant)

    def _check_form(self, fields: Mapping[str, str]) -> None:
        if fields.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
            raise OAuthError(field="requested_token_type")
        if "actor_token" in fields or "actor_token_type" in fields:
            # Who acts is who proved itself just now; nobody else's name is taken.
            raise OAuthError(field="actor_token")
        for name in ("audience", "resource"):
            if fields.get(name, self._audience) != self._audience:
                raise OAuthError("invalid_target", field=name)

    async def _allowed(self, client: Client, subject: Subject, fields: Mapping[str, str]) -> _Allowed:
        """What was asked for, all of it consented to; where no scope is named, as much as was consented to."""
        own = [scope for scope in client.scopes if scope not in SAID and scope != CLIENTS]
        scopes, purposes = _among(fields, "scope", own), _among(fields, "purpose", client.purposes)
        given = {
            (each.scope, each.purpose): each
            for each in await self._consents.of_person(subject.grant.person)
            if each.client_id == client.client_id
        }
        if "scope" not in fields:
            scopes = [scope for scope in scopes if all((scope, purpose) in given for purpose in purposes)]
        needed: list[Consent | None] = [given.get((scope, purpose)) for scope in scopes for purpose in purposes]
        consented = [each for each in needed if each is not None]
        if not consented or len(consented) < len(needed):
            raise OAuthError("consent_required")
        return _Allowed(scopes, purposes, min(each.expires_at for each in consented))

    def _grant(self, client: Client, subject: Subject, allowed: _Allowed) -> AuthorizationGrant:
        """It outlives neither the token that was shown nor the consent."""
        now, source = int(self._clock()), subject.grant
        changes = {
            "id": secrets.token_urlsafe(16),
            "client_id": client.client_id,
            "scopes": tuple(sorted(allowed.scopes)),
            "purposes": tuple(sorted(allowed.purposes)),
            "countries": _countries(client, source),
            "claims": (),
            "granted_at": now,
            "expires_at": min(now + LIFE, subject.expires_at, allowed.until, source.expires_at),
        }
        return source.model_copy(update=changes)


def _among(fields: Mapping[str, str], name: str, own: Sequence[str]) -> Sequence[str]:
    """The words of a parameter, each among the program's own; all of those where it is not there."""
    asked = list(dict.fromkeys(fields[name].split())) if name in fields else list(own)
    if not asked or not set(asked) <= set(own):
        raise OAuthError("invalid_scope", field=name)
    return asked


def _countries(client: Client, source: AuthorizationGrant) -> tuple[Country, ...] | None:
    """The states that both may ask; raises ``OAuthError`` (``invalid_target``) where there is none."""
    own = set(client.countries or Country)
    shared = tuple(sorted(own & set(source.countries or Country)))
    if not shared:
        raise OAuthError("invalid_target", field="audience")
    return None if set(shared) == set(Country) else shared
