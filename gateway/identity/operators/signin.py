"""An operator's sign-in, from the provider's page to a session that waits for the second factor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.errors import SignInError, SignInRejected
from gateway.i18n import Language
from gateway.identity.attempts import Attempts, Wish
from gateway.identity.operators.accounts import Accounts
from gateway.identity.operators.operator import within
from gateway.identity.operators.provider import OperatorProvider
from gateway.identity.operators.sessions import OperatorSessions
from gateway.identity.providers.base import ProviderResponse

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HalfDone:
    """Who is half signed in, and the secret of their session."""

    operator: str
    secret: str


class OperatorSignIn:
    """Begins and ends the first half of a sign-in; whoever begins it must end it, in the same browser."""

    def __init__(
        self,
        provider: OperatorProvider,
        attempts: Attempts,
        accounts: Accounts,
        sessions: OperatorSessions,
        redirect_uri: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.provider = provider
        self._attempts = attempts
        self._accounts = accounts
        self._sessions = sessions
        self._redirect_uri = redirect_uri
        self._clock = clock

    async def begin(self, browser: str, language: Language, invitation: str = "") -> str:
        """Where to send the browser; raises ``ProviderError``."""
        journey = await self._attempts.begin(Wish(self.provider.plate.id, self._redirect_uri, language), browser)
        try:
            step = await self.provider.begin(journey.attempt)
            if invitation:
                memory = {"invitation": invitation}
                await self._attempts.remember(journey, memory, "", journey.attempt.expires_at)
        except BaseException:
            await self._attempts.take(journey.attempt.id, browser)
            raise
        return step.url

    async def complete(self, state: str, browser: str, response: ProviderResponse) -> HalfDone:
        """The half session; raises ``SignInError`` and ``ProviderError``."""
        journey = await self._attempts.take(state, browser)
        if journey.attempt.provider != self.provider.plate.id:
            log.error("signin.mixed_up", provider=journey.attempt.provider)
            raise SignInError
        vouched = await self.provider.complete(journey.attempt, response)
        if not vouched.posts:
            raise SignInRejected("operator_without_role")
        invitation = journey.attempt.memory.get("invitation", "")
        account = await self._accounts.admit(vouched.issuer, vouched.subject, invitation)
        if not within(vouched.posts, account.posts):
            raise SignInRejected("operator_without_role")
        secret = await self._sessions.begin(account.id, vouched.posts, invited=bool(invitation))
        return HalfDone(account.id, secret)
