"""The gateway's pages with its own contract and services, and one page that shows every part of a form."""

from pathlib import Path
from typing import Any

from aiohttp import web

from gateway.i18n import DIRECTIONS, LANGUAGES
from gateway.registry.services import Services
from gateway.web.contract import mount
from gateway.web.pages.catalogue import CataloguePages
from gateway.web.pages.render import Pages
from gateway.web.pages.site import add_pages
from gateway.web.problems import Problem
from tests.unit.web.samples import everywhere, sample_pages
from tests.unit.web.test_the_whole_contract_is_described import operations

SERVICES = Path(__file__).parents[2] / "config" / "services"
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "\"'`{{7*7}}${7*7}",
    "admin\u202egnp.exe",
    "a\x00b",
    "Z\u0351\u0363\u0360a\u0334l\u0338g\u0335o\u0489" * 20,
    "x" * 4000,
)
FORM = """
{% extends "layout.html" %}
{% import "macros.html" as ui with context %}
{% block title %}{{ t("problem.token_missing.title") }}{% endblock %}
{% block main %}
{{ ui.error_summary(errors) }}
<h1>{{ t("problem.token_missing.title") }}</h1>
<form method="post">
{{ ui.field("number", t("home.identifier"), hint=t("docs.token"), error=errors[0][1], ltr=true, width=12,
            inputmode="numeric", value=values[0], autocomplete="off") }}
{{ ui.field("place", t("page.home"), required=false, value=values[1]) }}
{{ ui.button(t("home.start")) }}
{{ ui.button(t("page.docs"), kind="secondary", name="go", value="docs") }}
{{ ui.button(t("page.problems"), kind="warning") }}
</form>
{% for kind in ("info", "good", "warning", "bad") %}
{% call ui.notice(t("home.how"), kind) %}<p>{{ values[2] }}</p>{% endcall %}
{% endfor %}
{{ ui.table("sessions", t("page.schema"), (t("page.home"), t("page.docs"), t("page.problems")),
            ((values[3], values[4], values[5]), ("784-1990-1234567-1", "2024-01-01", "+965 5000 0000"))) }}
{{ ui.facts(((t("page.home"), values[0]), (t("page.docs"), values[2]))) }}
{% endblock %}
"""


def site() -> web.Application:
    """Everything that is mounted in the gateway, and ``/form``, ``/hostile`` and ``/problem`` besides."""
    app, pages = web.Application(), sample_pages()
    mount(app, operations())
    services = Services.load(SERVICES)
    add_pages(app, pages, operations(), services, everywhere)
    CataloguePages(services, pages, everywhere, lambda service: {}).add_routes(app)
    plain = ("784-1990-1234567-1", "الكويت", "KW", "a", "b", "c")
    app.router.add_get("/form", _form(pages, plain))
    app.router.add_get("/hostile", _form(pages, HOSTILE))
    app.router.add_get("/problem", _problem(pages))
    return app


def _form(pages: Pages, values: tuple[str, ...]) -> Any:
    async def show(request: web.Request) -> web.Response:
        language = pages.language(request)
        html = pages.environment.from_string(FORM).render(
            t=pages.translator(language),
            language=language,
            direction=DIRECTIONS[language],
            other=LANGUAGES[1 - LANGUAGES.index(language)],
            switch="",
            place="",
            errors=[("number", pages.catalogue.text("problem.invalid_input.title", language))],
            values=values,
        )
        return pages.response(request, html)

    return show


def _problem(pages: Pages) -> Any:
    async def show(request: web.Request) -> web.Response:
        language = pages.language(request)
        problem = Problem(
            type="about:blank",
            title=pages.catalogue.text("problem.not_found.title", language),
            status=404,
            detail=pages.catalogue.text("problem.not_found.detail", language),
            code="not_found",
            request_id="0123456789abcdef0123456789abcdef",
            retryable=False,
        )
        return pages.render_problem(request, problem)

    return show
