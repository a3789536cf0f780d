"""The federal service bus as it speaks: JSON in camelCase, a bearer token, problems as JSON, signed events."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from adapters.uae.tokens import Credentials
from adapters.uae.webhook import EventReader
from gateway.sdk import (
    Ask,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Callback,
    Connection,
    Country,
    Heard,
    NationalSystem,
    Response,
    TokenRefused,
    TokenSource,
    read_json,
)

Document = Mapping[str, Any]
NOT_FOUND = "NOT-FOUND"
PDF = "application/pdf"
_CODE = re.compile(r"[A-Z0-9-]{1,40}")
_FILE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class EmiratesSystem(NationalSystem):
    """The client of the bus."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.gate = connection.gate("bus")
        secrets = connection.secrets
        credentials = Credentials(self.gate, secrets["client_id"], secrets["client_secret"])
        self.tokens = TokenSource(credentials.token, connection.clock)
        self._events = EventReader(secrets["webhook_key"], secrets["client_id"], connection.clock)

    async def close(self) -> None:
        await self.tokens.close()

    def read_callback(self, callback: Callback) -> Heard:
        return self._events.read(callback.body)

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
            return await self.gate.send("GET", target, deadline=ask.deadline, headers=headers, read=_read)

        return await self.tokens.ask(ask.deadline, send)


def read_application(response: Response) -> Document:
    """An application as it stands; raises ``BackendError``: one that the bus does not know is refused."""
    document = _read(response)
    if document is None:
        raise BackendRefused(reason=NOT_FOUND)
    return document


def read_file_id(response: Response) -> str:
    """Under what id a file was taken in; raises ``BackendError``, ``KeyError``."""
    file_id = read_application(response)["fileId"]
    if not isinstance(file_id, str) or not _FILE_ID.fullmatch(file_id):
        raise BackendGarbled
    return file_id


def check_document(status: int, headers: Mapping[str, str]) -> int | None:
    """The length of a document, where it is told; raises ``BackendError`` where no PDF follows."""
    _check_status(status)
    if 400 <= status < 500:
        raise BackendRefused(reason=f"status_{status}")
    if status != 200 or headers.get("content-type", "").partition(";")[0].strip().lower() != PDF:
        raise BackendGarbled
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _read(response: Response) -> Document | None:
    _check_status(response.status)
    document = read_json(response.body)
    if not isinstance(document, dict):
        raise BackendGarbled
    if response.status == 404 and document.get("errorCode") == NOT_FOUND:
        return None
    if 400 <= response.status < 500:
        raise BackendRefused(reason=_code(document.get("errorCode")))
    if response.status not in (200, 201):
        raise BackendGarbled
    return document


def _check_status(status: int) -> None:
    if status == 401:
        raise TokenRefused
    if status >= 500:
        raise BackendDown


def _code(value: object) -> str:
    """The bus's own code of the refusal; its words stay behind, for they may name a person."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "unknown"
