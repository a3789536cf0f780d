"""The federal service bus as it speaks: JSON in camelCase, a bearer token, problems as JSON."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from adapters.uae.tokens import Credentials
from gateway.sdk import (
    Ask,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Connection,
    Country,
    NationalSystem,
    Response,
    TokenRefused,
    TokenSource,
    read_json,
)

Document = Mapping[str, Any]
_CODE = re.compile(r"[A-Z0-9-]{1,40}")


class EmiratesSystem(NationalSystem):
    """The client of the bus."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._gate = connection.gate("bus")
        secrets = connection.secrets
        credentials = Credentials(self._gate, secrets["client_id"], secrets["client_secret"])
        self._tokens = TokenSource(credentials.token, connection.clock)

    async def close(self) -> None:
        await self._tokens.close()

    async def about_subject(self, resource: str, ask: Ask) -> Document | None:
        """What the bus holds of the person asked for; ``None`` when it does not know them.

        A citizen of another Gulf state is named by the identifier of home with its alpha-3 nationality.
        """
        subject = ask.subject
        query = {} if subject.country is Country.AE else {"gccNationality": subject.country.facts.alpha3}
        return await self.get(f"/{resource}/{quote(subject.value, safe='')}", query, ask)

    async def get(self, path: str, query: Mapping[str, str], ask: Ask) -> Document | None:
        """The document at ``path``, or ``None`` when the bus says that there is none."""
        target = f"{path}?{urlencode(query)}" if query else path

        async def send(token: str) -> Document | None:
            headers = {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json, application/problem+json",
                "X-Correlation-Id": ask.reference,
                "X-Purpose": ask.purpose,
            }
            return await self._gate.send("GET", target, deadline=ask.deadline, headers=headers, read=_read)

        return await self._tokens.ask(ask.deadline, send)


def _read(response: Response) -> Document | None:
    if response.status == 401:
        raise TokenRefused
    if response.status >= 500:
        raise BackendDown
    document = read_json(response.body)
    if not isinstance(document, dict):
        raise BackendGarbled
    if response.status == 404 and document.get("errorCode") == "NOT-FOUND":
        return None
    if 400 <= response.status < 500:
        raise BackendRefused(reason=_code(document.get("errorCode")))
    if response.status != 200:
        raise BackendGarbled
    return document


def _code(value: object) -> str:
    """The bus's own code of the refusal; its words stay behind, for they may name a person."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "unknown"
