"""Signing in, from the choice of a provider to a session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from gateway.errors import AssuranceTooLow, ProviderGarbled, SignInError, SignInRejected
from gateway.identity.attempts import Attempts, Journey, Wish
from gateway.identity.people import People
from gateway.identity.providers.base import AskIdentifier, Evidence, Provider, ProviderResponse, Step, Wait
from gateway.identity.sessions import Place, Sessions
from gateway.identity.vault import digest

log = structlog.get_logger()

GRACE = timedelta(seconds=20)
"""How long after its window a waiting sign-in may still be asked about."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The first step, and the state under which the sign-in goes on."""

    state: str
    step: Step


@dataclass(frozen=True, slots=True)
class Done:
    """A sign-in that ended well: the new session's secret, and where to go on."""

    secret: str
    return_to: str
    aim: str


def unlimited(subject: str) -> None:
    """No limit on requests to telephones."""


class SignIn:
    """Begins, follows and ends sign-ins with every provider there is.

    ``spend_push`` is asked before a telephone is rung, once for the number and once for the browser; it raises
    ``TooManyRequests``, so that nobody can be worn down by requests until they approve one.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        attempts: Attempts,
        people: People,
        sessions: Sessions,
        clock: Callable[[], datetime],
        spend_push: Callable[[str], None] = unlimited,
    ) -> None:
        self.providers = providers
        self.sessions = sessions
        self.people = people
        self._attempts = attempts
        self._clock = clock
        self._spend_push = spend_push

    def provider(self, name: str) -> Provider:
        """The provider of that id; raises ``SignInError``."""
        try:
            return self.providers[name]
        except KeyError:
            raise SignInError("provider_unknown") from None

    async def begin(self, wish: Wish, browser: str) -> Begun:
        """The first step with the provider that is wished for; raises what the provider raises."""
        provider = self.provider(wish.provider)
        if wish.identifier is not None:
            self._spend_push(digest(f"browser {browser}"))
            self._spend_push(digest(f"number {wish.identifier.country.value} {wish.identifier.value}"))
        journey = await self._attempts.begin(wish, browser)
        try:
            step = await provider.begin(journey.attempt)
        except BaseException:
            await self._attempts.take(journey.attempt.id, browser)
            raise
        if isinstance(step, AskIdentifier):
            await self._attempts.take(journey.attempt.id, browser)
        elif isinstance(step, Wait):
            await self._attempts.remember(journey, step.memory, step.number or "", step.until)
        elif step.memory:
            await self._attempts.remember(journey, step.memory, "", journey.attempt.expires_at)
        return Begun(journey.attempt.id, step)

    async def complete(
        self, name: str, state: str, browser: str, response: ProviderResponse, place: Place, session: str | None
    ) -> Done:
        """Ends a sign-in with what came back through the browser to the address of the provider ``name``.

        Raises ``SignInError`` when the state is unknown, used, another browser's or another provider's.
        """
        journey = await self._attempts.take(state, browser)
        if journey.attempt.provider != name:
            log.error("signin.mixed_up", provider=name)
            raise SignInError
        evidence = await self.provider(name).complete(journey.attempt, response)
        return await self._finish(journey, evidence, place, session)

    async def waiting(self, state: str, browser: str) -> Journey:
        """The waiting sign-in, for its page; raises ``SignInError``."""
        return await self._attempts.find(state, browser)

    async def poll(self, state: str, browser: str, place: Place, session: str | None) -> Done | None:
        """Ends a waiting sign-in if the person has answered; ``None`` while they have not.

        ``None`` is also for a poll that heard yes together with another, which made the session: it is over then.

        Raises ``SignInRejected`` when they declined, or the window has closed, and ``ProviderGarbled``;
        a provider that is down or late may be asked again.
        """
        journey = await self._attempts.find(state, browser)
        if self._clock() > journey.attempt.expires_at + GRACE:
            await self._attempts.take(state, browser)
            raise SignInRejected("signin_expired")
        try:
            evidence = await self.provider(journey.attempt.provider).poll(journey.attempt)
        except (SignInRejected, ProviderGarbled):
            await self._attempts.take(state, browser)
            raise
        if evidence is None:
            return None
        try:
            # Taken before anything is made of it: of two polls that hear yes, one goes on.
            await self._attempts.take(state, browser)
        except SignInError:
            return None
        return await self._finish(journey, evidence, place, session)

    async def _finish(self, journey: Journey, evidence: Evidence, place: Place, session: str | None) -> Done:
        attempt = journey.attempt
        if attempt.wanted is not None and evidence.assurance < attempt.wanted:
            raise AssuranceTooLow(needed=attempt.wanted.value, held=evidence.assurance.value)
        if journey.aim == "link":
            await self._still_theirs(journey, session)
            signed_in = await self.people.link(journey.person, evidence)
        else:
            signed_in = await self.people.sign_in(evidence)
        secret = await self.sessions.begin(signed_in, evidence, place, session)
        return Done(secret, journey.return_to, journey.aim)

    async def _still_theirs(self, journey: Journey, session: str | None) -> None:
        """Whoever began to link must still be signed in as the same person when the answer comes."""
        current = await self.sessions.find(session) if session else None
        if current is None or current.person != journey.person:
            raise SignInError
