"""The one plain page that a stand-in shows: a heading, a sentence and forms of buttons."""

from collections.abc import Iterable, Mapping
from html import escape

from aiohttp import web

_STYLE = (
    "body{font:1rem/1.7 sans-serif;max-inline-size:36rem;margin-inline:auto;padding:1rem}"
    "button{display:block;inline-size:100%;margin-block:.5rem;padding:.75rem;font:inherit;text-align:start}"
)
Choice = tuple[str, str, str]
"""Name and value that a button sends, and the words on it."""


def choices_page(
    title: str, text: str, forms: Iterable[str], *, language: str = "en", status: int = 200
) -> web.Response:
    """The page, as a stand-in's: it says in its first line that it is none of the real provider's."""
    direction = "rtl" if language == "ar" else "ltr"
    body = (
        f'<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)} (stand-in)</title>'
        f"<style>{_STYLE}</style><main><p>This is a stand-in. Its people are invented.</p>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{''.join(forms)}</main></html>"
    )
    return web.Response(status=status, text=body, content_type="text/html", headers={"Cache-Control": "no-store"})


def form(action: str, hidden: Mapping[str, str], choices: Iterable[Choice]) -> str:
    """A form whose buttons each send one choice, together with what is hidden."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    buttons = "".join(
        f'<button name="{escape(name)}" value="{escape(value)}"><bdi>{escape(words)}</bdi></button>'
        for name, value, words in choices
    )
    return f'<form method="post" action="{escape(action)}">{kept}{buttons}</form>'
