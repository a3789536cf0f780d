"""A template becomes a page in the reader's language."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from gateway.i18n import DIRECTIONS, LANGUAGES, Catalogue, Language, negotiate
from gateway.schema.text import Text
from gateway.web.pages.static import StaticFiles
from gateway.web.problems import Problem

TEMPLATES = Path(__file__).parent / "templates"
CHOICE, COOKIE = "lang", "__Host-lang"
"""How a language is chosen in an address, and the cookie that remembers it."""
_A_YEAR = 365 * 24 * 3600
_TICKED = re.compile(r"`([^`]+)`")


class _Compiled(BytecodeCache):
    """Templates as they were compiled in this process, by name and text: compiling takes most of a start."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Pages:
    """Renders templates; made once with the catalogue. ``public_url`` is how readers reach the gateway."""

    def __init__(self, catalogue: Catalogue, public_url: str, static: StaticFiles | None = None) -> None:
        self.catalogue = catalogue
        self.public_url = public_url
        self.static = static or StaticFiles.load()
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            bytecode_cache=_COMPILED,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters["ticked"] = ticked
        self.environment.globals.update(static=self.static.base, public_url=public_url)

    def language(self, request: web.Request) -> Language:
        """The language that the reader chose with ``?lang=``, before with the cookie, or in the browser."""
        for chosen in (request.query.get(CHOICE), request.cookies.get(COOKIE)):
            for language in LANGUAGES:
                if chosen == language:
                    return language
        return negotiate(request.headers.get("Accept-Language"))

    def html(self, template: str, language: Language, switch: str = "", place: str = "", **context: Any) -> str:
        """The page's HTML. ``switch`` is the query, without ``lang``, that the language switch keeps.

        ``place`` is the path that the switch leads to; nothing is the page's own address.
        """
        return self.environment.get_template(template).render(
            t=self.translator(language),
            local=lambda text: _local(text, language),
            language=language,
            direction=DIRECTIONS[language],
            other=LANGUAGES[1 - LANGUAGES.index(language)],
            switch=switch,
            place=place,
            **context,
        )

    def render(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        form_targets: Sequence[str] = (),
        scripts: bool = False,
        place: str = "",
        **context: Any,
    ) -> web.Response:
        """The page as an answer to ``request``.

        ``form_targets`` are the origins, beside our own, that a form of the page may lead to; ``scripts`` lets it run
        those of our own. ``place`` is where the language switch leads, with its query, when the page's own address is
        not to be asked again.
        """
        query = request.rel_url.query.copy()
        query.popall(CHOICE, None)
        own = request.rel_url.with_query(query).raw_query_string
        path, _, switch = place.partition("?") if place else ("", "", own)
        html = self.html(template, self.language(request), switch, path, **context)
        return self.response(request, html, status=status, form_targets=form_targets, scripts=scripts)

    def response(
        self,
        request: web.Request,
        html: str,
        *,
        status: int = 200,
        form_targets: Sequence[str] = (),
        scripts: bool = False,
    ) -> web.Response:
        """HTML with the headers of every page; a language that was chosen just now is remembered."""
        language = self.language(request)
        response = web.Response(
            text=html,
            status=status,
            content_type="text/html",
            headers={
                "Content-Language": language,
                "Content-Security-Policy": content_policy(form_targets, scripts=scripts),
                "Cross-Origin-Opener-Policy": "same-origin",
                "Vary": "Accept, Accept-Language, Cookie",
            },
        )
        if request.query.get(CHOICE) == language:
            response.set_cookie(COOKIE, language, max_age=_A_YEAR, path="/", secure=True, httponly=True, samesite="Lax")
        return response

    def render_problem(self, request: web.Request, problem: Problem) -> web.Response:
        """The problem as a page, for a browser that asked for one.

        What was sent is not sent again in the other language: a form, or the answer of a provider, which is spent.
        """
        again = request.method in ("GET", "HEAD") and not request.path.startswith(("/auth/callback/", "/auth/wait/"))
        place = "" if again else f"/signin?problem={problem.code}"
        return self.render(request, "problem.html", status=problem.status, problem=problem, place=place)

    def translator(self, language: Language) -> Callable[..., Markup]:
        """The ``t`` of templates."""

        def translate(key: str, **facts: object) -> Markup:
            """The sentence, escaped; so is each fact, unless it is markup already."""
            sentence = Markup(escape(self.catalogue.text(key, language)))
            return sentence.format(**facts) if facts else sentence

        return translate


def content_policy(form_targets: Sequence[str] = (), *, scripts: bool = False) -> str:
    """What a page may load and do: our own style, fonts and pictures, and no script at all, or our own files alone."""
    return "; ".join(
        (
            "default-src 'none'",
            *(("script-src 'self'",) if scripts else ()),
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self'",
            " ".join(("form-action 'self'", *form_targets)),
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def prefers_page(request: web.Request) -> bool:
    """Whether the caller reads pages, by its ``Accept`` header: it names HTML, and JSON not before it."""
    weights = {"html": 0.0, "json": 0.0}
    for part in request.headers.get("Accept", "").lower().split(","):
        media_type, _, parameters = part.strip().partition(";")
        for kind in weights:
            if media_type.strip() in (f"text/{kind}", f"application/xhtml+{kind}", f"application/{kind}"):
                weights[kind] = max(weights[kind], _weight(parameters))
    return weights["html"] > weights["json"]


def _weight(parameters: str) -> float:
    found = re.search(r"(?:^|;)\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)", parameters)
    return float(found.group(1)) if found else 1.0


def ticked(text: str) -> Markup:
    """Escaped text in which what stands between backticks is code, kept apart from the direction of the rest."""
    return Markup(_TICKED.sub(r"<code><bdi>\1</bdi></code>", str(escape(text))))  # noqa: S704 - escaped just before


def _local(text: Text, language: Language) -> str:
    return text.ar if language == "ar" else text.en
