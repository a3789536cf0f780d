"""What comes back through the front door, and what the ledger then knows of it."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from gateway.ledger.export import export
from gateway.sdk.sandbox import Persona, personas
from tests.support.house import House

SERVICE = "traffic-fines"
LOOKUP = f"/v1/lookups/{SERVICE}"
QUESTION = b'{"purpose": "self_service"}'
PERSONAS: Mapping[str, Persona] = {persona.id: persona for persona in personas()}
CITIZEN = PERSONAS["bahraini-citizen"]
ARABIC = re.compile("[\u0621-\u064a]")
# What a stack trace, or the name of what runs underneath, would look like.
INSIDES = re.compile(r"Traceback|File \"|\.py\b|aiohttp|Python/|pydantic|sqlalchemy|orjson", re.IGNORECASE)


@dataclass(frozen=True)
class Heard:
    """One answer: ``headers`` have small names, ``text`` is the whole body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


async def ask(
    house: House,
    body: Any = QUESTION,
    *,
    method: str = "POST",
    path: str = LOOKUP,
    token: str | None = "",
    language: str = "en",
    **headers: str,
) -> Heard:
    """Sends ``body`` as it is; ``token`` is the citizen's unless told, and ``None`` leaves it out."""
    sent = {"Content-Type": "application/json", "Accept-Language": language}
    if token is not None:
        sent["Authorization"] = f"Bearer {token or citizen_token(house)}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    address = URL(house.url + path, encoded=True)
    async with house.session.request(method, address, data=body, headers=sent) as response:
        found = {name.lower(): value for name, value in response.headers.items()}
        return Heard(response.status, found, await response.text())


def citizen_token(house: House) -> str:
    """A token of the citizen of Bahrain."""
    return house.token(*CITIZEN.identifiers)


async def wire(house: House, sent: bytes, seconds: float = 10) -> Heard:
    """What comes back for these bytes, read until the answer is whole or the connection ends."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.doors.public_port)
        try:
            writer.write(sent)
            await writer.drain()
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            return Heard(int(first.split()[1]), headers, body.decode())
        finally:
            writer.close()


async def entries(house: House) -> list[dict[str, Any]]:
    """Every entry of the ledger, in the order of the log."""
    lines = [json.loads(line) async for line in export(house.doors.parts.storage)]
    return [line["entry"] for line in lines[:-1]]


async def entries_about(house: House, request_id: str) -> list[dict[str, Any]]:
    """The entries of one request."""
    return [entry for entry in await entries(house) if entry["request_id"] == request_id]


def check_problem(heard: Heard, status: int, code: str, field: str | None = None, language: str = "en") -> None:
    """The answer is the one problem expected, whole, in its language, and tells nothing of the insides."""
    document = heard.document
    assert (heard.status, document["code"], document.get("field")) == (status, code, field)
    assert heard.headers["content-type"] == "application/problem+json"
    assert heard.headers["content-language"] == language
    assert heard.headers["cache-control"] == "no-store"
    assert document["status"] == status
    assert document["type"].endswith(f"/docs/problems#{code}")
    assert document["request_id"] == heard.headers["x-request-id"]
    assert isinstance(document["retryable"], bool)
    for words in (document["title"], document["detail"]):
        assert bool(ARABIC.search(words)) == (language == "ar"), words
    assert not INSIDES.search(heard.text + str(heard.headers))


async def check_refused(
    house: House, body: Any, status: int, code: str, field: str | None = None, **how: Any
) -> list[dict[str, Any]]:
    """Asks in both languages: each time the problem, and one entry that says ``refused`` and names nobody."""
    kept = []
    for language in ("en", "ar"):
        heard = await ask(house, body, language=language, **how)
        check_problem(heard, status, code, field, language)
        (entry,) = await entries_about(house, heard.document["request_id"])
        assert (entry["outcome"], entry["code"]) == ("refused", code)
        assert CITIZEN.identifiers[0][1] not in json.dumps(entry)
        kept.append(entry)
    return kept
