"""The program at the door: its form read, its proof checked, its quota spent."""

import time
from collections.abc import Callable, Mapping

from aiohttp import web

from gateway.errors import InvalidClient, OAuthError, SignInRejected
from gateway.oauth.authentication import ClientAuthentication
from gateway.oauth.client import Client
from gateway.policy.quota import Quota
from gateway.web.address import caller_address
from gateway.web.oauth.answers import read_fields
from gateway.web.oauth.record import OAuthRecord
from gateway.web.sender import Senders


class ClientQuotas:
    """How often each program may ask, as it is registered: a minute's worth at once, then that many a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._quotas: dict[int, Quota] = {}

    def spend(self, client: Client, address: str) -> None:
        """Takes one request from the program's quota; raises ``TooManyRequests``.

        One that cannot prove who it is has a quota at each address, or a stranger could use it up in its name.
        """
        rate = client.per_minute
        if rate not in self._quotas:
            self._quotas[rate] = Quota(rate, rate, self._clock)
        self._quotas[rate].spend(client.client_id if client.confidential else f"{client.client_id} {address}")


class Callers:
    """Lets programs in at the endpoints that they call themselves."""

    def __init__(
        self,
        authentication: ClientAuthentication,
        quotas: ClientQuotas,
        record: OAuthRecord,
        senders: Senders,
        body_seconds: float,
    ) -> None:
        self._authentication = authentication
        self._quotas = quotas
        self._record = record
        self._senders = senders
        self._body_seconds = body_seconds

    async def program(self, request: web.Request, step: str) -> tuple[Client, Mapping[str, str]]:
        """The program and the fields of its form.

        Raises ``InvalidClient``, sealed as a refusal of ``step``, ``OAuthError`` for what is no form, and
        ``TooManyRequests``.
        """
        fields = await read_fields(request, self._body_seconds)
        try:
            if "Authorization" in request.headers:
                # A secret in a header is no proof here, and whoever sends one must not think that it was asked for.
                raise InvalidClient
            client = await self._authentication.authenticate(fields, self._certificate(request))
        except InvalidClient as problem:
            await self._record.refused(request, step, problem)
            raise
        self._quotas.spend(client, caller_address(request))
        return client, fields

    def _certificate(self, request: web.Request) -> bytes | None:
        try:
            return self._senders.certificate(request)
        except SignInRejected as problem:
            raise InvalidClient from problem


def refused_as(problem: OAuthError) -> OAuthError:
    """The refusal in a code that programs know: what is ours alone is ``invalid_request`` to them."""
    return OAuthError(field=problem.field) if problem.code == "redirect_unknown" else problem
