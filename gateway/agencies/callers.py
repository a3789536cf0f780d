"""Who asks for an agency: a person who is a member of it, or a program of its own."""

from dataclasses import dataclass
from typing import Final

from gateway.errors import AssuranceTooLow, Forbidden, InvalidClient
from gateway.identity.principal import Assurance, Principal, Program
from gateway.identity.verifier import refuse
from gateway.oauth.client import Client
from gateway.oauth.clients import Clients
from gateway.oauth.scopes import REGISTRY
from gateway.schema.country import Country

LEAST: Final = Assurance.SUBSTANTIAL
"""How surely a person must be known who acts for an agency."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks, before it is known for which agency; only ``Callers`` makes one.

    ``subject`` is the opaque name of the person, empty where a program asks for itself; ``client`` is the program that
    holds the token. ``countries`` limits the token to some states, ``None`` to none.
    """

    subject: str
    client: str
    program: Client | None
    countries: frozenset[Country] | None
    home: Country | None
    assurance: Assurance | None


class Callers:
    """Takes persons and programs that have leave to act in the registry."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def person(self, principal: Principal) -> Caller:
        """Raises ``Forbidden`` where the token has no leave, and ``AssuranceTooLow``."""
        _check_scope(principal.scopes)
        if principal.actor is not None:
            # Who acts for a person acts for them as a citizen, and not for the agency that they work at.
            raise Forbidden("person_required")
        if principal.assurance < LEAST:
            raise AssuranceTooLow(needed=LEAST.value, held=principal.assurance.value)
        return Caller(
            principal.subject, principal.client, None, principal.countries, principal.home, principal.assurance
        )

    async def program(self, program: Program) -> Caller:
        """The program as it is registered at this moment: a token outlives what it was given for.

        Raises ``Unauthenticated`` where it is not let in any more, or holds a token that anybody could use, and
        ``Forbidden`` where it has no leave.
        """
        if program.confirmation is None:
            refuse("not_bound")
        try:
            client = await self._clients.find(program.client)
        except InvalidClient:
            refuse("client_not_approved")
        _check_scope(program.scopes & set(client.scopes))
        return Caller("", program.client, client, program.countries, None, None)


def _check_scope(scopes: frozenset[str]) -> None:
    if REGISTRY not in scopes:
        raise Forbidden("insufficient_scope", scope=REGISTRY)
