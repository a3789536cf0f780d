"""Somebody who applies by the API and sees the application to its end, as an app would."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from gateway.demo.samples import INPUTS, file
from gateway.registry.service import Service
from gateway.schema.application import ApplicationStatus
from gateway.schema.country import Country

PATIENCE: Final = 60.0
PAUSE: Final = 0.1
_LOOKS: Final = int(PATIENCE / PAUSE)


class Stuck(Exception):
    """It did not go on; the text says where, by a problem's code or a status."""


@dataclass
class Applicant:
    """One person at the API of the gateway; ``session`` knows its address."""

    session: aiohttp.ClientSession
    token: str
    country: Country
    paid: set[str] = field(default_factory=set)

    async def apply(self, service: Service) -> str:
        """Hands an application in, its files with it; the address of it."""
        inputs = dict(INPUTS[service.id])
        if service.id == "fine-settlement":
            inputs["fine_reference"] = await self._unpaid_fine()
        required = [rule.name for rule in service.attachments if rule.required]
        body = {
            "service": service.id,
            "country": self.country.value,
            "inputs": inputs,
            "purpose": "service_delivery",
            "draft": bool(required),
        }
        _, address = await self._post("/v1/applications", body)
        for name in required:
            await self._attach(address, name)
        if required:
            await self._act(address, "submit")
        return address

    async def see_through(self, address: str) -> Mapping[str, Any]:
        """Gives what is asked for and pays what is due until it has ended; how it ended."""
        for _ in range(_LOOKS):
            view = await self.read(address)
            if ApplicationStatus(view["status"]).final:
                return view
            if "supply" in view["actions"]:
                await self._supply(address, view)
            elif "confirm_payment" in view["actions"] and address not in self.paid:
                await self._pay(address, view)
            await asyncio.sleep(PAUSE)
        raise Stuck("too_slow")

    async def read(self, address: str) -> Mapping[str, Any]:
        """How it stands."""
        return (await self._send("GET", address))[0]

    async def download(self, address: str, document: str) -> bytes:
        """A document that the state issued; what is still being checked is asked for again."""
        path = f"{address}/documents/{document}"
        for _ in range(_LOOKS):
            async with self.session.get(path, headers=self._headers()) as response:
                if response.status == 200:
                    return await response.read()
                problem = await response.json(content_type=None)
            if not problem.get("retryable"):
                raise Stuck(problem.get("code", "unreadable"))
            await asyncio.sleep(PAUSE)
        raise Stuck("document_too_slow")

    async def _supply(self, address: str, view: Mapping[str, Any]) -> None:
        values = {}
        for wanted in view["wanted"]:
            if wanted["kind"] == "document":
                await self._attach(address, wanted["name"])
            else:
                values[wanted["name"]] = "A-100"
        await self._act(address, "supply", values)

    async def _pay(self, address: str, view: Mapping[str, Any]) -> None:
        """Pays at the state's own page, as a person would, and says so."""
        async with self.session.post(view["payment"]["url"]) as response:
            if response.status >= 400:
                raise Stuck(f"payment_{response.status}")
        self.paid.add(address)
        try:
            await self._act(address, "confirm_payment")
        except Stuck as problem:
            # A state that tells at once that it was paid leaves nothing to confirm.
            if str(problem) != "action_not_possible":
                raise

    async def _unpaid_fine(self) -> str:
        body = {"countries": [self.country.value], "purpose": "self_service", "inputs": {"status": "unpaid"}}
        document, _ = await self._post("/v1/lookups/traffic-fines", body)
        records = document["answers"][0]["records"]
        if not records:
            raise Stuck("no_unpaid_fine")
        return str(records[0]["reference"])

    async def _attach(self, address: str, name: str) -> None:
        headers = {"Content-Type": "application/pdf"}
        await self._send("PUT", f"{address}/documents/{name}", headers, data=file(name))

    async def _act(self, address: str, kind: str, values: Mapping[str, str] | None = None) -> None:
        await self._post(f"{address}/actions", {"kind": kind, "values": dict(values or {})})

    async def _post(self, path: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        return await self._send("POST", path, {"Idempotency-Key": secrets.token_hex(16)}, json=body)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **body: Any
    ) -> tuple[dict[str, Any], str]:
        """The document that is answered, and the address of what was made; whoever asks too much waits as told."""
        for _ in range(_LOOKS):
            sent = {**self._headers(), **(headers or {})}
            async with self.session.request(method, path, headers=sent, **body) as response:
                if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                    return await _document(response), response.headers.get("Location", "")
                pause = float(response.headers.get("Retry-After", 1))
            await asyncio.sleep(pause)
        raise Stuck("too_many_requests")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


async def _document(response: aiohttp.ClientResponse) -> dict[str, Any]:
    document: dict[str, Any] = await response.json(content_type=None) if response.status != 204 else {}
    if response.status >= 400:
        raise Stuck(document.get("code", f"status_{response.status}"))
    return document


def since(began: float) -> float:
    """Seconds from a moment of ``time.perf_counter`` to now."""
    return time.perf_counter() - began
