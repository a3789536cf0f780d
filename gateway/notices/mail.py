"""Notices by e-mail."""

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Literal

import aiosmtplib

from gateway.errors import InvalidInput
from gateway.notices.channel import NotDelivered, Undeliverable
from gateway.notices.message import Message

_ADDRESS: Final = re.compile(
    r"(?=.{6,254}\Z)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    re.IGNORECASE,
)
_LONGEST_LOCAL: Final = 64
WHOLE: Final = 4
"""How much longer the whole of a letter may take than one answer of the server: less than the postman's lease."""


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that takes what is sent; ``security`` as mail programs call it, ``seconds`` the patience."""

    host: str
    port: int
    sender: str
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 15.0
    tls: ssl.SSLContext | None = None


class Mail:
    """Plain text to one recipient; the message's number is the notice's, so a repetition is known for one."""

    name = "email"

    def __init__(self, server: Server) -> None:
        self._server = server

    def check(self, target: str) -> str:
        if not _ADDRESS.fullmatch(target) or len(target.partition("@")[0]) > _LONGEST_LOCAL:
            raise InvalidInput("field_format", field="/target")
        return target

    async def send(self, message: Message, target: str) -> None:
        try:
            async with asyncio.timeout(self._server.seconds * WHOLE):
                await self._send(message, target)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as problem:
            raise _judged(problem) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            raise NotDelivered(type(problem).__name__) from None

    async def close(self) -> None:
        """Every letter has a connection of its own."""

    async def _send(self, message: Message, target: str) -> None:
        server = self._server
        await aiosmtplib.send(
            self._letter(message, target),
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=server.tls,
            timeout=server.seconds,
        )

    def _letter(self, message: Message, target: str) -> EmailMessage:
        letter, notice = EmailMessage(), message.notice
        letter["From"] = self._server.sender
        letter["To"] = target
        letter["Subject"] = message.title
        letter["Date"] = format_datetime(notice.at)
        letter["Message-ID"] = f"<{notice.id}@{self._server.sender.rpartition('@')[2]}>"
        # So that no answering machine answers (RFC 3834).
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(f"{message.text}\n\n{message.link}\n")
        letter["Content-Language"] = notice.language
        return letter


def _judged(problem: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPResponseException) -> NotDelivered:
    """Codes from 500 about the recipient are for good (RFC 5321, 4.2.1); whatever else may pass."""
    if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
        codes = [each.code for each in problem.recipients]
        return Undeliverable("recipient_refused") if codes and min(codes) >= 500 else NotDelivered("recipient_deferred")
    return NotDelivered(f"smtp_{problem.code}")
