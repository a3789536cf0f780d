"""A newcomer, all of it invented: an agency of Oman, its service that no catalogue has seen, and its system."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

AGENCY, ADAPTER, SERVICE = "om-fisheries", "om_fish", "fishing-licence"
KEY = "an-invented-key-of-the-fisheries"
HOLDER = "08123457"
"""Who has licences; everybody else has none."""


def definition(service: str = SERVICE, agency: str = AGENCY) -> dict[str, Any]:
    """The service as the catalogue is to have it."""
    return {
        "id": service,
        "kind": "lookup",
        "assurance": "substantial",
        "purposes": ["self_service", "service_delivery"],
        "audience": ["citizen"],
        "sectors": ["agriculture"],
        "name": {"ar": "رخصة الصيد البحري", "en": "Fishing licence"},
        "description": {
            "ar": "تعرض هذه الخدمة رخص الصيد البحري المسجلة باسمك.",
            "en": "Shows the fishing licences that are registered in your name.",
        },
        "keywords": [{"ar": "صيد", "en": "fishing"}],
        "life_events": [
            {
                "id": "going-fishing",
                "of": "person",
                "name": {"ar": "مزاولة الصيد", "en": "Going fishing"},
            }
        ],
        "authorities": [
            {
                "country": "OM",
                "agency": agency,
                "participation": "sandbox",
                "name": {"ar": "الثروة السمكية (جهة مختلقة)", "en": "Fisheries (invented)"},
            }
        ],
        "cost": {"free": True, "description": {"ar": "الاستعلام مجاني.", "en": "Asking is free."}},
        "processing_time": {"seconds": 5, "description": {"ar": "فوراً.", "en": "At once."}},
        "legal_basis": [
            {"title": {"ar": "أساس مختلق", "en": "Invented basis"}, "kind": "policy", "source": "invented"}
        ],
        "output": {
            "kind": "evidence",
            "name": {"ar": "رخص الصيد", "en": "Fishing licences"},
            "description": {"ar": "سجل لكل رخصة.", "en": "One record for each licence."},
        },
        "inputs": {"type": "object", "additionalProperties": False, "properties": {}},
    }


def field_map() -> dict[str, Any]:
    """How the fisheries are asked, and what stands where in their answer."""
    return {
        "authentication": {"scheme": "api_key", "header": "X-Api-Key", "secret": "api_key"},
        "requests": [
            {
                "endpoint": "main",
                "path": "/licences/{subject.value}",
                "headers": {"X-Request-Id": "{reference}"},
                "items": "licences",
            }
        ],
        "answer": {
            "absent": [{"status": 404}],
            "problem": {"path": "code", "shape": "upper"},
            "fields": {
                "source_reference": "number",
                "reference": "number",
                "subject": {"fields": {"value": "holder"}},
                "title": {"path": "title", "convert": ["both"]},
                "status": {"path": "state", "convert": [{"code": {"OPEN": "valid", "OVER": "expired"}}]},
                "issued": {"path": "issued", "convert": ["date:dd/MM/yyyy"]},
            },
        },
    }


def plate(address: str, version: str = "1.0.0", *, sandbox: str | None = None, **changes: Any) -> dict[str, Any]:
    """The name plate, whose system is at ``address``."""
    return {
        "name": ADAPTER,
        "kind": "field_map",
        "agency": AGENCY,
        "title": {"ar": "رخص الصيد", "en": "Fishing licences"},
        "country": "OM",
        "version": version,
        "stage": "live",
        "protocol": "JSON over HTTP, an API key in a header",
        "contact": {
            "name": {"ar": "مكتب الربط", "en": "Integration desk"},
            "email": "desk@fish.example",
            "phone": "+96824000000",
        },
        "endpoints": ["main"],
        "secrets": ["api_key"],
        "addresses": {"sandbox": {"main": sandbox or address}, "live": {"main": address}},
        "services": {SERVICE: {"agency": AGENCY, "latency_budget_ms": 1000, "map": field_map()}},
        **changes,
    }


def licence(number: str = "F-1001", holder: str = HOLDER) -> dict[str, Any]:
    """A licence in the words of the fisheries."""
    return {
        "number": number,
        "holder": holder,
        "title": {"ar": "رخصة صيد تقليدي", "en": "Artisanal fishing licence"},
        "state": "OPEN",
        "issued": "05/02/2026",
    }


class Fisheries:
    """The system itself, whose licences are F-1001 and F-1002 of the first ``series``.

    ``failing`` makes it break down at every call, ``seconds`` makes it slow.
    """

    def __init__(self, series: int = 1) -> None:
        self.numbers = [f"F-{series}00{each}" for each in (1, 2)]
        self.url = ""
        self.failing = False
        self.seconds = 0.0
        self.calls: Counter[int] = Counter()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Fisheries"]:
        """Listens on loopback for as long as the context lasts."""
        app = web.Application()
        app.router.add_get("/licences/{number}", self._licences)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _licences(self, request: web.Request) -> web.Response:
        response = await self._answer(request)
        self.calls[response.status] += 1
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.seconds)
        if request.headers.get("X-Api-Key") != KEY:
            return web.json_response({"code": "KEY_UNKNOWN"}, status=403)
        if self.failing:
            return web.json_response({"code": "BROKEN"}, status=500)
        number = request.match_info["number"]
        if number != HOLDER:
            return web.json_response({"code": "NOT_FOUND"}, status=404)
        return web.json_response({"licences": [licence(each) for each in self.numbers]})
