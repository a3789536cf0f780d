"""What a program asks for, in a person's words: each scope by its service, each purpose by its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.i18n import Catalogue, Language
from gateway.oauth.client import Client
from gateway.oauth.scopes import SAID, kind_and_service
from gateway.policy.rules import PolicyRules
from gateway.registry.services import Services
from gateway.schema.text import Text


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked for: what it is called, and what it means."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """Puts requests into words; what has no words of its own any more is shown by its id."""

    catalogue: Catalogue
    services: Services
    rules: PolicyRules

    def scopes(self, scopes: Sequence[str], language: Language) -> Sequence[Asked]:
        """Each scope, in the order in which it was asked for."""
        return [self._scope(scope, language) for scope in scopes]

    def purposes(self, purposes: Sequence[str], language: Language) -> Sequence[Asked]:
        """Each purpose with what it means."""
        shown = []
        for purpose in purposes:
            known = self.rules.purpose(purpose)
            shown.append(
                Asked(_local(known.name, language), _local(known.description, language))
                if known
                else Asked(purpose, "")
            )
        return shown

    def agency(self, client: Client) -> Text | None:
        """The name of the program's agency, where it is one that gives a service here."""
        bodies = (body for service in self.services for body in service.authorities)
        return next((body.name for body in bodies if body.agency == client.agency), None)

    def _scope(self, scope: str, language: Language) -> Asked:
        if scope in SAID:
            return self._said(scope, language)
        kind, service = kind_and_service(scope)
        if not service:
            return self._said(kind, language)
        known = next((each for each in self.services if each.id == service), None)
        name = _local(known.name, language) if known else service
        return Asked(name, self.catalogue.text(f"scope.{kind}.one", language))

    def _said(self, key: str, language: Language) -> Asked:
        text = self.catalogue.text
        return Asked(text(f"scope.{key}.title", language), text(f"scope.{key}.text", language))


def _local(text: Text, language: Language) -> str:
    return text.ar if language == "ar" else text.en
