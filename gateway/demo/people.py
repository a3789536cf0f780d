"""The people to try the gateway as, each with a short-lived token."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.app import token_keys
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder, TokenMint
from gateway.schema.identifier import NationalIdentifier
from gateway.sdk.sandbox import Persona, personas
from gateway.settings import Settings

CLIENT = "bawaba-demo"
SCOPES = ("lookups", "applications", "registry")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A persona with the token that speaks for it."""

    persona: Persona
    token: str

    @property
    def is_citizen(self) -> bool:
        """Whether the persona holds an identifier of home alone."""
        return len(self.persona.identifiers) == 1


def demo_people(settings: Settings, now: datetime, minutes: int) -> Sequence[DemoPerson]:
    """Every persona, with a token of ``minutes``; the subject stays the same from one run to the next."""
    keys, seal = token_keys(settings)
    tokens = settings.tokens
    mint = TokenMint(keys, seal, issuer=tokens.issuer, audience=tokens.audience, life=minutes * 60)
    secret = settings.tokens.identifiers_key_file.read_bytes()
    return [
        DemoPerson(persona, mint.mint(_holder(persona, secret, now), client=CLIENT, scopes=SCOPES))
        for persona in personas()
    ]


def _holder(persona: Persona, secret: bytes, now: datetime) -> Holder:
    digest = hmac.digest(secret, f"demo persona {persona.id}".encode(), "sha256")
    return Holder(
        subject=urlsafe_b64encode(digest[:16]).rstrip(b"=").decode(),
        identifiers={
            country: NationalIdentifier.parse(country, value, today=now.date())
            for country, value in persona.identifiers
        },
        home=persona.home,
        assurance=Assurance(persona.assurance),
        authenticated_at=int(now.timestamp()),
    )
