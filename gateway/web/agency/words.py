"""Sentences of the machine's own, in which what is written in Latin letters keeps its direction among Arabic words."""

import re
from typing import Final

from markupsafe import Markup, escape

from gateway.i18n import Language
from gateway.web.pages.render import ticked

_LATIN: Final = re.compile(r"[A-Za-z0-9/\['\"][!-_a-~]*(?: [A-Za-z0-9/\['\"][!-_a-~]*)*(?<![.,:;])")


def apart(text: str, language: Language) -> Markup:
    """The text as HTML; what stands between backticks becomes code, which is kept apart anyhow."""
    if language == "en":
        return ticked(text)
    parts = text.split("`")
    return Markup().join(
        Markup("<code><bdi>{}</bdi></code>").format(part) if place % 2 else _isolated(part)
        for place, part in enumerate(parts)
    )


def _isolated(text: str) -> Markup:
    end, parts = 0, []
    for found in _LATIN.finditer(text):
        parts += [escape(text[end : found.start()]), Markup('<bdi dir="ltr">{}</bdi>').format(found[0])]
        end = found.end()
    return Markup().join([*parts, escape(text[end:])])
