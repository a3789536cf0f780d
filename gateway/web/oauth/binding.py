"""What a program's tokens, and the codes that it exchanges for them, are bound to: its key or its certificate."""

from aiohttp import web

from gateway.errors import OAuthError
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.request import AuthorizationRequest
from gateway.web.sender import PROOF, Senders


class Bindings:
    """Every token of ours is bound (FAPI 2.0 Security Profile, 5.3.2.1): a program is registered with the way."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders

    async def of(self, request: web.Request, client: Client) -> Confirmation:
        """What the tokens of this request are bound to; raises ``OAuthError`` where nothing, or the wrong, is shown."""
        if PROOF in request.headers:
            _require_keys(client)
            return await self._senders.key(request)
        shown = self._senders.shown(request) if client.sender != "dpop" else None
        if shown is not None:
            return shown
        if client.sender == "mtls":
            raise OAuthError(field="certificate")
        raise OAuthError("invalid_dpop_proof")

    async def pushed(self, request: web.Request, client: Client, asked: AuthorizationRequest) -> AuthorizationRequest:
        """The request with the key that its code is bound to, proved or only named (RFC 9449, 10 and 10.1).

        Raises ``OAuthError`` where two different ones are meant.
        """
        if asked.jkt is not None or PROOF in request.headers:
            _require_keys(client)
        if PROOF not in request.headers:
            return asked
        key = await self._senders.key(request)
        if asked.jkt not in (None, key.value):
            raise OAuthError("invalid_dpop_proof")
        return asked.model_copy(update={"jkt": key.value})


def _require_keys(client: Client) -> None:
    if client.sender == "mtls":
        raise OAuthError(field=PROOF)
