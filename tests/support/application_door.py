"""Applications through the front door of a whole gateway: handed in, acted on and followed by its public API."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.sdk import Attachment
from tests.support.house import House

PATIENCE = 30.0
"""Seconds after which an application is taken to come no further."""
PAUSE = 0.05
"""Seconds between two looks at it."""


class Turned(Exception):
    """The gateway said no; ``problem`` is what it said."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass
class Applicant:
    """A person at the front door of ``house``."""

    house: House
    token: str
    language: str = "en"

    async def apply(self, service: str, country: str, inputs: Mapping[str, Any], *files: Attachment) -> dict[str, Any]:
        """Writes a draft, puts every file to it, and submits it."""
        draft = await self._ask(
            "POST",
            "",
            {
                "service": service,
                "country": country,
                "inputs": dict(inputs),
                "purpose": "service_delivery",
                "draft": True,
            },
        )
        for file in files:
            await self.attach(draft["id"], file)
        return await self.act(draft["id"], "submit")

    async def attach(self, application: str, file: Attachment) -> None:
        """Puts one file to the application, in parts."""
        headers = {**self._headers(), "Content-Type": file.media_type, "Content-Length": str(file.size)}
        url = f"{self._url(application)}/documents/{file.name}"
        async with self.house.session.put(url, data=file.read(), headers=headers) as response:
            assert response.status == 200, await response.text()

    async def act(self, application: str, kind: str, values: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Does something about it."""
        return await self._ask("POST", f"/{application}/actions", {"kind": kind, "values": dict(values or {})})

    async def confirm_payment(self, application: str) -> None:
        """Says that it was paid; the state may have told so first, and then there is nothing to say."""
        try:
            await self.act(application, "confirm_payment")
        except Turned as turned:
            if turned.problem["code"] != "action_not_possible":
                raise

    async def read(self, application: str) -> dict[str, Any]:
        """How it stands."""
        return await self._ask("GET", f"/{application}")

    async def until(self, application: str, *statuses: str) -> dict[str, Any]:
        """How it stands once it has come to one of ``statuses``."""
        async with asyncio.timeout(PATIENCE):
            while True:
                view = await self.read(application)
                if view["status"] in statuses:
                    return view
                await asyncio.sleep(PAUSE)

    async def document(self, application: str, document: str) -> bytes:
        """One of its documents, whole, as soon as the gateway has fetched and checked it."""
        url = f"{self._url(application)}/documents/{document}"
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.house.session.get(url, headers=self._headers()) as response:
                    if response.status == 200:
                        return await response.read()
                    problem = await response.json(content_type=None)
                    assert problem["code"] == "document_not_ready", problem
                await asyncio.sleep(PAUSE)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = self._headers() | ({"Idempotency-Key": uuid.uuid4().hex} if body is not None else {})
        async with self.house.session.request(method, self._url() + path, json=body, headers=headers) as response:
            document: dict[str, Any] = await response.json(content_type=None)
            if response.status >= 300:
                raise Turned(document)
            return document

    def _url(self, application: str = "") -> str:
        return f"{self.house.url}/v1/applications" + (f"/{application}" if application else "")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}
