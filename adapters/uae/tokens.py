"""Client credentials buy the token of the federal service bus (RFC 6749, section 4.4)."""

from base64 import b64encode
from typing import Final
from urllib.parse import quote_plus

from gateway.sdk import BearerToken, Deadline, Gate, read_token

PATH: Final = "/oauth/token"
BODY: Final = b"grant_type=client_credentials&scope=bus.read+bus.apply"


class Credentials:
    """The client's name and secret, and the gate to where they are taken."""

    def __init__(self, gate: Gate, client_id: str, secret: str) -> None:
        credentials = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
        self._gate = gate
        self._headers = {
            "Authorization": f"Basic {b64encode(credentials).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }

    async def token(self, deadline: Deadline) -> BearerToken:
        """A new token. Raises ``BackendError``: ``BackendRefused`` when the bus does not know us."""
        return await self._gate.send("POST", PATH, deadline=deadline, headers=self._headers, body=BODY, read=read_token)
