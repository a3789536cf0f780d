"""What every identity provider does: begin a sign-in, and turn what comes back into evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.identity.principal import Assurance
from gateway.identity.providers.plate import ProviderPlate
from gateway.schema.identifier import NationalIdentifier


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way.

    ``id`` is unguessable and travels as OAuth ``state`` or SAML ``RelayState``. ``wanted`` is the level of
    assurance asked for and ``max_age`` the greatest age of the authentication, in seconds. ``identifier`` is
    what the person typed, where the protocol needs it first. ``memory`` is what the provider must remember
    between its steps; it is kept sealed.
    """

    id: str
    provider: str
    nonce: str
    verifier: str
    redirect_uri: str
    language: str
    created_at: datetime
    expires_at: datetime
    wanted: Assurance | None = None
    max_age: int | None = None
    identifier: NationalIdentifier | None = None
    memory: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to ``url``."""

    url: str
    memory: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostForm:
    """Let the person post ``fields`` to ``url`` (SAML's POST binding)."""

    url: str
    fields: Mapping[str, str]
    memory: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskIdentifier:
    """Ask the person for their national identifier first, then begin again."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until the person has answered on their telephone; ``number`` is what the page must show meanwhile."""

    until: datetime
    number: str | None = None
    memory: Mapping[str, str] = field(default_factory=dict)


Step = Redirect | PostForm | AskIdentifier | Wait


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """What came back through the browser or from the provider, all of it unverified.

    ``certificates`` are DER, the person's own first, from the TLS connection or from a trusted proxy.
    """

    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Proof that a provider vouched for somebody; made only in ``gateway.identity.providers``.

    ``subject`` is the provider's own name for the person, unique within ``issuer``. ``identifier`` is absent
    where the provider has not verified one. ``provider_session`` is the ``sid`` of back-channel logout.
    """

    provider: str
    issuer: str
    subject: str
    assurance: Assurance
    authenticated_at: datetime
    identifier: NationalIdentifier | None = None
    provider_session: str | None = None


class Letterbox(Protocol):
    """Where what a provider delivers later is kept, one letter a reference, for a few minutes."""

    async def put(self, reference: str, body: bytes) -> bool:
        """Keeps the letter; ``False`` when one came under this reference before."""
        ...

    async def read(self, reference: str) -> bytes | None:
        """The letter, which stays; ``None`` while there is none."""
        ...


class Provider(Protocol):
    """One identity provider, ready to be asked; ``open`` never fails because the provider is down."""

    plate: ProviderPlate

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def begin(self, attempt: Attempt) -> Step:
        """The first step; raises ``ProviderDown`` or ``ProviderLate``."""
        ...

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """The evidence in what came back; raises ``SignInError`` when the person or the provider said no,
        ``ProviderGarbled`` when it cannot be believed."""
        ...

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """The evidence, or ``None`` while the person has not answered; for protocols that wait."""
        ...
