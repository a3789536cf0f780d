"""A small contract and two services, for tests of whatever is made of a contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from pydantic import Field

from gateway.i18n import Catalogue
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.records import AnyRecord
from gateway.schema.text import Text
from gateway.web.contract import Operation, mount, path_parameter, query_parameter
from gateway.web.pages.render import Pages
from gateway.web.pages.site import add_pages

PUBLIC_URL = "https://bawaba.example"


class Question(Frozen):
    """What is asked."""

    countries: tuple[Country, ...] = ()
    purpose: str = Field(description="Why, in the words of the code")


class Findings(Frozen):
    """What is found."""

    asked_at: datetime
    title: str
    records: tuple[AnyRecord, ...]


class Receipts(Frozen):
    """A list of numbers."""

    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Body:
    """The authority of one state."""

    country: Country
    participation: str = "agreed"


@dataclass(frozen=True)
class Offer:
    """A service as the home page sees it."""

    id: str
    name: Text
    description: Text
    authorities: tuple[Body, ...] = (Body(Country.KW), Body(Country.OM))


async def answer(request: web.Request) -> web.Response:
    return web.json_response({"path": request.path})


def sample_operations() -> Sequence[Operation]:
    """One operation of each shape; their names are those of real ones, so that the catalogue has their sentences."""
    return (
        Operation(
            "lookup",
            "POST",
            "/v1/lookups/{service}",
            answer,
            Findings,
            body=Question,
            parameters=(path_parameter("service"),),
            secured=True,
            codes=(
                (404, "unknown_service"),
                (401, "token_missing"),
                (401, "invalid_token"),
                (429, "too_many_requests"),
            ),
            example={"countries": ["KW"], "purpose": "self_service"},
        ),
        Operation(
            "list_services",
            "GET",
            "/v1/services",
            answer,
            Receipts,
            parameters=(query_parameter("q"), query_parameter("country", enum=["BH", "KW"])),
            also=("application/ld+json",),
        ),
        Operation(
            "tile",
            "GET",
            "/ledger/tile/{path:[0-9]{1,3}.+}",
            answer,
            "application/octet-stream",
            parameters=(path_parameter("path"),),
            codes=((404, "not_found"),),
        ),
    )


def sample_services() -> Sequence[Offer]:
    return (
        Offer("traffic-fines", Text(ar="المخالفات", en="Fines"), Text(ar="مخالفاتك.", en="Your fines.")),
        Offer("pensions", Text(ar="التقاعد", en="Pensions"), Text(ar="اشتراكاتك.", en="Your contributions.")),
    )


def sample_pages() -> Pages:
    return Pages(Catalogue.load(), PUBLIC_URL)


def everywhere(service: str) -> Sequence[Country]:
    """The states that give a service: all of them."""
    return tuple(Country)


def sample_app(services: Sequence[Offer] | None = None) -> web.Application:
    """The pages and the operations, mounted as the gateway mounts them."""
    app = web.Application()
    operations = sample_operations()
    mount(app, operations)
    add_pages(app, sample_pages(), operations, sample_services() if services is None else services, everywhere)
    return app
