"""Which program is asking, proved in the way that it was registered with and in no other."""

from collections.abc import Mapping

import structlog

from gateway.errors import InvalidClient, ProviderError
from gateway.identity.strict import TokenError
from gateway.oauth.assertion import ASSERTION_TYPE, Assertions, unverified_subject
from gateway.oauth.certificates import Issuers, is_one_of
from gateway.oauth.client import Client
from gateway.oauth.client_keys import ClientKeys
from gateway.oauth.clients import Clients

log = structlog.get_logger()


class ClientAuthentication:
    """Finds the program that a request is of; every failure is the same ``InvalidClient``, its reason in the log."""

    def __init__(self, clients: Clients, keys: ClientKeys, assertions: Assertions, issuers: Issuers) -> None:
        self._clients = clients
        self._keys = keys
        self._assertions = assertions
        self._issuers = issuers

    async def authenticate(self, form: Mapping[str, str], certificate: bytes | None) -> Client:
        """The program; ``certificate`` is the one, in DER, whose key the TLS handshake proved to be held.

        Raises ``InvalidClient``, and ``Unavailable`` where it cannot be known whether a proof came before.
        """
        try:
            client = await self._clients.find(_claimed(form))
            await self._prove(client, form, certificate)
        except TokenError as problem:
            log.warning("client.refused", reason=problem.reason)
            raise InvalidClient from None
        except ProviderError as problem:
            log.warning("client.refused", reason="keys_unreachable")
            raise InvalidClient from problem
        return client

    async def _prove(self, client: Client, form: Mapping[str, str], certificate: bytes | None) -> None:
        assertion = form.get("client_assertion")
        # A program that brings a proof of another kind than its own is confused, or somebody else.
        if (client.auth_method == "private_key_jwt") != (assertion is not None):
            raise TokenError("method")
        if client.auth_method == "private_key_jwt":
            await self._assertions.check(str(assertion), client.client_id, self._keys.of(client))
        elif client.confidential and not (certificate and self._is_theirs(client, certificate)):
            raise TokenError("certificate")

    def _is_theirs(self, client: Client, certificate: bytes) -> bool:
        if client.auth_method == "tls_client_auth":
            return self._issuers.vouch(certificate, client.certificate_subject or "")
        return is_one_of(certificate, client.certificate_thumbprints)


def _claimed(form: Mapping[str, str]) -> str:
    """Whom the request says that it is of; raises ``TokenError`` where it says two things, or brings a secret."""
    if "client_secret" in form:
        raise TokenError("secret")
    assertion, named = form.get("client_assertion"), form.get("client_id")
    if assertion is None:
        if named is None or "client_assertion_type" in form:
            raise TokenError("client_id")
        return named
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenError("assertion_type")
    subject = unverified_subject(assertion)
    if named not in (None, subject):
        raise TokenError("client_id")
    return subject
