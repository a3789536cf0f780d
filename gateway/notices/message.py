"""What a notice says: that something has happened, and where to look; of the person it says nothing."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.i18n import Catalogue, Language


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell by one channel. ``about`` is the application's public id, ``kind`` what happened to it."""

    id: str
    about: str
    kind: str
    channel: str
    language: Language
    at: datetime

    def in_language(self, language: Language) -> "Notice":
        """The same notice, to be said in that language."""
        return replace(self, language=language)


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in words, the same for every channel; ``link`` leads to where more is to be seen, after signing in."""

    notice: Notice
    title: str
    text: str
    link: str


def compose(catalogue: Catalogue, notice: Notice, public_url: str) -> Message:
    """The words of the notice in its language."""
    language = notice.language
    return Message(
        notice,
        catalogue.text(f"notice.{notice.kind}.title", language, reference=notice.about),
        catalogue.text(f"notice.{notice.kind}.text", language, reference=notice.about),
        public_url,
    )
