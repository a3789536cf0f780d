"""The doors where programs get tokens, give them back and ask about them."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from gateway.app.notices import outward
from gateway.app.oauth import OAuthParts
from gateway.app.signin import SignInParts
from gateway.identity.clock import SteadyClock
from gateway.identity.keys import KeyRing
from gateway.identity.revocation import Revocations
from gateway.identity.seal import IdentifierSeal
from gateway.identity.sessions import Sessions
from gateway.identity.tokens import TokenMint
from gateway.identity.verifier import TokenVerifier
from gateway.oauth.back_channel import BackChannel, LogoutPost
from gateway.oauth.code_grant import CodeGrant, RefreshGrant
from gateway.oauth.device_grant import DeviceGrant
from gateway.oauth.devices import Devices
from gateway.oauth.exchange import ExchangeGrant
from gateway.oauth.id_tokens import IdTokens
from gateway.oauth.introspection import Introspection
from gateway.oauth.logouts import Logouts, SignOuts
from gateway.oauth.pairwise import Pairwise
from gateway.oauth.program_grant import ProgramGrant
from gateway.oauth.refresh import RefreshTokens
from gateway.oauth.revoking import Revoking
from gateway.oauth.subjects import Subjects
from gateway.oauth.tokens import GrantType, TokenIssuer
from gateway.oauth.userinfo import UserInfo
from gateway.policy.quota import Quota
from gateway.settings import Settings
from gateway.storage.engine import Storage
from gateway.web.doorkeeper import Doorkeeper
from gateway.web.oauth.binding import Bindings
from gateway.web.oauth.caller import Callers
from gateway.web.oauth.discovery import DiscoveryPages
from gateway.web.oauth.logout import LogoutPages
from gateway.web.oauth.record import OAuthRecord
from gateway.web.oauth.token import TokenEndpoint
from gateway.web.oauth.token_state import TokenStateEndpoints
from gateway.web.oauth.userinfo import UserInfoEndpoint
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems
from gateway.web.sender import Senders
from gateway.web.signin.browser import Forms

TOKENS_A_MINUTE, TOKENS_AT_ONCE = 60, 60
"""How often one worker gives tokens that speak for one person: many programs, each every few minutes."""


@dataclass(frozen=True, slots=True)
class TokenParts:
    """What a worker makes and judges programs' tokens with."""

    issuer: TokenIssuer
    id_tokens: IdTokens
    pairwise: Pairwise
    refresh_tokens: RefreshTokens
    revoking: Revoking
    introspection: Introspection
    userinfo: UserInfo
    devices: Devices
    grant_types: Mapping[str, GrantType]


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """What access tokens are made and judged with."""

    ring: KeyRing
    seal: IdentifierSeal
    verifier: TokenVerifier
    revocations: Revocations


@asynccontextmanager
async def token_parts(
    settings: Settings, storage: Storage, programs: OAuthParts, entrance: SignInParts, keys: TokenKeys
) -> AsyncIterator[TokenParts]:
    """Builds them, and tells programs of sign-outs while the context lasts."""
    tokens, grants, clock = settings.tokens, programs.grants, SteadyClock()
    pairwise = Pairwise(entrance.finder)
    id_tokens = IdTokens(keys.ring, pairwise, issuer=tokens.issuer)
    refresh_tokens = RefreshTokens(storage, entrance.finder, grants, clock)
    mint = TokenMint(keys.ring, keys.seal, issuer=tokens.issuer, audience=tokens.audience)
    issuer = TokenIssuer(mint, refresh_tokens, id_tokens, clock)
    spend = Quota(TOKENS_A_MINUTE, TOKENS_AT_ONCE, time.monotonic).spend
    devices = Devices(storage, entrance.vault, entrance.finder, grants, clock)
    subjects = Subjects(keys.verifier, id_tokens, programs.clients, grants)
    logouts = Logouts(storage, clock)
    entrance.signin.sessions.watchers.append(SignOuts(grants, logouts))
    back_channel = BackChannel(logouts, programs.clients, id_tokens, LogoutPost(outward(settings).may_connect))
    async with back_channel.walking():
        yield TokenParts(
            issuer=issuer,
            id_tokens=id_tokens,
            pairwise=pairwise,
            refresh_tokens=refresh_tokens,
            revoking=Revoking(keys.verifier, refresh_tokens, grants, keys.revocations),
            introspection=Introspection(
                keys.verifier, refresh_tokens, pairwise, issuer=tokens.issuer, audience=tokens.audience
            ),
            userinfo=UserInfo(grants, programs.clients, pairwise),
            devices=devices,
            grant_types={
                "authorization_code": CodeGrant(programs.codes, grants, issuer, spend),
                "refresh_token": RefreshGrant(refresh_tokens, issuer, spend),
                "client_credentials": ProgramGrant(mint),
                DeviceGrant.name: DeviceGrant(devices, grants, issuer),
                ExchangeGrant.name: ExchangeGrant(
                    subjects, programs.consents, grants, mint, spend, clock, audience=tokens.audience
                ),
            },
        )


@dataclass(frozen=True, slots=True)
class TokenDoors:
    """What the doors stand on."""

    settings: Settings
    programs: OAuthParts
    parts: TokenParts
    callers: Callers
    doorkeeper: Doorkeeper
    record: OAuthRecord
    problems: Problems
    senders: Senders

    def add_routes(self, app: web.Application, sessions: Sessions, pages: Pages, forms: Forms) -> None:
        """Adds every one; programs find them by discovery."""
        programs, parts, url = self.programs, self.parts, self.settings.server.public_url
        TokenEndpoint(self.callers, parts.grant_types, Bindings(self.senders), self.record, self.problems).add_routes(
            app
        )
        TokenStateEndpoints(self.callers, parts.revoking, parts.introspection, self.record, self.problems).add_routes(
            app
        )
        UserInfoEndpoint(self.doorkeeper, parts.userinfo).add_routes(app)
        DiscoveryPages(
            self.settings.tokens.issuer, url, tuple(parts.grant_types), self.settings.server.mtls_url
        ).add_routes(app)
        LogoutPages(sessions, programs.clients, programs.grants, parts.id_tokens, pages, forms).add_routes(app)
