"""A long text as HTML: headings, paragraphs, fenced blocks and code, which is all that such a text is made of."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from gateway.i18n import Language

FOLDER: Final = Path(__file__).parent
_FENCE: Final = re.compile(r"^```[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Text:
    """``title`` and ``lead`` stand at the top of the page, ``body`` follows."""

    title: str
    lead: Markup
    body: Markup


@cache
def read_text(name: str, language: Language, folder: Path = FOLDER) -> Text:
    """The text ``<name>.<language>.md``."""
    written = (folder / f"{name}.{language}.md").read_text("utf-8")
    title, _, rest = written.removeprefix("# ").partition("\n\n")
    lead, _, rest = rest.partition("\n\n")
    return Text(title, _words(lead), Markup("\n").join(_blocks(rest)))


def _blocks(written: str) -> list[Markup]:
    made, at = list[Markup](), 0
    for fence in _FENCE.finditer(written):
        made += _prose(written[at : fence.start()])
        # What is typed is read from the left in every language, and may be wider than the page.
        made.append(Markup('<pre dir="ltr" tabindex="0"><code>{}</code></pre>').format(fence[1].rstrip("\n")))
        at = fence.end()
    return made + _prose(written[at:])


def _prose(written: str) -> list[Markup]:
    made = []
    for part in filter(None, (each.strip() for each in written.split("\n\n"))):
        if part.startswith("## "):
            words = part.removeprefix("## ")
            number = re.sub(r"[^0-9]", "", words)
            made.append(Markup('<h2 id="step-{}">{}</h2>').format(number, words))
        else:
            made.append(Markup("<p>{}</p>").format(_words(part)))
    return made


def _words(written: str) -> Markup:
    """Words, with what is marked as code read from the left wherever it stands."""
    marked = _INLINE.sub(lambda code: f'<code><bdi dir="ltr">{code[1]}</bdi></code>', str(escape(written)))
    return Markup(marked.replace("\n", " "))  # noqa: S704 - escaped before it was marked
