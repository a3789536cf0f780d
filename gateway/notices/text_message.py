"""Notices by SMS or WhatsApp, handed to a provider by a request whose shape the settings give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

import orjson
import phonenumbers

from gateway.errors import InvalidInput
from gateway.notices.message import Message
from gateway.notices.post import Post

GAPS: Final = ("to", "text", "id", "language")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a provider wants to be asked; texts of ``body`` and ``headers`` may hold ``{to} {text} {id} {language}``."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    encoding: Literal["json", "form"] = "json"


class TextMessage:
    """One provider of text messages; ``name`` is ``sms`` or ``whatsapp``."""

    def __init__(self, name: Literal["sms", "whatsapp"], shape: Shape) -> None:
        self.name: str = name
        self._shape = shape
        self._post = Post(name)

    def check(self, target: str) -> str:
        try:
            number = phonenumbers.parse(target, None)
        except phonenumbers.NumberParseException:
            raise InvalidInput("field_format", field="/target") from None
        if not phonenumbers.is_valid_number(number):
            raise InvalidInput("field_format", field="/target")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    async def send(self, message: Message, target: str) -> None:
        notice = message.notice
        facts = {"to": target, "text": message.text, "id": notice.id, "language": notice.language}
        body = _filled(self._shape.body, facts)
        headers = {name: str(_filled(value, facts)) for name, value in self._shape.headers.items()}
        if self._shape.encoding == "json":
            content, media_type = orjson.dumps(body), "application/json"
        else:
            content, media_type = urlencode(body).encode(), "application/x-www-form-urlencoded"
        await self._post.send(self._shape.url, {"Content-Type": media_type, **headers}, content)

    async def close(self) -> None:
        await self._post.close()


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    """The value with the gaps of its texts filled; a gap stands alone or among words, and nothing else is one."""
    if isinstance(value, str):
        for name in GAPS:
            value = value.replace("{" + name + "}", "\0" + name + "\0")
        for name, fact in facts.items():
            value = value.replace("\0" + name + "\0", fact)
        return value
    if isinstance(value, Mapping):
        return {name: _filled(item, facts) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, facts) for item in value]
    return value
