"""A stand-in of the example's national system, answering for the synthetic people of Oman."""

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from aiohttp import web

from gateway.sdk import Country
from gateway.sdk import sandbox as kit


class Sandbox(kit.Sandbox):
    """Lists fines by person; a wrong key is refused."""

    name: ClassVar[str] = "example"
    country: ClassVar[Country] = Country.OM

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        return {"api_key": secrets.token_urlsafe(24)}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/persons/{identifier}/fines", self._fines)

    async def _fines(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Api-Key") != self.secrets["api_key"]:
            return web.json_response({"error": "key"}, status=403)
        identifier = request.match_info["identifier"]
        if self.person(identifier) is None:
            return web.json_response({"error": "unknown"}, status=404)
        fines = {"fines": [_fine(fine) for fine in self.fines(identifier)]}
        return self.answer(kit.Reply(200, "application/json", orjson.dumps(fines))).response()


def _fine(fine: kit.SyntheticFine) -> dict[str, Any]:
    return {
        "id": fine.reference,
        "person": fine.identifier,
        "violation": {"code": fine.violation_code, "ar": fine.violation_ar, "en": fine.violation_en},
        "occurred_at": fine.occurred_at.isoformat(),
        "amount": str(fine.amount),
        "paid": fine.status == "paid",
    }
