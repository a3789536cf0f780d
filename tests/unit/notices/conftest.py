"""A notice to send, a mail server and a listener on the web, both real and on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gateway.i18n import Catalogue, Language
from gateway.notices.message import Message, Notice, compose
from gateway.outward.addresses import Allowed, Outward

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
REFERENCE = "mfrggzdfmy4tqmjs"


def notice(language: Language = "en", kind: str = "approved", channel: str = "email") -> Notice:
    return Notice("9f" * 16, REFERENCE, kind, channel, language, AT)


def message(language: Language = "en", kind: str = "approved") -> Message:
    return compose(Catalogue.load(), notice(language, kind), "https://bawaba.example")


@dataclass
class Mailbox:
    """What the mail server took, and how it is told to answer."""

    port: int = 0
    letters: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    refuses_with: str = ""
    users: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuses_with:
            return self.refuses_with
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        letter = BytesParser(policy=default).parsebytes(content)
        assert isinstance(letter, EmailMessage)
        self.letters.append((envelope, letter))
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        if isinstance(data, LoginPassword):
            self.users.append(data.login)
            return AuthResult(success=data.password == b"secret", handled=False)
        return AuthResult(success=False)


async def serve_mail(mailbox: Mailbox, tls: ssl.SSLContext | None = None) -> asyncio.Server:
    """A mail server that speaks STARTTLS where a context is given, and then asks for a password."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            mailbox,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=mailbox.authenticate if tls else None,
            auth_required=tls is not None,
            enable_SMTPUTF8=True,
            loop=loop,
        ),
        "127.0.0.1",
        0,
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    return server


@pytest_asyncio.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server without TLS."""
    box = Mailbox()
    server = await serve_mail(box)
    yield box
    server.close()
    await server.wait_closed()


@dataclass
class Listener:
    """What was posted to it; ``answers`` is the status it gives."""

    url: str = ""
    answers: int = 204
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append((request.path_qs, headers, await request.read()))
        location = {"Location": f"{self.url}/elsewhere"} if 300 <= self.answers < 400 else {}
        return web.Response(status=self.answers, headers=location)


@pytest_asyncio.fixture
async def listener() -> AsyncIterator[Listener]:
    """A listener at every address of one port."""
    heard = Listener()
    app = web.Application()
    app.router.add_post("/{path:.*}", heard.hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield heard
    await runner.cleanup()


@pytest.fixture
def outward() -> Outward:
    """A judge that lets tests speak to this machine."""
    return Outward([Allowed.parse("127.0.0.1/32")])
