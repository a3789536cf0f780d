"""The public log, and each person's own part of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.errors import InvalidInput
from gateway.ledger.archive import SealedEntry
from gateway.ledger.ledger import Ledger
from gateway.ledger.proof import Proof
from gateway.ledger.tiles import Tile
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.web.contract import Operation, path_parameter, query_parameter
from gateway.web.doorkeeper import SIGN_IN_CODES, Doorkeeper

PAGE = 50


class Me(Frozen):
    """Whom the token speaks for."""

    home: Country
    assurance: str
    identifiers: tuple[NationalIdentifier, ...]


class Accesses(Frozen):
    """Who used my data, newest first; ``next`` is the ``before`` of the following page, absent on the last."""

    accesses: tuple[SealedEntry, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class RecordPages:
    """Checkpoints and tiles for everyone; receipts and accesses for their owner alone."""

    doorkeeper: Doorkeeper
    ledger: Ledger

    def operations(self) -> Sequence[Operation]:
        return (
            Operation("checkpoint", "GET", "/ledger/checkpoint", self.checkpoint, "text/plain"),
            Operation(
                "tile",
                "GET",
                "/ledger/tile/{path:.+}",
                self.tile,
                "application/octet-stream",
                parameters=(path_parameter("path"),),
                codes=((404, "not_found"),),
            ),
            Operation(
                "receipt",
                "GET",
                "/v1/receipts/{id}",
                self.receipt,
                Proof,
                parameters=(path_parameter("id"),),
                secured=True,
                codes=(*SIGN_IN_CODES, (404, "not_found")),
            ),
            Operation("me", "GET", "/v1/me", self.me, Me, secured=True, codes=SIGN_IN_CODES),
            Operation(
                "accesses",
                "GET",
                "/v1/me/accesses",
                self.accesses,
                Accesses,
                parameters=(query_parameter("before", pattern="^[0-9]+$"),),
                secured=True,
                codes=(*SIGN_IN_CODES, (422, "field_format")),
            ),
        )

    async def checkpoint(self, request: web.Request) -> web.Response:
        return web.Response(text=await self.ledger.checkpoint(), content_type="text/plain", charset="utf-8")

    async def tile(self, request: web.Request) -> web.Response:
        wanted = Tile.parse(request.match_info["path"])
        tile = await self.ledger.tile(wanted.level, wanted.index, wanted.width)
        return web.Response(
            body=tile,
            content_type="application/octet-stream",
            headers={"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"},
        )

    async def receipt(self, request: web.Request) -> web.Response:
        """The receipt with its tlog-proof (C2SP): enough to check, without us, that the entry is in the log."""
        proof = await self.ledger.proof(request.match_info["id"], (await self.doorkeeper.identify(request)).subject)
        return web.Response(body=proof.model_dump_json().encode(), content_type="application/json")

    async def me(self, request: web.Request) -> web.Response:
        principal = await self.doorkeeper.identify(request)
        document = Me(
            home=principal.home,
            assurance=principal.assurance.value,
            identifiers=tuple(principal.identifiers.values()),
        )
        return web.Response(body=document.model_dump_json().encode(), content_type="application/json")

    async def accesses(self, request: web.Request) -> web.Response:
        principal = await self.doorkeeper.identify(request)
        entries = await self.ledger.entries_of(principal.subject, PAGE, _before(request))
        following = entries[-1].receipt.index if len(entries) == PAGE else None
        document = Accesses(accesses=tuple(entries), next=following)
        return web.Response(body=document.model_dump_json().encode(), content_type="application/json")


def _before(request: web.Request) -> int | None:
    value = request.query.get("before")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise InvalidInput("field_format", field="?before")
    return int(value)
