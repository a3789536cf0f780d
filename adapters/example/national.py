"""The national system as it speaks: JSON over HTTP, an ``X-Api-Key`` header, 404 for what it does not know."""

from typing import Any

from gateway.sdk import (
    Ask,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Connection,
    NationalSystem,
    Response,
    read_json,
)


class ExampleSystem(NationalSystem):
    """The client of the example's national system."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._gate = connection.gate("main")
        self._headers = {"X-Api-Key": connection.secrets["api_key"], "Accept": "application/json"}

    async def fines(self, ask: Ask) -> list[Any]:
        """The fines of the person asked for, as the national system lists them; unknown people have none."""
        path = f"/persons/{ask.subject.value}/fines"
        return await self._gate.send("GET", path, deadline=ask.deadline, headers=self._headers, read=_read)


def _read(response: Response) -> list[Any]:
    """Runs inside the gate's guards: what it raises counts for the breaker and may be tried again."""
    if response.status == 404:
        return []
    if response.status == 403:
        raise BackendRefused(reason="access_denied")
    if response.status >= 500:
        raise BackendDown
    document = read_json(response.body)
    if response.status != 200 or not isinstance(document, dict) or not isinstance(document.get("fines"), list):
        raise BackendGarbled
    return list(document["fines"])
