"""The grant type by which a program gets a token for itself, with no person behind it (RFC 6749, 4.4)."""

from collections.abc import Mapping, Sequence

from gateway.errors import OAuthError
from gateway.identity.tokens import LIFE, TokenMint
from gateway.oauth.client import Client
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.scopes import PLAIN
from gateway.oauth.tokens import Issued, token_type


class ProgramGrant:
    """``client_credentials``: the program proved who it is, and that is all there is to ask."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint

    async def __call__(self, client: Client, fields: Mapping[str, str], confirmation: Confirmation | None) -> Issued:
        """A token of the program's own, without a refresh token: it can prove itself again at any time.

        Raises ``OAuthError``.
        """
        if not client.confidential:
            raise OAuthError("unauthorized_client")
        scopes = _scopes(client, fields)
        token = self._mint.mint_program(
            client.client_id, scopes=scopes, countries=client.countries or None, confirmation=confirmation
        )
        document = {
            "access_token": token,
            "token_type": token_type(confirmation),
            "expires_in": LIFE,
            "scope": " ".join(sorted(scopes)),
        }
        return Issued(document, None)


def _scopes(client: Client, fields: Mapping[str, str]) -> Sequence[str]:
    """What is asked for, else all that it may; never what only a person can give: their name, their absence."""
    own = [scope for scope in client.scopes if scope not in PLAIN]
    asked = list(dict.fromkeys(fields["scope"].split())) if "scope" in fields else own
    if not asked or not set(asked) <= set(own):
        raise OAuthError("invalid_scope", field="scope")
    return asked
