"""An agency registers its own programs: what a registration must be before an operator is asked to look at it."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from gateway.errors import BackendError, InvalidInput
from gateway.identity.providers.oidc.jwk import UnfitJwkError, read_jwk
from gateway.identity.providers.oidc.jwks import read_key_set
from gateway.oauth.client import Client, Registration
from gateway.oauth.clients import Clients, Registered
from gateway.oauth.scopes import may_be_registered
from gateway.outward.addresses import Outward
from gateway.sdk.gate import Response

OUTWARD: Final = ("logo_uri", "jwks_uri", "backchannel_logout_uri")
"""The addresses that we, or the browsers of people, are led to by a registration."""

LONGEST_PREFIX: Final = 50


class Registering:
    """Speaks for the agency of the program that asks, and for no other.

    Ids are given here and not chosen, so that nobody learns by trying which ones others have. ``draw`` gives random
    octets, as many as it is asked for, in hexadecimal.
    """

    def __init__(self, clients: Clients, outward: Outward, draw: Callable[[int], str] = secrets.token_hex) -> None:
        self._clients = clients
        self._outward = outward
        self._draw = draw

    async def register(self, asker: Client, registration: Registration) -> Registered:
        """The new program, which waits for an operator of the asker's state.

        Raises ``InvalidInput`` naming the field, and ``Conflict`` where the agency has too many.
        """
        self._judge(registration)
        client_id = f"{asker.agency[:LONGEST_PREFIX]}-{self._draw(6)}"
        client = _of(registration, client_id, asker)
        await self._clients.enter(client)
        return await self._clients.own(client_id, asker)

    async def find(self, asker: Client, client_id: str) -> Registered:
        """A program of the agency; raises ``NotFound``."""
        return await self._clients.own(client_id, asker)

    async def change(self, asker: Client, client_id: str, registration: Registration) -> Registered:
        """The program with all that is said of it anew, waiting for an operator again.

        Raises ``NotFound``, ``InvalidInput`` naming the field, and ``Conflict`` for a suspended one.
        """
        found = await self._clients.own(client_id, asker)
        self._judge(registration)
        await self._clients.change(_of(registration, found.client.client_id, asker))
        return await self._clients.own(client_id, asker)

    def _judge(self, registration: Registration) -> None:
        for name in OUTWARD:
            address = getattr(registration, name)
            if address is not None:
                self._outward.check(address, f"/{name}")
        for place, scope in enumerate(registration.scopes):
            if not may_be_registered(scope):
                raise InvalidInput("field_choice", field=f"/scopes/{place}")
        if registration.jwks is not None:
            _judge_keys(registration.jwks)


def _judge_keys(jwks: Mapping[str, Any]) -> None:
    """Every key by the policy that proofs are judged by: one with its private half must not so much as be kept."""
    try:
        read_key_set("registration")(Response(200, {}, orjson.dumps(jwks)))
        for key in jwks["keys"]:
            read_jwk(key)
    except (BackendError, UnfitJwkError, ValueError) as problem:
        raise InvalidInput("keys_unfit", field="/jwks") from problem


def _of(registration: Registration, client_id: str, asker: Client) -> Client:
    said = {name: getattr(registration, name) for name in Registration.model_fields}
    return Client(**said, client_id=client_id, agency=asker.agency, country=asker.country)
