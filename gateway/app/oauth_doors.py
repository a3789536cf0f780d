"""The doors of the authorization server on the public port."""

from dataclasses import dataclass

from aiohttp import web

from gateway.app.applications import Ground
from gateway.app.notices import outward
from gateway.app.oauth import OAuthParts
from gateway.app.signin import SignInParts
from gateway.oauth.registering import Registering
from gateway.policy.rules import PolicyRules
from gateway.settings import Settings
from gateway.web.doorkeeper import Doorkeeper
from gateway.web.oauth.authorize import Answers, AuthorizePages
from gateway.web.oauth.binding import Bindings
from gateway.web.oauth.caller import Callers, ClientQuotas
from gateway.web.oauth.consent import ConsentPages
from gateway.web.oauth.consents import ConsentOperations, Withdrawing
from gateway.web.oauth.my_programs import MyPrograms
from gateway.web.oauth.par import PushedRequests
from gateway.web.oauth.record import OAuthRecord
from gateway.web.oauth.registration import RegistrationOperations
from gateway.web.oauth.words import ConsentWords
from gateway.web.pages.render import Pages
from gateway.web.problems import Problems
from gateway.web.sender import Senders
from gateway.web.signin.browser import Forms


@dataclass(frozen=True, slots=True)
class OAuthDoors:
    """What the doors stand on."""

    settings: Settings
    parts: OAuthParts
    ground: Ground
    rules: PolicyRules
    entrance: SignInParts
    problems: Problems
    record: OAuthRecord
    senders: Senders

    def add_routes(self, app: web.Application, pages: Pages, forms: Forms) -> None:
        """Adds every door that is not part of the contract in ``/openapi.json``: programs find them by discovery."""
        parts, sessions = self.parts, self.entrance.signin.sessions
        answers = Answers(self.settings.tokens.issuer, self.problems)
        words = ConsentWords(self.problems.catalogue, self.ground.services, self.rules)
        pushed = PushedRequests(self.callers(), self.bindings(), parts.requests, self.record, self.problems)
        pushed.add_routes(app)
        AuthorizePages(parts.clients, parts.requests, sessions, self.record, answers).add_routes(app)
        ConsentPages(
            clients=parts.clients,
            requests=parts.requests,
            consents=parts.consents,
            giving=parts.giving,
            sessions=sessions,
            record=self.record,
            answers=answers,
            words=words,
            pages=pages,
            forms=forms,
            clock=self.ground.clock,
        ).add_routes(app)
        MyPrograms(sessions, parts.clients, self._withdrawing(), words, pages, forms).add_routes(app)

    def callers(self) -> Callers:
        """Who lets programs in at the endpoints that they call themselves."""
        seconds = self.settings.server.body_seconds
        return Callers(self.parts.authentication, ClientQuotas(), self.record, self.senders, seconds)

    def bindings(self) -> Bindings:
        """What tokens and codes are bound to."""
        return Bindings(self.senders)

    def consents(self, doorkeeper: Doorkeeper) -> ConsentOperations:
        """What people see and take back."""
        return ConsentOperations(doorkeeper, self.parts.clients, self._withdrawing())

    def registrations(self, doorkeeper: Doorkeeper) -> RegistrationOperations:
        """Where agencies register their programs by themselves."""
        clients = self.parts.clients
        return RegistrationOperations(
            doorkeeper=doorkeeper,
            clients=clients,
            registering=Registering(clients, outward(self.settings)),
            quotas=ClientQuotas(),
            record=self.record,
            body_seconds=self.settings.server.body_seconds,
        )

    def _withdrawing(self) -> Withdrawing:
        return Withdrawing(self.parts.consents, self.parts.grants, self.record)
